"""What is sent, and when again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.outbox.window import Pace, Window

PACE = Pace(in_flight=4, open=6, resend_s=30, probe=2, grace_s=5, doublings=2, stuck_s=60)


def test_room_is_bound_by_acknowledgements_and_by_receipts() -> None:
    window = Window(PACE)
    for seq in (1, 2, 3, 4):
        window.sent(seq, 100 + seq, 0)
    assert window.room() == 0
    assert [window.acknowledged(mid) for mid in (101, 102, 103, 104, 999)] == [1, 2, 3, 4, None]
    assert window.room() == 2  # six may be open
    window.settled([1, 2, 3], 1)
    assert window.room() == 4
    assert window.cursor == 4


def test_a_late_receipt_makes_a_resend_with_growing_waits() -> None:
    window, sent = Window(PACE), []
    window.sent(1, 1, 0)
    window.acknowledged(1)
    for now in range(1, 500):
        window.settled([], now)  # central speaks about others
        for seq in window.overdue(now):
            sent.append(now)
            window.sent(seq, 1000 + now, now)
            window.acknowledged(1000 + now)
    assert sent == [30, 90, 210, 330, 450]


def test_a_silent_central_is_only_probed_and_gets_a_grace_when_it_speaks() -> None:
    window = Window(PACE)
    for seq in range(1, 7):
        window.sent(seq, seq, 0)
        window.acknowledged(seq)
    assert not window.silent(29)
    assert window.silent(30)
    assert window.overdue(30) == [1, 2]
    for seq in (1, 2):
        window.sent(seq, 10 + seq, 30)
        window.acknowledged(10 + seq)
    assert window.overdue(31) == []
    window.settled([1], 40)
    assert window.overdue(41) == []
    assert window.overdue(45) == [2, 3, 4, 5]
    assert window.overdue(45)[:0] == []


def test_silence_counts_only_while_something_is_open() -> None:
    window = Window(PACE)
    assert window.silence_s(1000) == 0
    window.sent(1, 1, 1000)
    assert window.silence_s(1010) == 10
    window.settled([1], 1010)
    assert window.silence_s(2000) == 0


def test_a_broker_that_acknowledges_nothing_is_stuck() -> None:
    window = Window(PACE)
    window.sent(1, 1, 0)
    assert not window.stuck(59)
    assert window.stuck(60)
    window.acknowledged(1)
    assert not window.stuck(60)


def test_what_the_spool_gave_up_is_forgotten() -> None:
    window = Window(PACE)
    window.sent(1, 1, 0)
    window.gone(1)
    window.gone(2)
    assert window.waiting == 0


@given(
    st.lists(st.tuples(st.sampled_from(["send", "ack", "settle", "resend"]), st.floats(0, 40)), max_size=80)
)
def test_no_story_breaks_the_bounds(story: list[tuple[str, float]]) -> None:
    window, now, flying, opened, mid = Window(PACE), 0.0, list[int](), set[int](), 0
    for verb, gap in story:
        now += gap
        if verb == "send" and window.room():
            mid += 1
            seq = window.cursor + 1
            window.sent(seq, mid, now)
            flying.append(mid)
            opened.add(seq)
        elif verb == "ack" and flying:
            assert window.acknowledged(flying.pop(0)) is not None
        elif verb == "settle" and opened:
            window.settled([seq := min(opened)], now)
            opened.discard(seq)
        elif verb == "resend":
            for seq in window.overdue(now):
                assert seq in opened
                mid += 1
                window.sent(seq, mid, now)
                flying.append(mid)
        assert window.waiting == len(opened) <= PACE.open
        assert len(flying) <= PACE.in_flight


def test_the_defaults_fit_each_other() -> None:
    pace = Pace()
    assert pace.probe <= pace.in_flight <= pace.open
    assert pace.resend_s == pytest.approx(30)
