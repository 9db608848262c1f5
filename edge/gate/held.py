"""What was found where nothing has changed since: the same pixels need no second inference."""

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes, Detections
from edge.gate.boxes import areas, overlaps, shared_areas
from edge.gate.rects import Rect

_COVERED = 0.9
"""A held box that lies in a region by more than this share is settled by what the region showed."""

_SAME = 0.5
"""Overlap (IoU) from which on a new detection is what was held ..."""

_PART = 0.7
"""... or share of the held box that lies in a new one of its class."""


_REACH = 0.7
"""How far, in its own heights, a thing is looked for from where it was expected; beyond, it is another."""

_BLEND = 0.6
"""Weight of the newest speed."""

_AHEAD_S = 1.0
"""Nothing is expected farther along than it would come in this time."""


class Held:
    """One camera's detections with the times at which they were seen by the detector.

    Speeds are kept only to know where to look next; who is who over time is the tracker's matter.
    """

    def __init__(self) -> None:
        self._found = Detections.empty()
        self._seen = np.zeros(0, np.float64)
        self._speed = np.zeros((0, 2), np.float32)

    @property
    def detections(self) -> Detections:
        """All that is held, pixels of the full picture."""
        return self._found

    def expected(self, now: float) -> Boxes:
        """Where they should be at ``now`` if they went on as they went before, pixels of the full picture."""
        ahead = np.clip(now - self._seen, 0.0, _AHEAD_S).astype(np.float32)
        return self._found.boxes + np.tile(self._speed * ahead[:, None], 2)

    def older(self, now: float, seconds: float) -> NDArray[np.bool_]:
        """Which were last seen more than ``seconds`` ago."""
        return np.asarray(now - self._seen >= seconds, np.bool_)

    def take(
        self, found: Detections, regions: tuple[Rect, ...], sought: NDArray[np.bool_], now: float
    ) -> Detections:
        """New detections replace what was held in their regions.

        Args:
            found: What the regions showed.
            regions: Where it was looked.
            sought: Which of the held ones were looked for, here or where they were expected.
            now: When.

        Returns:
            All that is there now: what was found, and what is held elsewhere.
        """
        speed = self._speeds(found, now)
        keep = ~(sought | self._settled(regions) | self._repeated(found))
        old = self._found.where(keep)
        self._found = Detections(
            np.concatenate((found.boxes, old.boxes)),
            np.concatenate((found.scores, old.scores)),
            np.concatenate((found.classes, old.classes)),
        )
        self._seen = np.concatenate((np.full(len(found), now), self._seen[keep]))
        self._speed = np.concatenate((speed, self._speed[keep]))
        return self._found

    def _speeds(self, found: Detections, now: float) -> NDArray[np.float32]:
        """Pixels a second of new detections, from the nearest of the same class that was held; else zero."""
        speed = np.zeros((len(found), 2), np.float32)
        if not len(found) or not len(self._found):
            return speed
        here, expected, before = (
            (boxes[:, :2] + boxes[:, 2:]) / 2
            for boxes in (found.boxes, self.expected(now), self._found.boxes)
        )
        heights = np.maximum(found.boxes[:, 3] - found.boxes[:, 1], 1.0)
        far = np.linalg.norm(here[:, None] - expected[None], axis=2) / heights[:, None]
        far[found.classes[:, None] != self._found.classes[None, :]] = np.inf
        nearest = far.argmin(axis=1)
        passed = now - self._seen[nearest]
        same = (far.min(axis=1) < _REACH) & (passed > 0)
        newest = (here - before[nearest])[same] / passed[same, None]
        speed[same] = _BLEND * newest + (1.0 - _BLEND) * self._speed[nearest[same]]
        return speed

    def _settled(self, regions: tuple[Rect, ...]) -> NDArray[np.bool_]:
        if not regions or not len(self._found):
            return np.zeros(len(self._found), np.bool_)
        rects = np.array([[r.x1, r.y1, r.x2, r.y2] for r in regions], np.float32)
        boxes = self._found.boxes
        covered = shared_areas(boxes, rects) >= _COVERED * areas(boxes)[:, None]
        return np.asarray(covered.any(axis=1), np.bool_)

    def _repeated(self, found: Detections) -> NDArray[np.bool_]:
        boxes = self._found.boxes
        same = overlaps(boxes, found.boxes) > _SAME
        part = shared_areas(boxes, found.boxes) > _PART * areas(boxes)[:, None]
        same |= part & (self._found.classes[:, None] == found.classes[None, :])
        return np.asarray(same.any(axis=1), np.bool_)
