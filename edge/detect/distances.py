"""Boxes from distributions over distances, shared by NanoDet and PicoDet.

Source: Li et al., Generalized Focal Loss, NeurIPS 2020.
"""

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes


def expected_distances(logits: NDArray[np.float32], bins: int) -> NDArray[np.float32]:
    """Mean of each side's distribution over 0 .. bins - 1.

    Args:
        logits: Points x (4 * bins): left, top, right, bottom.
        bins: Bins of one side.

    Returns:
        Points x 4, in strides.
    """
    shaped = logits.reshape(-1, 4, bins)
    weights = np.exp(shaped - shaped.max(axis=2, keepdims=True))
    mean: NDArray[np.float32] = (weights @ np.arange(bins, dtype=np.float32)) / weights.sum(axis=2)
    return mean


def boxes_around(cells: NDArray[np.float32], distances: NDArray[np.float32]) -> Boxes:
    """Boxes in canvas pixels.

    Args:
        cells: Points x 3: column, row, stride.
        distances: Points x 4, in strides.
    """
    stride = cells[:, 2:3]
    centres = (cells[:, :2] + 0.5) * stride
    sides = distances * stride
    return np.concatenate([centres - sides[:, :2], centres + sides[:, 2:]], axis=1)
