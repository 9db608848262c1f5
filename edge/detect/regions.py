"""`Regions`: parts of a picture that must be blurred before it leaves."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes
from edge.detect.nms import nms


@dataclass(frozen=True, slots=True)
class Regions:
    """Parallel arrays of N faces or plates in one picture.

    Attributes:
        boxes: N x 4 float32, ``x1 y1 x2 y2`` in pixels of the full picture, clipped to it.
        scores: N float32, 0..1, falling.
        corners: N x 8 float32, ``x y`` of the four corners in pixels, for plates; None for faces.
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    corners: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def empty(cls) -> Self:
        """No regions."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))

    def settled(self, iou: float) -> "Regions":
        """The surest region of each that overlap by more than ``iou``, the surest first."""
        kept = nms(self.boxes, self.scores, np.zeros(len(self), np.int32), iou)
        corners = None if self.corners is None else self.corners[kept]
        return Regions(self.boxes[kept], self.scores[kept], corners)

    def clipped(self, width: int, height: int) -> "Regions":
        """Boxes cut at the picture's edges."""
        limits = np.array([width, height, width, height], np.float32)
        return Regions(np.clip(self.boxes, 0, limits), self.scores, self.corners)
