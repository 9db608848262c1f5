"""Boxes that deserve a look, as few rectangles of one picture."""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes
from edge.gate.rects import Rect

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RegionPolicy:
    """How boxes become regions.

    Attributes:
        margin: Grown on every side by this share of the box's longer side: a detector needs surroundings, and
            an object moves between looks.
        least: Shortest side of a region on the canvas, pixels.
        gutter: Pixels that a region costs beside itself on the canvas; what merging saves.
    """

    margin: float = 0.12
    least: int = 40
    gutter: int = 2


def regions_of(
    boxes: Boxes, size: tuple[int, int], scale: float, policy: RegionPolicy | None = None
) -> tuple[Rect, ...]:
    """The regions that hold all ``boxes`` with a margin, merged where one costs no more than two.

    Regions may overlap: a pair that shares a corner is cheaper apart, and what either sees twice is told
    apart afterwards (see `edge.gate.packing.unpack`).

    Args:
        boxes: N x 4, ``x1 y1 x2 y2``, pixels of the picture; may reach outside it. Boxes without a finite
            size or wholly outside are passed over.
        size: Width and height of the picture.
        scale: Canvas pixels per picture pixel.
        policy: Margins.

    Returns:
        Rectangles inside the picture, in no particular order.
    """
    policy = policy or RegionPolicy()
    inside = _inside(np.asarray(boxes, np.float64).reshape(-1, 4), size)
    if not len(inside):
        return ()
    grown = _grow(inside, size, policy.margin, policy.least / scale)
    merged = _merge(grown, policy.gutter / scale)
    return tuple(
        Rect(max(0, floor(x1)), max(0, floor(y1)), min(size[0], ceil(x2)), min(size[1], ceil(y2)))
        for x1, y1, x2, y2 in merged.tolist()
    )


def _inside(boxes: Array, size: tuple[int, int]) -> Array:
    sound = boxes[np.isfinite(boxes).all(axis=1)]
    clipped = np.clip(sound, 0, np.array([*size, *size]))
    return np.asarray(clipped[(clipped[:, 2:] > clipped[:, :2]).all(axis=1)])


def _grow(boxes: Array, size: tuple[int, int], margin: float, least: float) -> Array:
    extent = boxes[:, 2:] - boxes[:, :2]
    wanted = np.maximum(extent + 2 * margin * extent.max(axis=1, keepdims=True), least)
    picture = np.array(size, np.float64)
    wanted = np.minimum(wanted, picture)
    corner = (boxes[:, :2] + boxes[:, 2:] - wanted) / 2
    # At the picture's border the margin goes to the other side: it is never cut off the object.
    corner = np.clip(corner, 0, picture - wanted)
    return np.concatenate((corner, corner + wanted), axis=1)


def _merge(boxes: Array, gutter: float) -> Array:
    """Greedily join the pair that saves most, while joining costs nothing."""
    count = len(boxes)
    if count < 2:
        return boxes
    boxes = boxes.copy()
    alive = np.ones(count, np.bool_)
    cost = _cost(boxes, gutter)
    saved = _saved(boxes[:, None], cost[:, None], boxes[None], cost[None], gutter)
    np.fill_diagonal(saved, -np.inf)
    while True:
        first, second = divmod(int(saved.argmax()), count)
        if saved[first, second] < 0:
            return boxes[alive]
        boxes[first] = _joined(boxes[first], boxes[second])
        alive[second] = False
        cost[first] = _cost(boxes[first], gutter)
        row = _saved(boxes[first], cost[first], boxes, cost, gutter)
        row[~alive] = -np.inf
        row[first] = -np.inf
        saved[first] = saved[:, first] = row
        saved[second] = saved[:, second] = -np.inf


def _joined(boxes: Array, others: Array) -> Array:
    low, high = np.minimum(boxes, others), np.maximum(boxes, others)
    return np.concatenate((low[..., :2], high[..., 2:]), axis=-1)


def _saved(boxes: Array, cost: Array, others: Array, costs: Array, gutter: float) -> Array:
    return np.asarray(cost + costs - _cost(_joined(boxes, others), gutter))


def _cost(boxes: Array, gutter: float) -> Array:
    extent = boxes[..., 2:] - boxes[..., :2] + gutter
    return np.asarray(extent[..., 0] * extent[..., 1])
