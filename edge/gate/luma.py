"""The small luma picture on which motion is looked for."""

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
"""H x W, 0..255."""

Floats = NDArray[np.float32]
"""H x W, grey levels with fractions."""

LONGER = 320
"""Pixels of the small picture's longer side."""


def small_luma(luma: Luma, longer: int = LONGER) -> Luma:
    """A luma plane (H x W) reduced so that its longer side has ``longer`` pixels; a small one stays as it is.

    Halving averages four pixels at once, which is the cheap way that keeps noise and aliasing out.
    """
    height, width = luma.shape
    while max(height, width) >= 2 * longer:
        width, height = width // 2, height // 2
        luma = np.asarray(cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    if max(height, width) <= longer:
        return luma
    scale = longer / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_LINEAR), np.uint8)
