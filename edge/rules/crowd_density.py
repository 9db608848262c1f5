"""crowd_density: more persons are in the zone than it safely holds. A count of heads, nobody's identity.

How occlusion is considered: persons hidden for a moment are counted where the tracker expects them; the
number is the median over ``smooth_s``; and a person whose lower part somebody nearer hides is put where the
feet must be, by the proportions of a standing person, instead of where the visible part ends. What is never
seen is not guessed: the number is a lower bound, so set limits below what the ground bears.
"""

import math
from collections import deque
from statistics import median_low

import numpy as np
from numpy.typing import NDArray

from edge.config import CrowdDensity, Zone
from edge.detect.detections import Boxes
from edge.rules.episode import Episode, Reading, Stage, Times
from edge.rules.geometry import inside, normalise
from edge.rules.ground_plan import Footing, GroundPlan
from edge.rules.place_rule import RuleState, version_of
from edge.rules.scene import Scene, Transition

STANDING = 2.6
"""Height of a standing person's box in widths; real ones are 2.2 to 3.2."""

HIDDEN = 0.5
"""A lower edge that lies inside nearer persons' boxes over this share of its width is hidden."""

LAPSE_S = 2.0
"""The number may fall under the limit this long without starting the hold time over."""


class CrowdDensityRule:
    """Opens when the number of persons is over the limit for ``hold_s``; closes when relieved as long.

    Args:
        rule: Parameters.
        zone: The zone.
        area_m2: Its ground area; needed for a limit per square metre.
        plan: The camera's zones on the ground, shared by its rules.

    Attributes:
        limit: Most persons.
        number: Persons in the zone at the latest look, smoothed.

    Raises:
        ValueError: A limit per square metre without an area.
    """

    def __init__(
        self, rule: CrowdDensity, zone: Zone, area_m2: float | None = None, plan: GroundPlan | None = None
    ) -> None:
        self.kind = rule.kind
        self.zone = zone.id
        self.version = version_of(rule.kind, rule.model_dump(mode="json"), zone.polygon, area_m2)
        self.limit = limit_of(rule, area_m2)
        self.number = 0
        self._rule = rule
        self._polygon = np.array(zone.polygon, np.float64)
        self._plan = plan or GroundPlan([zone])
        self._counts: deque[tuple[float, int]] = deque()
        times = Times(
            dwell_s=rule.hold_s,
            clear_s=rule.hold_s,
            rejoin_s=rule.rejoin_s,
            update_s=rule.update_s,
            lapse_s=LAPSE_S,
        )
        self._episode = Episode(rule.kind, zone.id, times, self.limit)

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One look at the camera."""
        footing = self._plan.footing(scene)
        inside_now = self._inside(footing)
        self.number = count = self._smoothed(int(inside_now.sum()), now)
        scores = footing.tracks.scores[inside_now]
        over = count >= self.limit
        if self._episode.state.stage is Stage.OPEN:
            over = count >= self._rule.hysteresis * self.limit
        confidence = float(scores.mean()) if len(scores) else 0.0
        reading = Reading(
            active=over, count=count, confidence=confidence, boxes=footing.tracks.boxes[inside_now]
        )
        return self._episode.observe(reading, now)

    def rest(self, now: float) -> list[Transition]:
        """One look at which the rule is off."""
        self._counts.clear()
        return self._episode.observe(Reading(), now)

    def state(self) -> RuleState:
        """What is remembered now."""
        return RuleState(self._episode.state)

    def restore(self, state: RuleState) -> None:
        """Go on from what was remembered."""
        self._episode.state = state.episode

    def _inside(self, footing: Footing) -> NDArray[np.bool_]:
        """Persons in the zone, those hidden in this look among them: N bool."""
        persons = footing.of(self._rule.classes)
        within: NDArray[np.bool_] = persons & footing.within[self.zone]
        rows = np.flatnonzero(persons)
        boxes = footing.tracks.boxes[rows]
        cut = cut_off(boxes)
        if cut.any():
            feet = standing_feet(boxes[cut])
            within[rows[cut]] = inside(normalise(feet, footing.size), self._polygon)
        return within

    def _smoothed(self, count: int, now: float) -> int:
        counts = self._counts
        if counts and now < counts[-1][0]:
            counts.clear()
        counts.append((now, count))
        while now - counts[0][0] > self._rule.smooth_s:
            counts.popleft()
        return median_low([number for _, number in counts])


def limit_of(rule: CrowdDensity, area_m2: float | None) -> int:
    """The rule's limit as a number of persons, at least 1.

    Raises:
        ValueError: A limit per square metre without an area.
    """
    if rule.limit is not None:
        return rule.limit
    if area_m2 is None or rule.limit_per_m2 is None:
        msg = "a limit per m2 needs the zone's ground area"
        raise ValueError(msg)
    return max(1, math.ceil(rule.limit_per_m2 * area_m2 - 1e-9))


def cut_off(boxes: Boxes) -> NDArray[np.bool_]:
    """Which persons are hidden below by somebody nearer.

    Args:
        boxes: N x 4 pixels.

    Returns:
        N bool: the lower edge lies for the most part in boxes that end lower, and the box is too short for
        a standing person.
    """
    box = np.asarray(boxes, np.float64).reshape(-1, 4)
    if len(box) < 2:
        return np.zeros(len(box), np.bool_)
    x1, y1, x2, y2 = box.T
    nearer = (y2[None] > y2[:, None] + 1.0) & (y1[None] < y2[:, None])
    shared = np.minimum(x2[:, None], x2[None]) - np.maximum(x1[:, None], x1[None])
    hidden = np.where(nearer, shared, 0.0).max(axis=1) >= HIDDEN * (x2 - x1)
    return np.asarray(hidden & (y2 - y1 < STANDING * (x2 - x1)), np.bool_)


def standing_feet(boxes: Boxes) -> NDArray[np.float64]:
    """Where the feet of persons of whom only the upper part is seen must be: N x 2 pixels."""
    box = np.asarray(boxes, np.float64).reshape(-1, 4)
    return np.column_stack(((box[:, 0] + box[:, 2]) / 2, box[:, 1] + STANDING * (box[:, 2] - box[:, 0])))
