"""Where everything touches the ground, and in which zones: worked out once a look for all rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.config import Zone
from edge.rules.geometry import ON_BORDER, Points, ground_points, heights, normalise
from edge.rules.scene import Scene, Tracks

LEAVE = 0.15
"""An object inside has left when its ground point is this many box heights beyond the border."""

_CLASSES = 1024

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Footing:
    """One look's N tracks on the ground.

    Attributes:
        size: Width and height of the picture in pixels.
        tracks: The tracks.
        points: N x 2 ground points, pixels.
        heights: N box heights, pixels, at least 1.
        within: For each zone id, N bool: the ground point is in the zone or on its border.
        near: For each zone id, N bool: in the zone or less than `LEAVE` beyond its border.
    """

    size: tuple[int, int]
    tracks: Tracks
    points: Points
    heights: NDArray[np.float64]
    within: dict[str, Mask]
    near: dict[str, Mask]
    _masks: dict[frozenset[int], Mask] = field(default_factory=dict)
    _rows: list["Rows"] = field(default_factory=list)

    def of(self, classes: frozenset[int]) -> Mask:
        """Which tracks are of these classes (COCO indices), seen or not: N bool."""
        mask = self._masks.get(classes)
        if mask is None:
            mask = np.asarray(_table(classes)[self.tracks.classes], np.bool_)
            self._masks[classes] = mask
        return mask

    def rows(self) -> "Rows":
        """The tracks as plain lists."""
        if not self._rows:
            tracks = self.tracks
            boxes = [(x1, y1, x2, y2) for x1, y1, x2, y2 in tracks.boxes.tolist()]
            self._rows.append(Rows(tracks.ids.tolist(), boxes, tracks.scores.tolist(), tracks.born.tolist()))
        return self._rows[0]


@cache
def _table(classes: frozenset[int]) -> Mask:
    """Lookup by class index."""
    table = np.zeros(_CLASSES, np.bool_)
    table[list(classes)] = True
    return table


class Rows(NamedTuple):
    """A look's tracks as plain lists: what rules read one by one.

    Attributes:
        ids: Track ids.
        boxes: Pixels.
        scores: 0..1.
        born: Unix seconds.
    """

    ids: list[int]
    boxes: list[tuple[float, float, float, float]]
    scores: list[float]
    born: list[float]


class GroundPlan:
    """The zones of one camera.

    Args:
        zones: All that its rules are about.
    """

    def __init__(self, zones: Sequence[Zone]) -> None:
        self._ids = [zone.id for zone in zones]
        most = max((len(zone.polygon) for zone in zones), default=1)
        # A corner that repeats makes an edge without length, which no point lies in or beyond.
        corners = [zone.polygon + (zone.polygon[-1],) * (most - len(zone.polygon)) for zone in zones]
        self._starts = np.array(corners, np.float64).reshape(len(zones), most, 2)
        self._ends = np.roll(self._starts, -1, axis=1)
        self._scene: Scene | None = None
        self._footing: Footing | None = None

    def footing(self, scene: Scene) -> Footing:
        """The look on the ground; asking again about the same scene costs nothing."""
        if self._footing is None or self._scene is not scene:
            self._footing = self._worked_out(scene)
            self._scene = scene
        return self._footing

    def _worked_out(self, scene: Scene) -> Footing:
        boxes = scene.tracks.boxes
        pixels, tall = ground_points(boxes), heights(boxes)
        size = np.array(scene.size, np.float64)
        if not len(pixels) or not self._ids:
            nobody = {name: np.zeros(len(pixels), np.bool_) for name in self._ids}
            return Footing(scene.size, scene.tracks, pixels, tall, nobody, nobody)
        points = normalise(pixels, scene.size) * size
        starts, ends = self._starts * size, self._ends * size
        odd = _odd(points, starts, ends)
        gap2 = _gaps2(points, starts, ends)
        within = odd | (gap2 <= (ON_BORDER * float(size.max())) ** 2)
        near = within | (gap2 <= (LEAVE * tall[:, None]) ** 2)
        return Footing(
            scene.size,
            scene.tracks,
            pixels,
            tall,
            {name: within[:, index] for index, name in enumerate(self._ids)},
            {name: near[:, index] for index, name in enumerate(self._ids)},
        )


def _odd(points: Points, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> Mask:
    """Even-odd rule: N points against Z x M edges, N x Z."""
    x, y = points[:, 0, None, None], points[:, 1, None, None]
    x1, y1, x2, y2 = starts[..., 0], starts[..., 1], ends[..., 0], ends[..., 1]
    rise = y2 - y1
    slope = (x2 - x1) / np.where(rise == 0, 1.0, rise)
    left = x < x1 - y1 * slope + y * slope
    return np.asarray(np.logical_xor.reduce(((y1 > y) != (y2 > y)) & left, axis=2), np.bool_)


def _gaps2(points: Points, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distance of N points from Z borders: N x Z."""
    dx, dy = points[:, 0, None, None] - starts[..., 0], points[:, 1, None, None] - starts[..., 1]
    along = ends - starts
    ax, ay = along[..., 0], along[..., 1]
    share = (dx * ax + dy * ay) / np.maximum(ax * ax + ay * ay, 1e-300)
    share = np.minimum(np.maximum(share, 0.0), 1.0)
    gx, gy = dx - share * ax, dy - share * ay
    return np.asarray((gx * gx + gy * gy).min(axis=2), np.float64)
