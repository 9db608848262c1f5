"""Pictures of which there is only brightness: enough for rules that look at pictures."""

import cv2
import numpy as np

from edge.detect.detections import Image
from edge.gate.luma import Luma
from edge.gate.rects import Rect


class Grey:
    """As `edge.vision.view.Shows`.

    Args:
        luma: H x W.
    """

    def __init__(self, luma: Luma) -> None:
        self.luma = luma

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.luma.shape[1], self.luma.shape[0]

    def crop(self, rect: Rect, width: int, height: int) -> Image:
        """A region, scaled, grey."""
        part = cv2.resize(self.luma[rect.y1 : rect.y2, rect.x1 : rect.x2], (width, height))
        return np.repeat(part[..., None], 3, axis=2)
