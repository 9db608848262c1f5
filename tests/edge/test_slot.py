"""Latest-frame slots: nothing waits, nothing is lost uncounted, nobody starves."""

from collections import Counter
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from edge.ingest.slot import LatestSlots

NAMES = ("a", "b", "c")


@given(st.lists(st.one_of(st.sampled_from(NAMES), st.none()), max_size=80))
def test_every_frame_is_taken_dropped_or_waiting(steps: list[str | None]) -> None:
    slots: LatestSlots[int] = LatestSlots(NAMES)
    newest: dict[str, int] = {}
    put, taken = Counter[str](), Counter[str]()
    for number, name in enumerate(steps):
        if name is not None:
            slots.put(name, number)
            newest[name] = number
            put[name] += 1
            continue
        got = slots.take(0)
        assert (got is None) == (not newest)
        if got is not None:
            assert newest.pop(got[0]) == got[1]
            taken[got[0]] += 1
    for name in NAMES:
        assert put[name] == taken[name] + slots.dropped(name) + (name in newest)


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=40))
def test_a_fast_camera_does_not_starve_the_others(noise: list[str]) -> None:
    slots: LatestSlots[int] = LatestSlots(NAMES)
    served = []
    for name in noise:
        for other in NAMES:
            slots.put(other, 0)
        for _ in range(5):
            slots.put(name, 1)
        got = slots.take(0)
        assert got is not None
        served.append(got[0])
    for start in range(len(served) - 2):
        assert set(served[start : start + 3]) == set(NAMES)


def test_a_taker_wakes_for_a_frame_and_for_the_end() -> None:
    slots: LatestSlots[str] = LatestSlots(["a"])
    got: list[tuple[str, str] | None] = []

    def take() -> None:
        got.append(slots.take(10))

    def put() -> None:
        slots.put("a", "frame")

    for wake in (put, slots.close):
        thread = Thread(target=take)
        thread.start()
        wake()
        thread.join(5)
        assert not thread.is_alive()
    assert got == [("a", "frame"), None]


def test_what_must_be_kept_waits_in_order_and_is_bounded() -> None:
    slots: LatestSlots[int] = LatestSlots(["a"], backlog=3)
    for n in range(5):
        slots.put("a", n, keep=True)
    slots.put("a", 10)
    slots.put("a", 11)
    assert [slots.take_each(0.0) for _ in range(5)] == [{"a": 2}, {"a": 3}, {"a": 4}, {"a": 11}, {}]
    assert slots.dropped("a") == 3


def test_each_camera_gives_its_oldest_but_those_that_are_served() -> None:
    slots: LatestSlots[int] = LatestSlots(["a", "b", "c"], merge=lambda newer, older: newer + older)
    slots.put("a", 1)
    slots.put("a", 2)
    slots.put("b", 5)
    assert slots.take_each(0.0, but={"b"}) == {"a": 3}
    assert slots.take_each(0.0) == {"b": 5}
