"""line_crossing, and wrong_way at a line: something crosses a line in its forbidden direction.

A crossing is a change of sides. An object is on a side when its ground point is ``margin`` box heights away
from the line, and has changed sides when it stays on the other one for ``settle_s`` (or is a box height
beyond), having passed between the line's ends. So trembling on the line, turning back on it and walking round
its end are none. Who leaves the picture right behind the line is taken to go on as in the last second.
"""

from dataclasses import dataclass

from edge.config import Line, LineCrossing, WrongWay
from edge.rules.geometry import crossing, side
from edge.rules.ground_plan import GroundPlan
from edge.rules.moments import Moments, Passing
from edge.rules.paths import Path, Paths, Spot
from edge.rules.place_rule import RuleState, version_of
from edge.rules.scene import Scene, Transition

WELL_BEYOND = 1.0
"""This many box heights beyond the line no trembling leads: no need to wait."""

FIRST_MARGIN = 0.5
"""Who is found only shortly before the line need not have been so far from it."""

_FORBIDDEN = {"to_left": (-1,), "to_right": (1,), "both": (-1, 1)}


@dataclass(slots=True)
class _Sides:
    """What is known of one path.

    Attributes:
        side: -1 left, +1 right, 0 never seen clear of the line.
        net: Passages between the line's ends since then, to the right minus to the left.
        passed: When the last of them was.
        beyond: Since when it is on the other side.
        spot: Where it was last.
    """

    side: int
    net: int
    passed: float
    beyond: float | None
    spot: Spot


class LineCrossingRule:
    """Opens and closes at once when an object crosses the line in its forbidden direction.

    Args:
        rule: Parameters.
        line: The line.
        plan: The camera's zones on the ground, shared by its rules.
    """

    def __init__(self, rule: LineCrossing | WrongWay, line: Line, plan: GroundPlan | None = None) -> None:
        self.kind = rule.kind
        self.zone = line.id
        self.version = version_of(rule.kind, rule.model_dump(mode="json"), line.points, line.forbidden)
        self._rule = rule
        self._line = line.points
        self._forbidden = _FORBIDDEN[line.forbidden]
        self._plan = plan or GroundPlan([])
        self._paths = Paths(memory_s=0.0)
        self._sides: dict[int, _Sides] = {}
        self._moments = Moments(rule.kind, line.id, rule.rejoin_s)

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One look at the camera."""
        footing = self._plan.footing(scene)
        wanted = footing.seen_of(self._rule.classes)
        paths = self._paths.observe(footing, wanted, now)
        passings = self._passings(paths, scene.size, now) if paths else []
        passings += self._beyond_the_picture(scene.size, now)
        if len(self._sides) > len(paths):
            known = self._paths.keys()
            self._sides = {key: sides for key, sides in self._sides.items() if key in known}
        return self._moments.announce(passings, scene.tracks.boxes, now)

    def rest(self, now: float) -> list[Transition]:
        """One look at which the rule is off."""
        del now
        self._paths.clear()
        self._sides.clear()
        return []

    def state(self) -> RuleState:
        """What is remembered now; paths are not, because track ids end with the process."""
        return RuleState(self._moments.state)

    def restore(self, state: RuleState) -> None:
        """Go on from what was remembered."""
        self._moments.state = state.episode

    def _passings(self, paths: list[Path], size: tuple[int, int], now: float) -> list[Passing]:
        start, end = self._ends(size)
        passings = []
        for path in paths:
            sides, here = self._sides.get(path.key), (path.last.x, path.last.y)
            gap = side(here, start, end)
            if sides is None:
                first = self._clear_of(gap, path, FIRST_MARGIN)
                self._sides[path.key] = _Sides(first, 0, now, None, path.last)
                continue
            step = crossing((sides.spot.x, sides.spot.y), here, start, end)
            if self._changes(sides, path, gap, step, now) in self._forbidden:
                passings.append(Passing(sides.passed, path.row, path.score))
        return passings

    def _ends(self, size: tuple[int, int]) -> tuple[tuple[float, float], tuple[float, float]]:
        """The line in pixels."""
        (x1, y1), (x2, y2) = self._line
        return (x1 * size[0], y1 * size[1]), (x2 * size[0], y2 * size[1])

    def _beyond_the_picture(self, size: tuple[int, int], now: float) -> list[Passing]:
        """Who was seen to pass the line and then left the picture: only the settling could not be seen."""
        start, end = self._ends(size)
        passings = []
        for path in self._paths.gone_out(now):
            sides = self._sides.get(path.key)
            if sides is None or not sides.net:
                continue
            gap = side(path.led_to(now), start, end)
            if self._changes(sides, path, gap, 0, now) in self._forbidden:
                passings.append(Passing(sides.passed, None, path.score))
        return passings

    def _clear_of(self, gap: float, path: Path, share: float = 1.0) -> int:
        """The side on which a path is clear of the line, by ``share`` of the margin, or 0."""
        if abs(gap) <= share * self._rule.margin * path.height:
            return 0
        return 1 if gap > 0 else -1

    def _changes(self, sides: _Sides, path: Path, gap: float, step: int, now: float) -> int:
        """The direction in which the path has crossed the line with this look, or 0."""
        sides.spot = path.last
        if step:
            sides.net += step
            sides.passed = now
        there = self._clear_of(gap, path)
        if there == 0:
            if gap * sides.side > 0:
                sides.beyond = None
            return 0
        if sides.side in {there, 0}:
            sides.side, sides.net, sides.beyond = there, 0, None
            return 0
        sides.beyond = now if sides.beyond is None else sides.beyond
        settled = now - sides.beyond >= self._rule.settle_s or abs(gap) >= WELL_BEYOND * path.height
        if not settled:
            return 0
        crossed = there if sides.net * there > 0 else 0
        sides.side, sides.net, sides.beyond = there, 0, None
        return crossed
