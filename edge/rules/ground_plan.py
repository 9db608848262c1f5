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
    _seen: dict[frozenset[int], Mask] = field(default_factory=dict)
    _near_rows: dict[str, list[int]] = field(default_factory=dict)

    def of(self, classes: frozenset[int]) -> Mask:
        """Which tracks are of these classes (COCO indices), seen or not: N bool."""
        mask = self._masks.get(classes)
        if mask is None:
            mask = of_classes(self.tracks, classes)
            self._masks[classes] = mask
        return mask

    def seen_of(self, classes: frozenset[int]) -> Mask:
        """Which tracks are of these classes and seen: N bool, shared by all that ask."""
        mask = self._seen.get(classes)
        if mask is None:
            mask = self._seen[classes] = self.tracks.seen & self.of(classes)
        return mask

    def near_rows(self, zone: str) -> list[int]:
        """Which tracks are near the zone, as rows in order."""
        rows = self._near_rows.get(zone)
        if rows is None:
            rows = self._near_rows[zone] = np.flatnonzero(self.near[zone]).tolist()
        return rows

    def rows(self) -> "Rows":
        """The tracks as plain lists."""
        if not self._rows:
            tracks = self.tracks
            boxes = [(x1, y1, x2, y2) for x1, y1, x2, y2 in tracks.boxes.tolist()]
            self._rows.append(Rows(tracks.ids.tolist(), boxes, tracks.scores.tolist(), tracks.born.tolist()))
        return self._rows[0]


def of_classes(tracks: Tracks, classes: frozenset[int]) -> Mask:
    """Which tracks are of these classes (COCO indices), seen or not: N bool."""
    return np.asarray(_table(classes)[tracks.classes], np.bool_)


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
        self._edges: _Edges | None = None
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
        if not len(pixels) or not self._ids:
            nobody = {name: np.zeros(len(pixels), np.bool_) for name in self._ids}
            return Footing(scene.size, scene.tracks, pixels, tall, nobody, nobody)
        size = np.array(scene.size, np.float64)
        points = normalise(pixels, scene.size) * size
        if self._edges is None or self._edges.size != scene.size:
            self._edges = _Edges.of(scene.size, self._starts * size, self._ends * size)
        odd, gap2 = self._edges.against(points)
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


@dataclass(frozen=True, slots=True)
class _Edges:
    """The Z zones' M edges in pixels, and what is the same of them for every look; each Z x M.

    Attributes:
        size: Of the picture, pixels.
        x: Where it begins.
        y: Likewise.
        ends: Where it ends, y.
        slope: Pixels across for each down.
        foot: Where its endless line meets y = 0.
        across: Its extent.
        down: Likewise.
        length2: Squared length.
    """

    size: tuple[int, int]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    ends: NDArray[np.float64]
    slope: NDArray[np.float64]
    foot: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]
    length2: NDArray[np.float64]

    @classmethod
    def of(cls, size: tuple[int, int], starts: NDArray[np.float64], ends: NDArray[np.float64]) -> "_Edges":
        x, y = starts[..., 0], starts[..., 1]
        across, down = ends[..., 0] - x, ends[..., 1] - y
        slope = across / np.where(down == 0, 1.0, down)
        length2 = np.maximum(across * across + down * down, 1e-300)
        return cls(size, x, y, ends[..., 1], slope, x - y * slope, across, down, length2)

    def against(self, points: Points) -> tuple[Mask, NDArray[np.float64]]:
        """Whether each of N points is inside each zone (even-odd rule), and its squared distance: N x Z."""
        x, y = points[:, 0, None, None], points[:, 1, None, None]
        straddles = (self.y > y) != (self.ends > y)
        odd = np.logical_xor.reduce(straddles & (x < self.foot + y * self.slope), axis=2)
        dx, dy = x - self.x, y - self.y
        share = np.minimum(np.maximum((dx * self.across + dy * self.down) / self.length2, 0.0), 1.0)
        dx -= share * self.across
        dy -= share * self.down
        return np.asarray(odd, np.bool_), np.asarray((dx * dx + dy * dy).min(axis=2), np.float64)
