"""Which detection continues which track: costs and the optimal assignment.

IoU alone fails at two to five looks a second, where a car moves farther than its own length; distance alone
confuses a crowd. So a pair may match by either, and the cost weighs both.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from edge.detect.coco import CYCLES, MOTOR_VEHICLES
from edge.detect.detections import Boxes
from edge.rules.geometry import iou

Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Rows (tracks) and columns (detections) that match."""

FORBIDDEN = 1e6
OTHER_CLASS = 0.1
"""Cost of a car that becomes a truck: detectors waver between such classes."""

MOST_GROWTH = 1.8
"""By distance alone, the sizes (square root of the area) of the same thing differ at most by this factor."""


_CLASSES = 1024


def _groups() -> NDArray[np.int32]:
    table = np.arange(_CLASSES, dtype=np.int32)
    for members in (CYCLES, MOTOR_VEHICLES - CYCLES):
        table[list(members)] = min(members)
    return table


_GROUP = _groups()


def group(classes: NDArray[np.int32]) -> NDArray[np.int32]:
    """The group of each class: those that a detector confuses (cycles; cars and larger) share one."""
    return _GROUP[classes]


def costs(
    tracks: tuple[Boxes, NDArray[np.int32]],
    detections: tuple[Boxes, NDArray[np.int32]],
    gate: NDArray[np.float64],
    least_iou: float,
) -> NDArray[np.float64]:
    """Cost of every pair, 0..1 and more; `FORBIDDEN` where it cannot be.

    Args:
        tracks: Predicted boxes (M x 4 pixels) and classes (M).
        detections: Boxes (N x 4 pixels) and classes (N).
        gate: M: how far the centre may lie from the prediction, in box sizes; 0 forbids distance matches.
        least_iou: From this IoU on a pair may match whatever the distance.

    Returns:
        M x N.
    """
    (boxes, classes), (found, kinds) = tracks, detections
    overlap = iou(boxes, found)
    place, size = _places(boxes)
    there, extent = _places(found)
    gap = place[:, None] - there[None]
    distance = np.hypot(gap[..., 0], gap[..., 1]) / np.sqrt(size[:, None] * extent[None])
    ratio = size[:, None] / extent[None]
    similar = (ratio < MOST_GROWTH) & (ratio > 1 / MOST_GROWTH)
    reach = np.maximum(gate[:, None], 1e-9)
    possible = (overlap >= least_iou) | (similar & (distance <= reach))
    possible &= group(classes)[:, None] == group(kinds)[None]
    cost = 0.5 * (1 - overlap) + 0.5 * np.minimum(distance / 3.0, 1.0)
    cost = cost + OTHER_CLASS * (classes[:, None] != kinds[None])
    return np.where(possible, cost, FORBIDDEN)


def assign(cost: NDArray[np.float64]) -> Pairs:
    """The cheapest one-to-one assignment without forbidden pairs."""
    if not cost.size:
        none = np.zeros(0, np.intp)
        return none, none
    rows, columns = linear_sum_assignment(cost)
    allowed = cost[rows, columns] < FORBIDDEN
    return rows[allowed], columns[allowed]


def unique(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int32], least_iou: float
) -> NDArray[np.bool_]:
    """Which detections to keep when one thing was found under two classes of a group (car and truck).

    Returns:
        N bool: False for every box that a stronger one of its group covers with ``least_iou`` or more.
    """
    count = len(boxes)
    if count < 2:
        return np.ones(count, np.bool_)
    groups = group(classes)
    order = np.arange(count)
    stronger = (scores[:, None] > scores[None]) | (
        (scores[:, None] == scores[None]) & (order[:, None] < order[None])
    )
    covers = (iou(boxes, boxes) >= least_iou) & (groups[:, None] == groups[None]) & stronger
    return np.asarray(~covers.any(axis=0), np.bool_)


ONE_NAME = 0.5
"""From this IoU on a cycle and a car are one thing under two names."""

SURER = 1.2
"""So many times surer one of them must be for the other to be let go."""


def cycles_together(
    boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int32], least_iou: float
) -> NDArray[np.float32]:
    """Scores, those of cycles raised by what the detector calls the same thing besides.

    A network that hesitates between a bicycle and a motorcycle is sure that it sees one of the two: what
    counts is that one of them is right, their scores taken as independent (as in `edge.detect.lookalikes`).

    Returns:
        N, as the scores are for everything else.
    """
    cycles = np.flatnonzero(np.isin(classes, list(CYCLES)))
    if len(cycles) < 2:
        return scores
    raised = scores.copy()
    alike = iou(boxes[cycles], boxes[cycles]) >= least_iou
    for row, index in enumerate(cycles):
        best = {int(classes[n]): float(scores[n]) for n in cycles[alike[row]] if scores[n] <= scores[index]}
        best.pop(int(classes[index]), None)
        raised[index] = 1.0 - (1.0 - scores[index]) * np.prod([1.0 - score for score in best.values()])
    return raised


def named_once(boxes: Boxes, scores: NDArray[np.float32], classes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which detections to keep when one thing was found as a cycle and as a car: the clearly surer name.

    Returns:
        N bool.
    """
    cycle, motor = (np.isin(classes, list(names)) for names in (CYCLES, MOTOR_VEHICLES - CYCLES))
    if not cycle.any() or not motor.any():
        return np.ones(len(boxes), np.bool_)
    rivals = (cycle[:, None] & motor[None]) | (motor[:, None] & cycle[None])
    same = rivals & (iou(boxes, boxes) >= ONE_NAME)
    surer = scores[:, None] >= SURER * scores[None]
    return np.asarray(~(same & surer).any(axis=0), np.bool_)


def _places(boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    box = np.asarray(boxes, np.float64).reshape(-1, 4)
    size = np.maximum(box[:, 2:] - box[:, :2], 1.0)
    return (box[:, :2] + box[:, 2:]) / 2, np.sqrt(size[:, 0] * size[:, 1])
