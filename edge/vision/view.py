"""One look's picture at the size that rules about the picture itself work on, made only when asked for."""

from typing import Final, Protocol

import cv2
import numpy as np

from edge.detect.detections import Image
from edge.gate.luma import Luma, small_luma
from edge.gate.rects import Rect

FINE: Final = 640
"""Pixels of the fine picture's longer side; a smaller picture stays as it is."""


class Shows(Protocol):
    """Where a picture comes from (see `edge.frame.Frame`)."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    @property
    def luma(self) -> Luma:
        """H x W brightness."""
        ...

    def crop(self, rect: Rect, width: int, height: int) -> Image:
        """A region as ``height`` x ``width`` x 3 BGR."""
        ...


class View:
    """A picture for rules: each form is made at most once, and not at all when no rule wants it.

    Args:
        frame: The picture, raw; it is read, never kept beyond the look.
    """

    __slots__ = ("_fine", "_frame")

    def __init__(self, frame: Shows) -> None:
        self._frame = frame
        self._fine: Luma | None = None

    @property
    def fine(self) -> Luma:
        """H x W luma, 0..255, the longer side at most `FINE` pixels; an array of its own."""
        if self._fine is None:
            self._fine = np.array(small_luma(self._frame.luma, FINE))
        return self._fine

    def chroma(self, rect: Rect) -> Image:
        """A region's colour without its brightness, h x w x 2 (Cr, Cb), about 128 where grey.

        Args:
            rect: Pixels of the full picture.
        """
        width, height = max(1, (rect.x2 - rect.x1) // 4), max(1, (rect.y2 - rect.y1) // 4)
        bgr = self._frame.crop(rect, width, height)
        return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YCrCb), np.uint8)[..., 1:]
