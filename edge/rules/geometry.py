"""Planar geometry of zones and lines; what is about zones is vectorised over points.

Coordinates: x to the right, y down, as in pictures. Functions do not care whether points are normalised or in
pixels as long as all arguments agree; only distances need equal scales on both axes, hence pixels.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes

Points = NDArray[np.float64]
"""N x 2, x y."""

ON_BORDER = 1e-6
"""Points this near to the border are on it: above float32 rounding, far below a pixel (normalised units)."""

BEYOND = 0.1
"""How far outside the picture, in fractions of it, a ground point still belongs to the border it left by."""


def ground_points(boxes: Boxes) -> Points:
    """Bottom centre of each box: where the object touches the ground.

    Args:
        boxes: N x 4, not clipped to the picture (clipping would move the centre of a half visible object).

    Returns:
        N x 2 in the boxes' own coordinates.
    """
    box = np.asarray(boxes, np.float64).reshape(-1, 4)
    return np.column_stack(((box[:, 0] + box[:, 2]) / 2, box[:, 3]))


def heights(boxes: Boxes) -> NDArray[np.float64]:
    """Height of each box, at least one unit: the yardstick of distances in a picture without calibration."""
    box = np.asarray(boxes, np.float64).reshape(-1, 4)
    return np.maximum(box[:, 3] - box[:, 1], 1.0)


def normalise(points: Points, size: tuple[int, int]) -> Points:
    """Pixels to fractions of the picture.

    A point slightly outside (`BEYOND`) is brought to the border, because a zone that is drawn up to
    the picture's edge is meant to go on beyond it; a point farther out stays outside.
    """
    scaled = np.asarray(points, np.float64).reshape(-1, 2) / np.asarray(size, np.float64)
    near = np.all((scaled >= -BEYOND) & (scaled <= 1 + BEYOND), axis=1, keepdims=True)
    return np.where(near, np.clip(scaled, 0.0, 1.0), scaled)


def inside(points: Points, polygon: Sequence[tuple[float, float]] | Points) -> NDArray[np.bool_]:
    """Which points lie in a simple polygon; points on its border (`ON_BORDER`) count as inside.

    Args:
        points: N x 2.
        polygon: M x 2 corners in order, either direction, not closed.

    Returns:
        N bool (even-odd rule).
    """
    where = np.asarray(points, np.float64).reshape(-1, 2)
    start = np.asarray(polygon, np.float64)
    end = np.roll(start, -1, axis=0)
    x, y = where[:, 0:1], where[:, 1:2]
    straddles = (start[:, 1] > y) != (end[:, 1] > y)
    rise = end[:, 1] - start[:, 1]
    safe = np.where(rise == 0, 1.0, rise)
    crossing = start[:, 0] + (y - start[:, 1]) * (end[:, 0] - start[:, 0]) / safe
    odd: NDArray[np.bool_] = np.count_nonzero(straddles & (x < crossing), axis=1) % 2 == 1
    outside = np.flatnonzero(~odd)
    if len(outside):
        odd[outside] = distance(where[outside], start) <= ON_BORDER
    return odd


def distance(points: Points, polygon: Sequence[tuple[float, float]] | Points) -> NDArray[np.float64]:
    """Distance of each point from a polygon's border, inside or outside alike.

    Args:
        points: N x 2.
        polygon: M x 2 corners in order, not closed.

    Returns:
        N distances >= 0 in the unit of the arguments.
    """
    where = np.asarray(points, np.float64).reshape(-1, 1, 2)
    start = np.asarray(polygon, np.float64)[None]
    along = np.roll(start, -1, axis=1) - start
    length2 = np.maximum((along**2).sum(axis=2), 1e-300)
    share = np.clip(((where - start) * along).sum(axis=2) / length2, 0.0, 1.0)
    gap = where - (start + share[..., None] * along)
    return np.asarray(np.sqrt((gap**2).sum(axis=2)).min(axis=1, initial=np.inf), np.float64)


def side(point: tuple[float, float], start: tuple[float, float], end: tuple[float, float]) -> float:
    """Signed distance of a point from the endless line through ``start`` and ``end``.

    Plain numbers: a look has few objects, for which arrays cost more than they save.

    Returns:
        Positive on the right hand of someone who walks from ``start`` to ``end`` as seen on the screen,
        negative on the left, 0 on the line.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    return (dx * (point[1] - start[1]) - dy * (point[0] - start[0])) / max(math.hypot(dx, dy), 1e-300)


def crossing(
    before: tuple[float, float],
    after: tuple[float, float],
    start: tuple[float, float],
    end: tuple[float, float],
) -> int:
    """Whether a step crosses the segment from ``start`` to ``end``, and which way.

    A point on the line belongs to its right side, so that a walk that pauses on the line crosses once.

    Returns:
        +1 from left to right, -1 from right to left, 0 not at all.
    """
    was, now = side(before, start, end) >= 0, side(after, start, end) >= 0
    if was == now:
        return 0
    across, down = after[0] - before[0], after[1] - before[1]
    turns = [across * (y - before[1]) - down * (x - before[0]) for x, y in (start, end)]
    if turns[0] * turns[1] > 0:
        return 0
    return 1 if now else -1


def iou(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Intersection over union of every pair: N x 4 and M x 4 to N x M."""
    a = np.asarray(first, np.float64).reshape(-1, 4)
    b = np.asarray(second, np.float64).reshape(-1, 4)
    width = np.minimum(a[:, 2:3], b[:, 2]) - np.maximum(a[:, 0:1], b[:, 0])
    height = np.minimum(a[:, 3:4], b[:, 3]) - np.maximum(a[:, 1:2], b[:, 1])
    shared = np.maximum(width, 0.0) * np.maximum(height, 0.0)
    return np.asarray(shared / np.maximum(_areas(a)[:, None] + _areas(b) - shared, 1e-9), np.float64)


def _areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(boxes[:, 2] - boxes[:, 0], 0.0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0.0)
