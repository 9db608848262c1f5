"""Average precision of one class at one overlap, with COCO's 101 recall points."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes

_RECALLS = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True, slots=True)
class Scored:
    """What was found in one picture: N boxes and scores of one class, the surest first; M true boxes."""

    boxes: Boxes
    scores: NDArray[np.float32]
    truth: Boxes


def overlaps(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    """Intersection over union of every pair, N x M."""
    top_left = np.maximum(boxes[:, None, :2], others[None, :, :2])
    bottom_right = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.clip(bottom_right - top_left, 0, None), axis=2)
    areas = [np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (boxes, others)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0), np.float32)


def hits(picture: Scored, iou: float) -> NDArray[np.bool_]:
    """Which boxes are hits: each in turn takes the free true box that it overlaps most, if by ``iou``."""
    table = overlaps(picture.boxes, picture.truth)
    hit = np.zeros(len(picture.boxes), np.bool_)
    if table.shape[1] == 0:
        return hit
    for index, row in enumerate(table):
        best = int(row.argmax())
        if row[best] >= iou:
            hit[index] = True
            table[:, best] = -1.0
    return hit


def average_precision(pictures: Sequence[Scored], iou: float = 0.5) -> float:
    """Mean precision at the 101 recalls 0, 0.01 ... 1; not a number when there is nothing to find."""
    total = sum(len(picture.truth) for picture in pictures)
    if total == 0:
        return float("nan")
    scores = np.concatenate([picture.scores for picture in pictures])
    hit = np.concatenate([hits(picture, iou) for picture in pictures])[np.argsort(-scores, kind="stable")]
    if len(hit) == 0:
        return 0.0
    found = np.cumsum(hit)
    precision = found / np.arange(1, len(hit) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    first = np.searchsorted(found / total, _RECALLS - 1e-12)
    reached = first < len(hit)
    return float(np.sum(envelope[first[reached]]) / len(_RECALLS))
