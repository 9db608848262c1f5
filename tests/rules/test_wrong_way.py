"""wrong_way: against the arrow of a zone, or across a line."""

import numpy as np
import pytest

from edge.config import Line, WrongWay
from edge.rules.line_crossing import LineCrossingRule
from edge.rules.scene import Transition
from edge.rules.wrong_way import WrongWayRule
from messages import Kind, Phase
from tests.rules.scenes import BICYCLE, CAR, PERSON, Thing, scene, zone
from tests.rules.test_line_crossing import Way, opened

TO_THE_RIGHT = ((0.3, 0.5), (0.7, 0.5))


def rule(**more: object) -> WrongWayRule:
    parameters = WrongWay.model_validate({"kind": "wrong_way", "zone": "gate", **more})
    return WrongWayRule(parameters, zone(0.0, 0.2, 1.0, 1.0), TO_THE_RIGHT)


def play(tested: WrongWayRule, way: Way, until: float, fps: float = 5.0) -> list[Transition]:
    looks = [look / fps for look in range(int(until * fps) + 1)]
    return [said for now in looks for said in tested.observe(scene(way(now)), now)]


def drive(vx: float, vy: float = 0.0, cls: int = CAR) -> Way:
    return lambda t: [Thing(1, cls, (500 + vx * (t - 2), 300 + vy * (t - 2)))]


@pytest.mark.parametrize(
    ("vx", "vy", "expected"),
    [
        (200, 0, 0),
        (-200, 0, 1),
        (-200, 60, 1),
        (-60, 200, 0),  # across
        (0, 0, 0),
        (-10, 0, 0),  # creeping back a car's length in a quarter of a minute
    ],
)
@pytest.mark.parametrize("fps", [2.0, 5.0])
def test_only_against_the_arrow(vx: float, vy: float, expected: int, fps: float) -> None:
    said = play(rule(), drive(vx, vy), 4, fps)
    assert len(opened(said)) == expected
    if expected:
        assert [one.phase for one in said] == [Phase.OPENED, Phase.CLOSED]
        assert (said[0].kind, said[0].zone) == (Kind.WRONG_WAY, "gate")


@pytest.mark.parametrize(("cls", "expected"), [(CAR, 1), (BICYCLE, 1), (PERSON, 0)])
def test_vehicles_count_unless_told_otherwise(cls: int, expected: int) -> None:
    assert len(opened(play(rule(), drive(-150, cls=cls), 4))) == expected
    assert len(opened(play(rule(objects=["person"]), drive(-150, cls=cls), 4))) == (cls == PERSON)


def test_it_is_told_once_however_long_the_way() -> None:
    assert len(opened(play(rule(rejoin_s=0), lambda t: [Thing(1, CAR, (950 - 60 * t, 300))], 15))) == 1


def test_another_id_on_the_same_way_is_not_told_again() -> None:
    def switching(t: float) -> list[Thing]:
        track = 1 + int(t // 2)
        return [Thing(track, CAR, (950 - 60 * t, 300), born=2.0 * (track - 1))]

    assert len(opened(play(rule(rejoin_s=0), switching, 15))) == 1


def test_turning_round_twice_is_told_twice() -> None:
    def there_and_back(t: float) -> list[Thing]:
        return [Thing(1, CAR, (600 + 250 * np.cos(np.pi * t / 5), 300))]  # left, right, left

    assert len(opened(play(rule(rejoin_s=0), there_and_back, 15))) == 2


@pytest.mark.parametrize("seed", range(4))
def test_trembling_is_no_way(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 12, 4000)
    assert not play(rule(), lambda t: [Thing(1, CAR, (500 + noise[round(5 * t)], 300))], 600)


def test_reversing_into_a_bay_is_no_way() -> None:
    assert not play(rule(), lambda t: [Thing(1, CAR, (500 - min(120, 30 * t), 300))], 20)


def test_outside_the_zone_nothing_counts() -> None:
    assert not play(rule(), lambda t: [Thing(1, CAR, (950 - 150 * t, 60))], 6)


def test_at_a_line_it_is_a_crossing_of_its_own_kind() -> None:
    line = Line.model_validate({"id": "mouth", "points": [[0.5, 0.2], [0.5, 1.0]], "forbidden": "to_left"})
    parameters = WrongWay.model_validate({"kind": "wrong_way", "line": "mouth"})
    # Seen by someone who walks down the picture, the left hand is the picture's right side.
    for speed, expected in ((150.0, 1), (-150.0, 0)):
        tested = LineCrossingRule(parameters, line)
        said = [
            one
            for look in range(25)
            for one in tested.observe(scene([Thing(1, CAR, (500 + speed * (look / 5 - 2), 300))]), look / 5)
        ]
        assert [(one.kind, one.zone) for one in opened(said)] == [(Kind.WRONG_WAY, "mouth")] * expected
