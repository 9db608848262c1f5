"""Areas and overlaps of boxes, N x 4 ``x1 y1 x2 y2`` in any one frame."""

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes

NOWHERE: Boxes = np.zeros((0, 4), np.float32)
"""No boxes."""


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """Area of each box."""
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float32)


def shared_areas(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    """Area of the intersection of every pair, N x M."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    extent = np.maximum(np.minimum(boxes[:, None, 2:], others[None, :, 2:]) - low, 0)
    return np.asarray(extent[..., 0] * extent[..., 1], np.float32)


def overlaps(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    """Intersection over union of every pair, N x M."""
    shared = shared_areas(boxes, others)
    union = areas(boxes)[:, None] + areas(others)[None, :] - shared
    return np.asarray(shared / np.maximum(union, 1e-6), np.float32)


def touched(boxes: Boxes, others: Boxes, share: float) -> NDArray[np.bool_]:
    """Which boxes have more than ``share`` of the smaller one's area in common with any of ``others``."""
    least = np.minimum(areas(boxes)[:, None], areas(others)[None, :])
    return np.asarray((shared_areas(boxes, others) > share * least).any(axis=1), np.bool_)
