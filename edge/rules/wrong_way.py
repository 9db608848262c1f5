"""wrong_way in a zone: something goes against the zone's arrow; at a line, `line_crossing` finds it."""

import math
from dataclasses import dataclass

from edge.config import WrongWay, Zone
from edge.config_shapes import Stretch
from edge.rules.ground_plan import GroundPlan
from edge.rules.moments import Moments, Passing
from edge.rules.paths import Path, Paths, Spot
from edge.rules.place_rule import RuleState, version_of
from edge.rules.scene import Scene, Transition

MEMORY_S = 12.0
"""Who needs longer than this for ``travel`` is not going anywhere."""


@dataclass(slots=True)
class _Way:
    """What was told of one path.

    Attributes:
        told: Whether it is known to go the wrong way.
        highest: The farthest along the arrow that it has been since ``since``, pixels.
        lowest: While told: the least far along the arrow since then.
        since: What lies before has been told.
    """

    told: bool
    highest: float
    lowest: float
    since: float


class WrongWayRule:
    """Opens and closes at once when an object has gone ``travel`` box heights against the arrow.

    It is told once for each object, until that has gone as far along the arrow again, or left the zone.

    Args:
        rule: Parameters.
        zone: The zone.
        arrow: Where traffic goes, in normalised picture coordinates.
        plan: The camera's zones on the ground, shared by its rules.
    """

    def __init__(self, rule: WrongWay, zone: Zone, arrow: Stretch, plan: GroundPlan | None = None) -> None:
        self.kind = rule.kind
        self.zone = zone.id
        self.version = version_of(rule.kind, rule.model_dump(mode="json"), zone.polygon, arrow)
        self._rule = rule
        self._arrow = arrow
        self._steepest = math.cos(math.radians(rule.angle_deg))
        self._plan = plan or GroundPlan([zone])
        self._paths = Paths(memory_s=MEMORY_S)
        self._ways: dict[int, _Way] = {}
        self._moments = Moments(rule.kind, zone.id, rule.rejoin_s)

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One look at the camera."""
        footing = self._plan.footing(scene)
        wanted = footing.seen_of(self._rule.classes) & footing.near[self.zone]
        paths = self._paths.observe(footing, wanted, now)
        arrow = self._direction(scene.size)
        passings = [Passing(now, path.row, path.score) for path in paths if self._goes_against(path, arrow)]
        if len(self._ways) > len(paths):
            known = self._paths.keys()
            self._ways = {key: way for key, way in self._ways.items() if key in known}
        return self._moments.announce(passings, scene.tracks.boxes, now)

    def rest(self, now: float) -> list[Transition]:
        """One look at which the rule is off."""
        del now
        self._paths.clear()
        self._ways.clear()
        return []

    def state(self) -> RuleState:
        """What is remembered now; paths are not, because track ids end with the process."""
        return RuleState(self._moments.state)

    def restore(self, state: RuleState) -> None:
        """Go on from what was remembered."""
        self._moments.state = state.episode

    def _direction(self, size: tuple[int, int]) -> tuple[float, float]:
        """The arrow as a unit vector in pixels."""
        (x1, y1), (x2, y2) = self._arrow
        dx, dy = (x2 - x1) * size[0], (y2 - y1) * size[1]
        length = max(math.hypot(dx, dy), 1e-9)
        return dx / length, dy / length

    def _goes_against(self, path: Path, arrow: tuple[float, float]) -> bool:
        """Whether this look makes the path one that goes the wrong way."""
        along = path.last.x * arrow[0] + path.last.y * arrow[1]
        travel = self._rule.travel * path.height
        way = self._ways.get(path.key)
        if way is None:
            self._ways[path.key] = _Way(False, along, along, path.last.time)
            return False
        if way.told:
            if along <= way.lowest:
                way.lowest, way.since = along, path.last.time
            way.told, way.highest = along - way.lowest < travel, along
            return False
        way.highest = max(way.highest, along)
        if way.highest - along < travel:
            return False
        way.told = any(
            self._against(spot, path, arrow, travel) for spot in path.spots if spot.time >= way.since
        )
        if way.told:
            way.lowest, way.since = along, path.last.time
        return way.told

    def _against(self, spot: Spot, path: Path, arrow: tuple[float, float], travel: float) -> bool:
        dx, dy = path.last.x - spot.x, path.last.y - spot.y
        back = -(dx * arrow[0] + dy * arrow[1])
        lasted = path.last.time - spot.time
        return (
            back >= travel and back >= self._steepest * math.hypot(dx, dy) and lasted >= self._rule.settle_s
        )
