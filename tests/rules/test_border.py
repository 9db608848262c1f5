"""Who leaves the picture right behind a line has crossed it; who only comes near its border has not."""

from collections.abc import Callable

import numpy as np
import pytest

from edge.config import Line, LineCrossing
from edge.rules.line_crossing import LineCrossingRule
from edge.rules.scene import Scene, Transition
from messages import Kind, Phase
from tests.rules.scenes import SIZE, Thing, scene

WIDTH, HEIGHT = SIZE
WIDE, TALL = 120.0, 300.0

Box = tuple[float, float, float, float]


def rule(x: float = 0.9) -> LineCrossingRule:
    """An upright line, `to_right` of which is right of it in the picture; persons are 300 pixels tall."""
    line = Line.model_validate({"id": "door", "points": [[x, 1.0], [x, 0.0]], "forbidden": "to_right"})
    return LineCrossingRule(LineCrossing(kind=Kind.LINE_CROSSING, line="door"), line)


def cut(x: float) -> Box | None:
    """What is shown of a person whose middle is at ``x``; None of a sliver that no detector finds."""
    left, right = max(0.0, x - WIDE / 2), min(float(WIDTH), x + WIDE / 2)
    return (left, 150.0, right, 450.0) if right - left >= 0.4 * WIDE else None


def shown(box: Box | None) -> Scene:
    one = scene([Thing(1, 0, (0.0, 0.0))] if box else [])
    if box:
        one.tracks.boxes[:] = np.array([box], np.float32)
    return one


def play(
    way: Callable[[float], float], until: float, tested: LineCrossingRule, fps: float
) -> list[Transition]:
    looks = [look / fps for look in range(int(until * fps) + 1)]
    said = [each for now in looks for each in tested.observe(shown(cut(way(now))), now)]
    return [each for each in said if each.phase is Phase.OPENED]


@pytest.mark.parametrize("fps", [3.0, 5.0, 10.0])
@pytest.mark.parametrize("speed", [180.0, 300.0])
def test_who_leaves_right_behind_the_line_has_crossed(fps: float, speed: float) -> None:
    [said] = play(lambda t: 500 + speed * t, 6.0, rule(), fps)
    assert said.started == pytest.approx(400 / speed, abs=1.2 / fps)


def test_who_stops_at_the_border_before_the_line_has_not() -> None:
    assert not play(lambda t: min(500 + 200 * t, 885.0), 8.0, rule(), 5.0)


def test_who_comes_back_from_the_border_has_not() -> None:
    assert not play(lambda t: 880 - 200 * abs(t - 2), 6.0, rule(), 5.0)


def test_who_is_lost_inside_the_picture_is_not_guessed_across() -> None:
    def lost(t: float) -> float:
        return 500 + 180 * t if t < 2.0 else 5000.0  # nobody finds a person hidden by a pillar

    assert not play(lost, 6.0, rule(), 5.0)
