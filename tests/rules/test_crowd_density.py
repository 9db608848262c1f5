"""crowd_density: numbers and densities over a limit, held, with hysteresis; nobody who is hidden is lost."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config import CrowdDensity
from edge.config_shapes import GroundPoint
from edge.rules.crowd_density import CrowdDensityRule, cut_off, standing_feet
from edge.rules.ground_area import area_m2, homography, on_ground
from edge.rules.scene import Scene, Tracks, Transition
from messages import Phase
from tests.rules.scenes import CAR, PERSON, SIZE, Thing, scene, zone


def rule(area: float | None = None, **more: object) -> CrowdDensityRule:
    given_limit = {} if "limit_per_m2" in more else {"limit": 5}
    parameters = CrowdDensity.model_validate(
        {"kind": "crowd_density", "zone": "gate", "hold_s": 5, "rejoin_s": 0, **given_limit, **more}
    )
    return CrowdDensityRule(parameters, zone(), area)


def crowd(number: int, *, hidden: int = 0, cls: int = PERSON) -> list[Thing]:
    return [
        Thing(n, cls, (320 + 36 * (n % 10), 300 + 40 * (n // 10)), seen=n >= hidden) for n in range(number)
    ]


def play(
    tested: CrowdDensityRule, numbers: list[tuple[float, int]], fps: float = 4.0
) -> list[tuple[str, float, Transition]]:
    """Numbers of persons, each for so many seconds."""
    said, now = [], 0.0
    for lasts, number in numbers:
        for _ in range(int(lasts * fps)):
            said += [(one.phase.value, now, one) for one in tested.observe(scene(crowd(number)), now)]
            now += 1 / fps
    return said


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([(60, 4)], []),
        ([(10, 0), (20, 5)], ["opened"]),
        ([(10, 0), (4, 9), (10, 0)], []),
        ([(20, 6), (40, 2)], ["opened", "closed"]),
        ([(20, 6), (3, 2), (20, 6)], ["opened"]),
        ([(20, 5), (1, 4), (20, 5), (1, 4), (20, 5)], ["opened"]),  # trembles about the limit
        ([(20, 10), (60, 9)], ["opened", "updated"]),
    ],
)
def test_the_limit_is_held(numbers: list[tuple[float, int]], expected: list[str]) -> None:
    assert [phase for phase, _, _ in play(rule(), numbers)] == expected


def test_hysteresis_keeps_it_open_a_little_below_the_limit() -> None:
    tested = rule(limit=10, hysteresis=0.8)
    said = play(tested, [(20, 10), (30, 8), (30, 7)])
    assert [phase for phase, _, _ in said] == ["opened", "closed"]
    assert said[1][1] == pytest.approx(50 + 5 + 1, abs=1.6)
    assert (said[0][2].count, said[0][2].limit) == (10, 10)
    assert said[0][2].started == pytest.approx(0.0, abs=1.0)


@pytest.mark.parametrize(("per_m2", "area", "limit"), [(2.0, 10.0, 20), (0.5, 9.0, 5), (1.5, 2.0, 3)])
def test_a_density_is_a_number_on_the_zones_ground(per_m2: float, area: float, limit: int) -> None:
    tested = rule(area, limit_per_m2=per_m2)
    assert tested.limit == limit
    assert not play(rule(area, limit_per_m2=per_m2), [(30, limit - 1)])
    assert [phase for phase, *_ in play(tested, [(30, limit)])] == ["opened"]


def test_a_density_without_an_area_is_refused() -> None:
    with pytest.raises(ValueError, match="ground area"):
        rule(limit_per_m2=2.0)


def test_vehicles_are_no_crowd() -> None:
    tested = rule()
    assert not [said for t in range(100) for said in tested.observe(scene(crowd(9, cls=CAR)), t / 4)]


def test_who_is_hidden_for_a_moment_is_still_there() -> None:
    tested = rule()
    said = [
        one for t in range(60) for one in tested.observe(scene(crowd(5, hidden=2 if t % 3 else 0)), t / 4)
    ]
    assert [one.phase for one in said] == [Phase.OPENED]


def persons(boxes: list[tuple[float, float, float, float]]) -> Scene:
    count = len(boxes)
    tracks = Tracks(
        ids=np.arange(count),
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        scores=np.full(count, 0.8, np.float32),
        classes=np.full(count, PERSON, np.int32),
        seen=np.ones(count, np.bool_),
        born=np.zeros(count),
    )
    return Scene(SIZE, tracks)


def test_who_is_seen_above_a_nearer_shoulder_stands_where_the_feet_must_be() -> None:
    # The zone begins at y = 200. The farther one's visible part ends at 180, the feet are at 204.
    nearer, farther = (480.0, 160.0, 520.0, 270.0), (470.0, 100.0, 510.0, 180.0)
    boxes = np.array([nearer, farther], np.float32)
    assert cut_off(boxes).tolist() == [False, True]
    assert standing_feet(boxes[1:]).tolist() == [[490.0, 204.0]]
    tested = rule(limit=2)
    tested.observe(persons([nearer, farther]), 0.0)
    assert tested.number == 2
    alone = rule(limit=2)
    alone.observe(persons([farther]), 0.0)
    assert alone.number == 0


def test_a_child_behind_nobody_is_not_stretched() -> None:
    assert not cut_off(np.array([(0, 0, 40, 60), (200, 0, 240, 110)], np.float32)).any()


Marks = list[tuple[tuple[float, float], tuple[float, float]]]
SQUARE: Marks = [((0.2, 0.9), (0, 0)), ((0.8, 0.9), (10, 0)), ((0.6, 0.4), (10, 20)), ((0.4, 0.4), (0, 20))]


def ground(points: Marks = SQUARE) -> tuple[GroundPoint, ...]:
    return tuple(GroundPoint(at=at, metres=metres) for at, metres in points)


def test_the_area_of_the_calibrated_square() -> None:
    plane = homography(ground())
    assert area_m2([at for at, _ in SQUARE], plane) == pytest.approx(200.0, rel=1e-6)
    assert area_m2([at for at, _ in SQUARE][::-1], plane) == pytest.approx(200.0, rel=1e-6)


@given(
    st.floats(0.05, 3.0),
    st.floats(-1000, 1000),
    st.floats(-1000, 1000),
    st.floats(0, 2 * math.pi),
    st.booleans(),
)
def test_the_area_depends_on_neither_origin_nor_direction(
    scale: float, x: float, y: float, turn: float, mirrored: bool
) -> None:
    def moved(place: tuple[float, float]) -> tuple[float, float]:
        u, v = scale * place[0] * (-1 if mirrored else 1), scale * place[1]
        return (x + u * math.cos(turn) - v * math.sin(turn), y + u * math.sin(turn) + v * math.cos(turn))

    plane = homography(ground([(at, moved(metres)) for at, metres in SQUARE]))
    inner = [(0.4, 0.8), (0.6, 0.8), (0.6, 0.5), (0.4, 0.5)]
    still = area_m2(inner, homography(ground()))
    assert area_m2(inner, plane) == pytest.approx(scale**2 * still, rel=1e-3)


@pytest.mark.parametrize(
    ("points", "why"),
    [
        (
            [((0.1, 0.5), (0, 0)), ((0.4, 0.5), (1, 0)), ((0.7, 0.5), (2, 0)), ((0.9, 0.5), (3, 0))],
            "on a line",
        ),
        (
            [((0.1, 0.9), (0, 0)), ((0.5, 0.9), (5, 0)), ((0.9, 0.9), (10, 0)), ((0.5, 0.5), (5, 9))],
            "on a line",
        ),
        ([SQUARE[0], (SQUARE[1][0], (10, 20)), (SQUARE[2][0], (10, 0)), SQUARE[3]], "contradict"),
        ([*SQUARE, ((0.5, 0.6), (9, 3))], "ground point"),
    ],
)
def test_points_that_make_no_ground_are_refused(
    points: list[tuple[tuple[float, float], tuple[float, float]]], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        homography(ground(points))


def test_beyond_the_horizon_there_is_no_ground() -> None:
    plane = homography(ground())
    with pytest.raises(ValueError, match="horizon"):
        on_ground([(0.5, 0.0)], plane)
