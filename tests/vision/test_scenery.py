"""Scenery: what was always there is no arrival, in whatever light; what comes is one."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from edge.detect.coco import COCO
from edge.rules.scene import Tracks
from edge.vision.scenery import Scenery
from edge.vision.view import View
from tests.vision.drawn import SIZE, Change, Picture, Shown, looks, tracks

CYCLE = COCO.index("bicycle")
PLACE = (300.0, 120.0, 360.0, 200.0)
Who = Callable[[float], Tracks]


def lit(gain: float, since: float) -> Change:
    """Another light from some moment on, stronger to the left."""
    ramp = np.linspace(1.0, 0.6, SIZE[0], dtype=np.float32)[None]
    return lambda picture, time: picture * gain * ramp if time >= since else picture


def cycle(picture: Picture, x: float = PLACE[0]) -> Picture:
    """Two wheels and a frame before whatever is there."""
    left = round(x)
    picture[120:200, left + 4 : left + 56] = 60
    picture[130:160, left + 12 : left + 30] = 190
    picture[150:195, left + 34 : left + 50] = 150
    return picture


def at(box: tuple[float, float, float, float], number: int = 1, born: float = 0.0) -> Tracks:
    return replace(tracks((number, CYCLE, box)), born=np.array([born]))


def kept(change: Change, who: Who, seconds: float, *, fps: float = 2.0) -> dict[float, list[int]]:
    """Ids of what is no scenery, by time."""
    scenery = Scenery()
    there = {}
    for time, image in looks(seconds, change, fps=fps):
        all_ = who(time)
        view = View(Shown(image))
        there[time] = scenery.leave_out(all_, all_.boxes[all_.seen], view, SIZE, 1000.0 + time).ids.tolist()
    return there


def from_(since: float, number: int = 1, until: float = 1e9) -> Who:
    """A track at the place for some time."""
    return lambda time: at(PLACE, number, 1000.0 + since) if since <= time < until else tracks()


@pytest.mark.parametrize("gain", [0.3, 0.6, 1.0, 1.4])
def test_what_appears_where_nothing_changed_but_the_light_is_left_out(gain: float) -> None:
    there = kept(lit(gain, 38.0), from_(40.0), 50.0)
    assert all(ids == [] for ids in there.values())


@pytest.mark.parametrize("gain", [0.3, 1.0, 1.4])
def test_what_comes_to_the_same_place_is_kept_in_any_light(gain: float) -> None:
    light = lit(gain, 38.0)
    there = kept(
        lambda picture, time: light(cycle(picture) if time >= 40 else picture, time), from_(40.0), 240.0
    )
    assert all(ids == [1] for time, ids in there.items() if time >= 40)


def test_what_is_found_at_the_beginning_is_kept() -> None:
    there = kept(lambda picture, _: cycle(picture), from_(3.0), 300.0)
    assert all(ids == [1] for time, ids in there.items() if time >= 3)


def test_the_place_of_what_was_found_is_not_learned() -> None:
    def who(time: float) -> Tracks:  # lost for a moment now and then, and found again under another number
        lost = 8.0 <= time % 60.0 < 12.0
        return tracks() if lost else at(PLACE, 1 + int((time + 48.0) // 60.0), 1000.0 + time)

    there = kept(lambda picture, _: cycle(picture), who, 400.0, fps=1.0)
    assert all(ids for time, ids in there.items() if not 8.0 <= time % 60.0 < 12.0)


def test_what_came_is_no_scenery_when_its_track_begins_anew_minutes_later() -> None:
    def who(time: float) -> Tracks:
        return from_(40.0, 1, 60.0)(time) if time < 60 else from_(120.0, 2)(time)

    there = kept(lambda picture, time: cycle(picture) if time >= 40 else picture, who, 130.0)
    assert there[125.0] == [2]


def test_what_moves_is_no_scenery_any_more() -> None:
    def who(time: float) -> Tracks:
        along = max(0.0, time - 60.0) * 20.0
        return (
            at((PLACE[0] + along, PLACE[1], PLACE[2] + along, PLACE[3]), born=1040.0)
            if time >= 40
            else tracks()
        )

    there = kept(lambda picture, _: picture, who, 66.0)
    assert there[60.0] == []
    assert there[65.0] == [1]


def test_a_view_that_was_turned_is_another_one() -> None:
    there = kept(
        lambda picture, time: np.roll(picture, 90, axis=1) if time >= 38 else picture, from_(40.0), 45.0
    )
    assert there[44.0] == [1]


def test_of_a_bare_wall_nothing_can_be_told() -> None:
    def bare(picture: Picture, _: float) -> Picture:
        picture[:] = 105
        return picture

    assert kept(bare, from_(40.0), 45.0)[44.0] == [1]


def test_a_clock_that_is_set_back_ends_nothing() -> None:
    scenery = Scenery()
    view = None
    for time, image in looks(60.0, lambda picture, _: picture):
        view = View(Shown(image))
        scenery.leave_out(tracks(), tracks().boxes, view, SIZE, 1000.0 + time)
    assert view is not None
    there = at(PLACE, born=400.0)
    assert len(scenery.leave_out(there, there.boxes, view, SIZE, 400.0)) == 0
