"""Container times, however odd, become times that a stream can have."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.footage.timeline import CLOCK_RATE, MAX_GAP, UNKNOWN, Stamps, Timeline, timeline

STEP = CLOCK_RATE // 25


def stamps(rows: list[tuple[int | None, int | None, bool]]) -> Stamps:
    """From (dts, pts, key), times in steps of a picture."""
    ticks = [[UNKNOWN if time is None else time * STEP for time in row[:2]] for row in rows]
    times = np.array(ticks, np.int64).reshape(-1, 2)
    return Stamps(times[:, 0], times[:, 1], np.array([row[2] for row in rows], np.bool_))


def steps(times: np.ndarray) -> list[float]:
    return [time / STEP for time in times.tolist()]


K, P = True, False


@pytest.mark.parametrize(
    ("rows", "source", "dts", "pts"),
    [
        ([(0, 0, K), (1, 1, P), (2, 2, P)], [0, 1, 2], [0, 1, 2], [0, 1, 2]),
        ([(900, 900, K), (901, 901, P)], [0, 1], [0, 1], [0, 1]),  # a stream that began long ago
        ([(0, 0, P), (1, 1, P), (2, 2, K), (3, 3, P)], [2, 3], [0, 1], [0, 1]),  # begins inside a GOP
        (
            [(-2, 0, K), (-1, 3, P), (0, 1, P), (1, 2, P)],
            [0, 1, 2, 3],
            [0, 1, 2, 3],
            [2, 5, 3, 4],
        ),  # B-frames
        ([(None, 0, K), (None, 2, P), (None, 1, P)], [0, 1, 2], [0, 1, 2], [1, 3, 2]),  # no decoding times
        ([(0, None, K), (1, None, P)], [0, 1], [0, 1], [0, 1]),  # AVI: no presentation times
        ([(None, None, K), (None, None, P)], [0, 1], [0, 1], [0, 1]),  # a raw stream
        ([(0, 0, K), (1, None, P), (2, 2, P)], [0, 1, 2], [0, 1, 2], [0, 1, 2]),
        (
            [(0, 2, K), (1, 0, P), (2, 1, P), (3, 3, P)],
            [0, 3],
            [0, 3],
            [2, 3],
        ),  # cut: leading pictures lack theirs
        ([(0, 0, K), (1, 1, P), (9000, 9000, P), (9001, 9001, P)], [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]),
        ([(0, 0, K), (250, 250, P), (500, 500, P)], [0, 1, 2], [0, 250, 500], [0, 250, 500]),  # a slow clip
    ],
)
def test_times(
    rows: list[tuple[int | None, int | None, bool]], source: list[int], dts: list[int], pts: list[int]
) -> None:
    made = timeline(stamps(rows), STEP)
    assert made is not None
    assert made.source.tolist() == source
    assert (steps(made.dts), steps(made.pts)) == (dts, pts)


def test_no_keyframe() -> None:
    assert timeline(stamps([(0, 0, P), (1, 1, P)]), STEP) is None
    assert timeline(stamps([]), STEP) is None


def rounds(made: Timeline) -> np.ndarray:
    """Presentation times of two rounds in the order in which they are shown."""
    return np.sort(np.concatenate([made.pts, made.pts + made.duration]))


TIME = st.one_of(st.none(), st.integers(-50, 50), st.integers(-100_000, 100_000))


@given(st.lists(st.tuples(TIME, TIME, st.booleans()), max_size=60), st.integers(1, 200_000))
def test_any_times_become_a_stream(rows: list[tuple[int | None, int | None, bool]], step: int) -> None:
    made = timeline(stamps(rows), step)
    assert (made is None) == (not any(key for _, _, key in rows))
    if made is None:
        return
    assert made.key[0]
    assert made.dts[0] == 0
    assert all(later > earlier for earlier, later in pairwise(made.dts.tolist()))
    assert (made.pts >= made.dts).all()
    assert made.duration > made.dts[-1], "the next round is decoded after this one"
    shown = rounds(made)
    assert (np.diff(shown) > 0).all(), "nothing is shown twice, and the rounds do not overlap"
    assert made.fps > 0


@given(st.lists(st.integers(1, 10 * MAX_GAP), min_size=3, max_size=30))
def test_long_gaps_are_closed_and_short_ones_kept(gaps: list[int]) -> None:
    times = np.concatenate([[0], np.cumsum(gaps)])
    made = timeline(Stamps(times, times, np.ones(len(times), np.bool_)), STEP)
    assert made is not None
    usual = np.median(gaps)
    for given_gap, kept in zip(gaps, np.diff(made.pts).tolist(), strict=True):
        if given_gap <= max(MAX_GAP, 10 * usual):
            assert kept == given_gap
        else:
            assert kept == int(usual)
