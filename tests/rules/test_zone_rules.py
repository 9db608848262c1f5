"""The rules that are one line each: whom they count, and whom not."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest

from edge.config import Camera
from edge.rules.place_rule import PlaceRule
from edge.rules.registry import build_rules
from edge.rules.riding import occupants, riders
from edge.rules.scene import Scene, Tracks
from messages import Kind, Phase
from tests.rules.scenes import BICYCLE, BUS, CAR, DOG, MOTORCYCLE, PERSON, SIZE, TRUCK, Thing, scene

BENCH, SUITCASE = 13, 28
EVERYTHING = (PERSON, BICYCLE, CAR, MOTORCYCLE, BUS, TRUCK, DOG, BENCH, SUITCASE)
VEHICLES = {CAR, MOTORCYCLE, BUS, TRUCK}
Box = tuple[float, float, float, float]


def build(kind: Kind, **more: object) -> PlaceRule:
    camera = Camera.model_validate(
        {
            "id": "c1",
            "url": "rtsp://127.0.0.1/c1",
            "place": "p1",
            "zones": [{"id": "gate", "polygon": [[0.2, 0.2], [0.8, 0.2], [0.8, 0.9], [0.2, 0.9]]}],
            "rules": [{"kind": kind.value, "zone": "gate", **more}],
        }
    )
    (rule,) = build_rules(camera, ZoneInfo("Asia/Shanghai"))
    return rule


COUNTED = {
    Kind.PERIMETER_INTRUSION: VEHICLES | {PERSON},
    Kind.NO_STOPPING: VEHICLES,
    Kind.STOPPED_VEHICLE: VEHICLES,
    Kind.FIRE_LANE_BLOCKED: VEHICLES,
    Kind.EXIT_BLOCKED: VEHICLES | {BICYCLE, BENCH, SUITCASE},
    Kind.EBIKE_INDOORS: {BICYCLE, MOTORCYCLE},
    Kind.WATER_EDGE: {PERSON},
    Kind.PEDESTRIAN_ON_CARRIAGEWAY: {PERSON},
}
STANDING = {Kind.NO_STOPPING, Kind.STOPPED_VEHICLE, Kind.FIRE_LANE_BLOCKED, Kind.EXIT_BLOCKED}


@pytest.mark.parametrize("kind", COUNTED)
@pytest.mark.parametrize("cls", EVERYTHING)
def test_whom_it_counts(kind: Kind, cls: int) -> None:
    rule = build(kind)
    looks = [scene([Thing(1, cls, (500, 300))]) for _ in range(200)]
    said = [
        one for n, look in enumerate(looks) for one in rule.observe(look, n / 2) if one.phase is Phase.OPENED
    ]
    assert len(said) == (cls in COUNTED[kind])
    assert all((one.kind, one.zone, one.count, one.started) == (kind, "gate", 1, 0.0) for one in said)


@pytest.mark.parametrize("kind", sorted(STANDING))
def test_what_drives_through_does_not_stand(kind: Kind) -> None:
    rule = build(kind, dwell_s=4)
    for n in range(200):
        x = 210 + (40 * n) % 580
        assert not rule.observe(scene([Thing(1 + 40 * n // 580, CAR, (x, 300), born=n / 5)]), n / 5)


@pytest.mark.parametrize("kind", sorted(set(COUNTED) - STANDING))
def test_who_moves_inside_is_inside(kind: Kind) -> None:
    cls = min(COUNTED[kind])
    rule = build(kind, dwell_s=4)
    said = [one for n in range(60) for one in rule.observe(scene([Thing(1, cls, (300 + 5 * n, 300))]), n / 5)]
    assert [one.phase for one in said] == [Phase.OPENED]


@pytest.mark.parametrize("kind", COUNTED)
def test_what_leaves_closes_and_the_state_is_kept(kind: Kind) -> None:
    cls = min(COUNTED[kind])
    first, second = build(kind, update_s=3600), build(kind, update_s=3600)
    said = [one for n in range(100) for one in first.observe(scene([Thing(1, cls, (500, 300))]), float(n))]
    second.restore(first.state())
    said += [
        one
        for n in range(100, 130)
        for one in second.observe(scene([Thing(1, cls, (501, 300), born=100.0)]), float(n))
    ]
    said += [one for n in range(130, 170) for one in second.observe(scene(), float(n))]
    assert [one.phase for one in said] == [Phase.OPENED, Phase.CLOSED]
    assert said[0].started == said[1].started


def look(things: list[tuple[int, Box]], *, hidden: frozenset[int] = frozenset()) -> Scene:
    count = len(things)
    tracks = Tracks(
        ids=np.arange(count),
        boxes=np.array([box for _, box in things], np.float32).reshape(-1, 4),
        scores=np.full(count, 0.8, np.float32),
        classes=np.array([cls for cls, _ in things], np.int32),
        seen=np.array([n not in hidden for n in range(count)], np.bool_),
        born=np.zeros(count),
    )
    return Scene(SIZE, tracks)


RIDER: Box = (480, 200, 520, 300)
BIKE: Box = (460, 255, 540, 315)


@pytest.mark.parametrize(
    ("person", "cycle", "rides"),
    [
        pytest.param(RIDER, BIKE, True, id="from the side"),
        pytest.param((480, 200, 520, 312), (485, 250, 515, 318), True, id="from the front"),
        pytest.param(RIDER, (600, 255, 680, 315), False, id="a parked bicycle farther on"),
        pytest.param((480, 240, 520, 350), (470, 250, 530, 300), False, id="in front of a bicycle"),
        pytest.param((480, 100, 520, 200), BIKE, False, id="behind and above a bicycle"),
    ],
)
def test_who_rides(person: Box, cycle: Box, rides: bool) -> None:
    assert riders(np.array([person], np.float32), np.array([cycle], np.float32)).tolist() == [rides]


@pytest.mark.parametrize(
    ("person", "sits"),
    [
        pytest.param((450, 220, 490, 260), True, id="behind the windscreen"),
        pytest.param((450, 200, 490, 310), False, id="in front of the car"),
        pytest.param((450, 150, 490, 250), False, id="behind the car"),
        pytest.param((700, 220, 740, 260), False, id="elsewhere"),
    ],
)
def test_who_sits_in_a_car(person: Box, sits: bool) -> None:
    car = np.array([(400, 205, 560, 300)], np.float32)
    assert occupants(np.array([person], np.float32), car).tolist() == [sits]


def test_nobody_rides_nothing() -> None:
    none = np.zeros((0, 4), np.float32)
    one = np.array([RIDER], np.float32)
    for told in (riders(none, one), riders(one, none), occupants(none, one), occupants(one, none)):
        assert not told.any()


def test_a_cyclist_is_no_pedestrian_even_when_the_bicycle_is_not_always_found() -> None:
    rule = build(Kind.PEDESTRIAN_ON_CARRIAGEWAY)
    for n in range(100):
        things = [(PERSON, RIDER)] + ([(BICYCLE, BIKE)] if n % 10 == 0 else [])
        assert not rule.observe(look(things), n / 5)


def test_who_gets_off_is_one_again() -> None:
    rule = build(Kind.PEDESTRIAN_ON_CARRIAGEWAY)
    said = []
    for n in range(100):
        bike = BIKE if n < 20 else (300.0, 255.0, 380.0, 315.0)
        said += [(one.phase, n / 5) for one in rule.observe(look([(PERSON, RIDER), (BICYCLE, bike)]), n / 5)]
    assert [phase for phase, _ in said] == [Phase.OPENED]
    assert 8.0 < said[0][1] < 12.0


def test_a_walker_beside_a_parked_bicycle_counts() -> None:
    rule = build(Kind.PEDESTRIAN_ON_CARRIAGEWAY)
    things: list[tuple[int, Box]] = [(PERSON, (560, 200, 600, 310)), (BICYCLE, BIKE)]
    assert [one.phase for n in range(20) for one in rule.observe(look(things), n / 5)] == [Phase.OPENED]
