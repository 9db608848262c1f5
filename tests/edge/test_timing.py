"""Backoff, time anchor, sampler, pacer, watchdog: pure parts of ingest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.ingest.backoff import Backoff
from edge.ingest.timing import LATE_S, Pacer, Sampler, TimeAnchor
from edge.ingest.watchdog import Watchdog

T0 = 1_700_000_000.0


@pytest.mark.parametrize(
    ("failures", "jitter", "expected"),
    [
        (1, 0.0, 0.5),
        (1, 0.999999, 1.0),
        (2, 0.0, 1.0),
        (3, 0.0, 2.0),
        (6, 0.999999, 30.0),
        (9999, 0.0, 15.0),
        (0, 0.0, 0.5),
    ],
)
def test_backoff_table(failures: int, jitter: float, expected: float) -> None:
    assert Backoff().delay(failures, jitter) == pytest.approx(expected, rel=1e-4)


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True), st.floats(0, 1))
def test_backoff_never_leaves_its_bounds(failures: int, jitter: float, spread: float) -> None:
    backoff = Backoff(first_s=0.5, cap_s=20.0, spread=spread)
    delay = backoff.delay(failures, jitter)
    assert 0.5 * (1 - spread) - 1e-9 <= delay <= 20.0
    assert delay <= backoff.delay(failures + 1, jitter) + 1e-9


def stamps(pairs: list[tuple[float | None, float]]) -> list[float]:
    anchor = TimeAnchor()
    return [round(anchor.stamp(pts, T0 + arrival) - T0, 3) for pts, arrival in pairs]


@pytest.mark.parametrize(
    ("name", "pairs", "expected"),
    [
        ("steady", [(5.0, 0.0), (5.1, 0.1), (5.2, 0.2)], [0.0, 0.1, 0.2]),
        ("jitter is smoothed", [(0.0, 0.0), (0.1, 0.19), (0.2, 0.2), (0.3, 0.38)], [0.0, 0.1, 0.2, 0.3]),
        ("a late first picture", [(0.0, 0.5), (0.1, 0.5), (0.2, 0.5), (0.9, 0.9)], [0.5, 0.501, 0.502, 0.9]),
        ("a pause, then a burst", [(0.0, 0.0), (0.1, 2.0), (0.2, 2.0), (2.0, 2.0)], [0.0, 0.102, 0.202, 2.0]),
        ("no timestamps", [(None, 0.0), (None, 0.1), (None, 0.1)], [0.0, 0.1, 0.101]),
        ("not a number", [(float("nan"), 0.0), (float("inf"), 0.2)], [0.0, 0.2]),
        ("timestamps that stand still", [(0.0, 0.0), (0.0, 0.1), (0.0, 0.2)], [0.0, 0.1, 0.2]),
        ("a jump ahead", [(0.0, 0.0), (1000.0, 0.1), (1000.1, 0.2)], [0.0, 0.1, 0.2]),
        ("33 bits wrap", [(95443.6, 0.0), (95443.7, 0.1), (0.02, 0.2), (0.12, 0.3)], [0.0, 0.1, 0.2, 0.3]),
        ("wall clock set ahead", [(0.0, 0.0), (0.1, 3600.1), (0.2, 3600.2)], [0.0, 3600.1, 3600.2]),
        ("wall clock set back", [(0.0, 0.0), (0.1, -3599.9), (0.2, -3599.8)], [0.0, -3599.9, -3599.8]),
    ],
)
def test_time_anchor(name: str, pairs: list[tuple[float | None, float]], expected: list[float]) -> None:
    assert stamps(pairs) == pytest.approx(expected, abs=2e-3), name


def test_a_slow_camera_clock_is_followed() -> None:
    anchor = TimeAnchor()
    for n in range(36_000):  # an hour at ten pictures a second, the camera 300 ppm slow
        arrival = T0 + n / 10
        time = anchor.stamp(n / 10 * (1 - 300e-6), arrival)
    assert arrival - time < 0.01


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.floats(-1e6, 1e6)), st.floats(0, 0.5)), min_size=1, max_size=60
    )
)
def test_times_grow_and_are_not_from_the_future(steps: list[tuple[float | None, float]]) -> None:
    anchor, arrival, last = TimeAnchor(), T0, 0.0
    for n, (pts, wait) in enumerate(steps):
        arrival += wait
        time = anchor.stamp(pts, arrival)
        assert time > last
        assert arrival - LATE_S - 1e-6 <= time <= arrival + 1e-3 * (n + 1)
        last = time


@pytest.mark.parametrize(
    ("source_fps", "fps", "looks"),
    [
        (25.0, 5.0, 50),
        (12.5, 5.0, 50),
        (10.0, 5.0, 50),
        (60.0, 5.0, 50),
        (4.0, 5.0, 40),
        (25.0, 0.5, 5),
        (29.97, 5.0, 50),
    ],
)
def test_sampler_keeps_its_rate(source_fps: float, fps: float, looks: int) -> None:
    sampler = Sampler(fps)
    taken = [n for n in range(int(source_fps * 10)) if sampler.wants(T0 + n / source_fps)]
    assert abs(len(taken) - looks) <= 1
    assert taken[0] == 0


def test_sampler_goes_on_after_a_gap_and_after_a_clock_set_back() -> None:
    sampler = Sampler(5.0)
    assert sampler.wants(100.0)
    assert sampler.wants(160.0)
    assert not sampler.wants(160.1)
    assert sampler.wants(160.2)
    assert sampler.wants(20.0)
    assert not sampler.wants(20.1)
    assert sampler.wants(20.2)


def test_pacer_plays_in_real_time_and_never_waits_long() -> None:
    pacer = Pacer()
    assert pacer.delay(0.0, 50.0) == 0.0
    assert pacer.delay(0.2, 50.05) == pytest.approx(0.15)
    assert pacer.delay(0.3, 51.0) == 0.0
    assert pacer.delay(1e6, 51.0) == LATE_S
    assert pacer.delay(None, 51.0) == 0.0


def test_watchdog_wants_pictures_not_packets() -> None:
    watchdog = Watchdog(10.0, 0.0)
    assert not watchdog.stalled(9.9)
    watchdog.packet()
    watchdog.packet()
    assert watchdog.stalled(10.0)
    assert watchdog.cause() == "2 packets came and none could be decoded"
    watchdog.picture(10.0)
    assert not watchdog.stalled(19.9)
    assert watchdog.waited(19.0) == 9.0
    assert watchdog.stalled(20.0)
    assert watchdog.cause() == "the camera sends nothing"
