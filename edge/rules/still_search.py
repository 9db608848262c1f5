"""One search for still things a camera, shared by all its zones and rules that are about such things."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from edge.config import Zone
from edge.detect.coco import PERSON, VEHICLES
from edge.detect.detections import Boxes
from edge.rule_config import StillThingRule
from edge.rules.geometry import Points
from edge.rules.ground_plan import of_classes
from edge.rules.scene import Scene
from edge.vision.still_things import StillPolicy, StillThings
from edge.vision.view import View

PERIOD_S: Final = 1.0
"""The picture is searched this often."""

_TICK: Final = 0.02
_MARGIN: Final = 0.06


@dataclass(frozen=True, slots=True)
class Found:
    """A still thing in the picture.

    Attributes:
        box: 1 x 4 float32, pixels of the full picture.
        since: Unix seconds when it appeared.
        size: Root of its area, fraction of the picture's height.
    """

    box: Boxes
    since: float
    size: float


class StillSearch:
    """The search of one camera's picture, as far as the zones reach.

    Args:
        wanted: The rules that want it, each with its zone; at least one.
    """

    def __init__(self, wanted: Sequence[tuple[StillThingRule, Zone]]) -> None:
        corners: Points = np.concatenate([np.array(zone.polygon, np.float64) for _, zone in wanted])
        # With a margin, and more of it above, where things stand out of a zone.
        self._low = np.clip(corners.min(axis=0) - (_MARGIN, 3 * _MARGIN), 0.0, 1.0)
        self._high = np.clip(corners.max(axis=0) + _MARGIN, 0.0, 1.0)
        self._policy = StillPolicy(
            least_size=min(rule.least_size for rule, _ in wanted),
            most_size=max(rule.most_size for rule, _ in wanted),
        )
        self._things: StillThings | None = None
        self._searched: float | None = None
        self._scene: Scene | None = None
        self._found: list[Found] | None = None

    def look(self, scene: Scene, view: View, now: float) -> list[Found] | None:
        """What lies still in the picture; asking again about the same scene costs nothing.

        Returns:
            None when it is not yet time to search again.
        """
        if self._scene is not scene:
            self._scene = scene
            early = self._searched is not None and 0 <= now - self._searched < PERIOD_S - _TICK
            self._found = None if early else self._search(scene, view, now)
        return self._found

    def _search(self, scene: Scene, view: View, now: float) -> list[Found]:
        self._searched = now
        fine = view.fine
        height, width = fine.shape
        if self._things is None:
            self._things = StillThings(self._policy, height)
        x1, y1 = int(self._low[0] * width), int(self._low[1] * height)
        x2 = max(x1 + 8, int(np.ceil(self._high[0] * width)))
        y2 = max(y1 + 8, int(np.ceil(self._high[1] * height)))
        scale = np.array([scene.size[0] / width, scene.size[1] / height] * 2, np.float64)
        origin = np.array([x1, y1, x1, y1], np.float64)
        known = of_classes(scene.tracks, PERSON | VEHICLES)
        ignored = np.asarray(scene.tracks.boxes[known] / scale - origin, np.float32)
        return [
            Found(
                np.asarray((np.array([still.box]) + origin) * scale, np.float32),
                still.since,
                float(np.sqrt(still.area)) / height,
            )
            for still in self._things.observe(fine[y1:y2, x1:x2], ignored, now)
        ]
