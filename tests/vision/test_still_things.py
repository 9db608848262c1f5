"""abandoned_object and road_obstacle: things that stay, and what only looks like them."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from edge.config import Zone
from edge.detect.coco import COCO
from edge.rule_config import AbandonedObject, RoadObstacle
from edge.rules.abandoned_object import AbandonedObjectRule
from edge.rules.road_obstacle import RoadObstacleRule
from edge.rules.scene import Tracks, Transition
from messages import Kind, Phase
from tests.vision.drawn import Change, Picture, looks, scene, street, tracks

GROUND = Zone(id="hall", polygon=((0.0, 0.5), (1.0, 0.5), (1.0, 1.0), (0.0, 1.0)))
PERSON, CAR = COCO.index("person"), COCO.index("car")
LEFT, TAKEN = 20.0, 70.0
Who = Callable[[float], Tracks]


def nobody(_: float) -> Tracks:
    return tracks()


def bag(picture: Picture, x: int = 300, y: int = 270) -> Picture:
    """A case with a lid, a strap and a shadow."""
    picture[y : y + 30, x : x + 24] = 45
    picture[y : y + 5, x : x + 24] = 90
    picture[y : y + 30, x + 10 : x + 13] = 130
    picture[y + 30 : y + 34, x : x + 30] *= 0.7
    return picture


def present(picture: Picture, time: float) -> Picture:
    return bag(picture) if LEFT <= time < TAKEN else picture


def told(
    change: Change, who: Who = nobody, seconds: float = 90.0, *, road: bool = False
) -> list[tuple[float, Transition]]:
    rule = (
        RoadObstacleRule(RoadObstacle(kind=Kind.ROAD_OBSTACLE, zone="hall"), GROUND)
        if road
        else AbandonedObjectRule(AbandonedObject(kind=Kind.ABANDONED_OBJECT, zone="hall"), GROUND)
    )
    return [
        (time, said)
        for time, image in looks(seconds, change)
        for said in rule.observe(scene(image, who(time)), 1e9 + time)
    ]


def test_a_camera_at_rest_has_learned_in_time_though_it_is_seldom_looked_at() -> None:
    rule = RoadObstacleRule(RoadObstacle(kind=Kind.ROAD_OBSTACLE, zone="hall"), GROUND)
    said = [
        (time, each)
        for time, image in looks(40.0, lambda p, t: bag(p) if t >= 9.5 else p, fps=0.5)
        for each in rule.observe(scene(image, nobody(time)), 1e9 + time)
    ]
    assert [each.phase for _, each in said] == [Phase.OPENED]
    assert said[0][0] <= 24


@pytest.mark.parametrize(("road", "dwell_s"), [(False, 20.0), (True, 10.0)])
def test_a_thing_that_stays_is_one_episode(road: bool, dwell_s: float) -> None:
    opened, closed = told(present, road=road)
    assert opened[0] == pytest.approx(LEFT + dwell_s, abs=3)
    assert opened[1].started - 1e9 == pytest.approx(LEFT, abs=2.5)
    (box,) = opened[1].boxes.tolist()
    assert box == pytest.approx([300, 270, 324, 300], abs=8)
    assert closed[1].phase is Phase.CLOSED
    assert TAKEN < closed[0] <= TAKEN + 15


def shadow(picture: Picture, time: float) -> Picture:
    if time >= LEFT:
        veil = np.zeros(picture.shape, np.float32)
        cv2.fillPoly(veil, [np.array([[250, 250], [400, 262], [390, 330], [230, 320]], np.int32)], 0.45)
        picture *= 1 - cv2.GaussianBlur(veil, (0, 0), 1.5)
    return picture


def drives_off(picture: Picture, time: float) -> Picture:
    if time < LEFT:
        picture[250:310, 200:330] = 160
        picture[262:280, 220:310] = 50
    return picture


def sun(picture: Picture, time: float) -> Picture:
    """Two patches with sharp borders that meet, come at different times and wander slowly."""
    for begin, x in ((20.0, 240), (32.0, 330)):
        if time >= begin:
            left = x + int(0.15 * (time - begin))
            corners = np.array(
                [[left, 220], [left + 110, 232], [left + 100, 320], [left - 10, 310]], np.int32
            )
            mask = np.zeros(picture.shape, np.float32)
            cv2.fillPoly(mask, [corners], 0.7)
            picture *= 1 + cv2.GaussianBlur(mask, (0, 0), 1.0)
    return picture


@pytest.mark.parametrize("road", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(sun, id="patches of sun"),
        pytest.param(lambda p, _: p, id="nothing"),
        pytest.param(shadow, id="a shadow"),
        pytest.param(drives_off, id="a parked car that drives off"),
        pytest.param(lambda p, t: p * (0.6 if t > LEFT else 1.0), id="a cloud"),
        pytest.param(lambda _, t: street(99 if t > LEFT else 3), id="another view"),
        pytest.param(lambda p, t: bag(p) if 20 < t < 26 else p, id="put down and taken up"),
    ],
)
def test_what_is_no_thing_is_not_told(change: Change, road: bool) -> None:
    assert told(change, seconds=70.0, road=road) == []


def test_while_its_owner_is_near_it_is_not_abandoned() -> None:
    def owner(time: float) -> Tracks:
        x = 340.0 if time < 50 else 340.0 + 30 * (time - 50)
        return tracks((7, PERSON, (x, 200.0, x + 35, 300.0))) if time >= 15 else tracks()

    (opened, *_) = told(lambda p, t: bag(p) if t >= LEFT else p, owner, seconds=90.0)
    assert 65 <= opened[0] <= 85


def test_a_person_who_stands_still_is_no_thing() -> None:
    def stands(picture: Picture, time: float) -> Picture:
        if time >= LEFT:
            picture[220:300, 300:330] = 60
            picture[228:240, 308:322] = 170
        return picture

    def seen(time: float) -> Tracks:
        # The detector misses her now and then, for seconds.
        there = time >= LEFT and time % 10 < 6
        return tracks((3, PERSON, (297.0, 216.0, 333.0, 302.0))) if there else tracks()

    assert told(stands, seen, seconds=80.0) == []
    assert told(stands, seen, seconds=80.0, road=True) == []


def test_the_shadow_at_the_feet_of_who_stands_still_is_no_thing() -> None:
    def stands(picture: Picture, time: float) -> Picture:
        if time >= LEFT:
            picture[300:312, 300:345] = 40
            picture[303:307, 306:330] = 75
        return picture

    def seen(time: float) -> Tracks:
        return tracks((3, PERSON, (297.0, 180.0, 340.0, 301.0))) if time >= LEFT else tracks()

    assert told(stands, seen, seconds=60.0, road=True) == []
    assert told(stands, seconds=60.0, road=True) != []


def grows(picture: Picture, time: float) -> Picture:
    """Sun that breaks through slowly, on plain ground, goes as slowly and comes back."""
    picture[180:] = 110
    strength = float(np.clip(1.5 * np.sin(time / 12.0), 0.0, 1.0))
    mask = np.zeros(picture.shape, np.float32)
    cv2.fillPoly(mask, [np.array([[240, 220], [350, 210], [356, 310], [236, 318]], np.int32)], 0.5)
    return np.asarray(picture * (1 + strength * cv2.GaussianBlur(mask, (0, 0), 1.0)), np.float32)


@pytest.mark.parametrize("road", [False, True])
def test_sun_that_grows_slowly_is_no_thing(road: bool) -> None:
    assert told(grows, seconds=150.0, road=road) == []


def test_passers_by_do_not_end_it() -> None:
    def busy(picture: Picture, time: float) -> Picture:
        picture = present(picture, time)
        if time >= LEFT and time % 6 < 1.5:
            picture[200:320, 290:335] = 170 + 25 * (int(time) % 3)
        return picture

    said = told(busy)
    assert [each.phase for _, each in said] == [Phase.OPENED, Phase.CLOSED]


def test_a_vehicle_on_the_road_is_no_obstacle() -> None:
    def parks(picture: Picture, time: float) -> Picture:
        if time >= LEFT:
            picture[240:310, 200:330] = 160
            picture[252:275, 220:310] = 50
        return picture

    def seen(time: float) -> Tracks:
        return tracks((4, CAR, (196.0, 236.0, 334.0, 314.0))) if time >= LEFT else tracks()

    assert told(parks, seen, seconds=60.0, road=True) == []
