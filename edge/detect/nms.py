"""Non-maximum suppression: of boxes that mean one object, the surest stays."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes


def nms(boxes: Boxes, scores: NDArray[np.float32], groups: NDArray[np.int32], iou: float) -> NDArray[np.intp]:
    """Indices of the boxes that stay, the surest first.

    A box falls when one of its own group with a higher score overlaps it by more than ``iou``.

    Args:
        boxes: N x 4, ``x1 y1 x2 y2``.
        scores: N.
        groups: N; class indices, or what stands for classes that are one object under two names.
        iou: Greatest intersection over union that two objects may have.
    """
    if len(boxes) == 0:
        return np.zeros(0, np.intp)
    # OpenCV parts the groups by moving each beyond the largest coordinate, which holds from 0 upwards only.
    shifted = boxes.astype(np.float64) - boxes.min()
    shifted[:, 2:] -= shifted[:, :2]
    _, dense = np.unique(groups, return_inverse=True)
    kept = cv2.dnn.NMSBoxesBatched(shifted.tolist(), scores.tolist(), dense.tolist(), -1.0, iou)
    indices = np.asarray(kept, np.intp).reshape(-1)
    return indices[np.argsort(-scores[indices], kind="stable")]
