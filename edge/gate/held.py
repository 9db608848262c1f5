"""What was found where nothing has changed since: the same pixels need no second inference."""

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Detections
from edge.gate.boxes import areas, overlaps, shared_areas
from edge.gate.rects import Rect

_COVERED = 0.9
"""A held box that lies in a region by more than this share is settled by what the region showed."""

_SAME = 0.5
"""Overlap (IoU) from which on a new detection is what was held ..."""

_PART = 0.7
"""... or share of the held box that lies in a new one of its class."""


class Held:
    """One camera's detections with the times at which they were seen by the detector."""

    def __init__(self) -> None:
        self._found = Detections.empty()
        self._seen = np.zeros(0, np.float64)

    @property
    def detections(self) -> Detections:
        """All that is held, pixels of the full picture."""
        return self._found

    def older(self, now: float, seconds: float) -> NDArray[np.bool_]:
        """Which were last seen more than ``seconds`` ago."""
        return np.asarray(now - self._seen >= seconds, np.bool_)

    def take(self, found: Detections, regions: tuple[Rect, ...], now: float) -> Detections:
        """New detections replace what was held in their regions.

        Args:
            found: What the regions showed.
            regions: Where it was looked.
            now: When.

        Returns:
            All that is there now: what was found, and what is held elsewhere.
        """
        keep = ~(self._settled(regions) | self._repeated(found))
        old = self._found.where(keep)
        self._found = Detections(
            np.concatenate((found.boxes, old.boxes)),
            np.concatenate((found.scores, old.scores)),
            np.concatenate((found.classes, old.classes)),
        )
        self._seen = np.concatenate((np.full(len(found), now), self._seen[keep]))
        return self._found

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
