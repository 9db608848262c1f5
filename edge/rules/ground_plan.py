"""Where everything touches the ground, and in which zones: worked out once a look for all rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.config import Zone
from edge.detect.detections import members
from edge.rules.geometry import ON_BORDER, Points, ground_points, heights, normalise
from edge.rules.scene import Scene, Tracks

LEAVE = 0.15
"""An object inside has left when its ground point is this many box heights beyond the border."""

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
            mask = members(self.tracks.classes, classes)
            self._masks[classes] = mask
        return mask

    def rows(self) -> "Rows":
        """The tracks as plain lists."""
        if not self._rows:
            tracks = self.tracks
            boxes = [(x1, y1, x2, y2) for x1, y1, x2, y2 in tracks.boxes.tolist()]
            self._rows.append(Rows(tracks.ids.tolist(), boxes, tracks.scores.tolist(), tracks.born.tolist()))
        return self._rows[0]


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


@dataclass(frozen=True, slots=True)
class _Edges:
    """The Z zones' borders in pixels of one size of picture: Z x M edges each, worked out once.

    Attributes:
        x: Where an edge begins.
        y: Likewise.
        end_y: Where it ends.
        slope: Pixels to the right for each down; of no meaning where it runs level.
        along_x: To its end.
        along_y: Likewise.
        length2: Squared length, above 0.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    end_y: NDArray[np.float64]
    slope: NDArray[np.float64]
    along_x: NDArray[np.float64]
    along_y: NDArray[np.float64]
    length2: NDArray[np.float64]

    @classmethod
    def of(cls, corners: NDArray[np.float64], size: NDArray[np.float64]) -> "_Edges":
        """Borders through corners, Z x M x 2, normalised."""
        starts = corners * size
        along = np.roll(starts, -1, axis=1) - starts
        ax, ay = along[..., 0].copy(), along[..., 1].copy()
        slope = ax / np.where(ay == 0, 1.0, ay)
        x, y = starts[..., 0].copy(), starts[..., 1].copy()
        return cls(x, y, np.roll(y, -1, axis=1), slope, ax, ay, np.maximum(ax * ax + ay * ay, 1e-300))


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
        self._corners = np.array(corners, np.float64).reshape(len(zones), most, 2)
        self._edges: tuple[tuple[int, int], _Edges] | None = None
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
        if self._edges is None or self._edges[0] != scene.size:
            self._edges = (scene.size, _Edges.of(self._corners, size))
        odd, gap2 = _against(normalise(pixels, scene.size) * size, self._edges[1])
        within = odd | (gap2 <= (ON_BORDER * max(scene.size)) ** 2)
        near = within | (gap2 <= (LEAVE * tall[:, None]) ** 2)
        return Footing(
            scene.size,
            scene.tracks,
            pixels,
            tall,
            dict(zip(self._ids, within.T, strict=True)),
            dict(zip(self._ids, near.T, strict=True)),
        )


def _against(points: Points, edges: _Edges) -> tuple[Mask, NDArray[np.float64]]:
    """N points against Z zones, both N x Z: inside (even-odd rule), and squared distance of the border."""
    dx, dy = points[:, 0, None, None] - edges.x, points[:, 1, None, None] - edges.y
    straddles = (dy < 0) != (points[:, 1, None, None] < edges.end_y)
    odd = np.logical_xor.reduce(straddles & (dx < dy * edges.slope), axis=2)
    share = (dx * edges.along_x + dy * edges.along_y) / edges.length2
    np.minimum(np.maximum(share, 0.0, out=share), 1.0, out=share)
    dx -= share * edges.along_x
    dy -= share * edges.along_y
    return np.asarray(odd, np.bool_), np.asarray((dx * dx + dy * dy).min(axis=2), np.float64)
