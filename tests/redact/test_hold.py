"""Temporal hold: what was found stays covered a while before, between and after."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.redact.hold import Hold
from edge.redact.regions import Regions, Subject
from tests.redact.fakes import Box, boxes
from tests.redact.test_regions import holds

FPS = 12.5
HOLD = 1.0


def found(*rows: Box, subject: Subject = Subject.HEAD) -> Regions:
    return Regions.of(boxes(*rows), subject)


def walker(time: float, pace: float = 120.0) -> Box:
    """A head of 40 pixels that walks three of its sizes a second."""
    return (100 + pace * time, 200, 140 + pace * time, 240)


def middle_covered(hold: Hold, time: float, box: Box) -> bool:
    """Whether the inner 60 % of a box is inside one region: what a face fills of a head region."""
    x1, y1, x2, y2 = box
    inner = (x1 + 0.2 * (x2 - x1), y1 + 0.2 * (y2 - y1), x2 - 0.2 * (x2 - x1), y2 - 0.2 * (y2 - y1))
    return holds(hold.at(time).boxes, inner)


def test_a_walker_missed_for_most_of_a_second_stays_covered() -> None:
    hold = Hold(HOLD)
    missed = range(10, 20)
    for look in range(40):
        hold.look(look / FPS, found(walker(look / FPS)) if look not in missed else found())
    for look in range(80):
        time = look / FPS / 2
        if time <= 39 / FPS:
            assert middle_covered(hold, time, walker(time)), time


def test_a_subject_is_covered_before_it_is_first_and_after_it_is_last_found() -> None:
    hold = Hold(HOLD)
    for look in range(60):
        hold.look(look / FPS, found(walker(look / FPS)) if 20 <= look < 40 else found())
    for look in range(9, 51):
        assert middle_covered(hold, look / FPS, walker(look / FPS)), look


def test_one_that_stops_where_it_was_last_found_is_covered_too() -> None:
    hold = Hold(HOLD)
    for look in range(20):
        hold.look(look / FPS, found(walker(look / FPS)))
    last = walker(19 / FPS)
    hold.look(19 / FPS + 0.9, found())
    assert middle_covered(hold, 19 / FPS + 0.9, last)


def test_the_hold_ends() -> None:
    hold = Hold(HOLD)
    hold.look(0.0, found((10, 10, 50, 50)))
    hold.look(3.0, found())
    assert len(hold.at(0.99)) == 1
    assert len(hold.at(1.01)) == 0


def test_subjects_do_not_mix() -> None:
    hold = Hold(HOLD)
    hold.look(0.0, found((10, 10, 50, 50), subject=Subject.PLATE))
    hold.look(0.1, found((10, 10, 50, 50), subject=Subject.FACE))
    assert hold.at(0.05).counts.plates == 1
    assert hold.at(0.05).counts.faces == 1


def test_two_who_meet_are_both_covered() -> None:
    hold = Hold(HOLD)
    for look in range(40):
        time = look / FPS
        hold.look(time, found(walker(time), walker(time, -120.0)) if look % 3 else found())
    for look in range(3, 36):
        for pace in (120.0, -120.0):
            assert middle_covered(hold, look / FPS, walker(look / FPS, pace))


def test_forgetting_bounds_memory_and_changes_nothing_that_follows() -> None:
    kept, lean = Hold(HOLD), Hold(HOLD)
    for look in range(400):
        time = look / FPS
        rows = (walker(time % 5), (500, 50, 540, 90)) if look % 7 else ()
        for hold in (kept, lean):
            hold.look(time, found(*rows))
        lean.forget(time - HOLD)
        if time > HOLD:
            one, other = kept.at(time - HOLD).boxes, lean.at(time - HOLD).boxes
            assert np.allclose(one[np.lexsort(one.T)], other[np.lexsort(other.T)], atol=1e-3)
    assert sum(len(chain.times) for chain in lean._chains) < 120 < sum(len(c.times) for c in kept._chains)


corner = st.floats(0, 900, width=32)
side = st.floats(4, 200, width=32)
looks = st.lists(
    st.lists(st.tuples(corner, corner, side, side), max_size=4).map(
        lambda rows: [(x, y, x + w, y + h) for x, y, w, h in rows]
    ),
    min_size=1,
    max_size=15,
)


@given(looks)
def test_whatever_was_found_is_covered_where_and_when_it_was_found(rows: list[list[Box]]) -> None:
    hold = Hold(HOLD)
    for index, each in enumerate(rows):
        hold.look(index / FPS, found(*each))
    for index, each in enumerate(rows):
        now = hold.at(index / FPS).boxes
        for box in each:
            assert holds(now, box)


@given(st.lists(st.booleans(), min_size=2, max_size=40).filter(any))
def test_a_standing_subject_is_covered_within_reach_of_any_finding(seen: list[bool]) -> None:
    hold = Hold(HOLD)
    box = (100.0, 100.0, 140.0, 140.0)
    times = [index / FPS for index in range(len(seen))]
    for time, here in zip(times, seen, strict=True):
        hold.look(time, found(box) if here else found())
    for time in times:
        near = any(here and abs(time - other) <= HOLD for other, here in zip(times, seen, strict=True))
        assert near == holds(hold.at(time).boxes, (100.5, 100.5, 139.5, 139.5))
