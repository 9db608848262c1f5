"""Places of a picture where something always moves and never is anything: trees, flags, a burnt-in clock.

They are learned from what the detector says, not from how often something moves: a street where people walk
all day is no nuisance, a branch in the wind is one after a few looks. Nothing is ever masked: motion there is
looked at less often, and at once when it is larger than what usually moves there.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes
from edge.gate.luma import Floats

Polygon = tuple[tuple[float, float], ...]
"""Corners, fractions of the picture."""


@dataclass(frozen=True, slots=True)
class KnownNuisance:
    """A place that is known beforehand to deceive (see `edge.gate.calibration`).

    Attributes:
        polygon: Where.
        usual: Share of the picture that usually moves there.
    """

    polygon: Polygon
    usual: float


@dataclass(frozen=True, slots=True)
class NuisancePolicy:
    """How fast the detector's word is taken, and for how long.

    Attributes:
        columns: Cells across the picture.
        rows: Cells down.
        misses: Looks at motion with nothing found after which a cell is mostly distrusted.
        forgive: What one find leaves of a cell's distrust.
        distrust: Mean distrust of a box's cells, 0..1, from which on its motion is a nuisance.
        larger: Motion this many times larger than usual is none, wherever it is.
        half_life_s: Distrust halves in this time, so that each place is tried again.
        probe_s: A nuisance is looked at this often nevertheless.
        known: Places that are distrusted from the beginning, until something is found there.
    """

    columns: int = 16
    rows: int = 9
    misses: float = 10.0
    forgive: float = 0.3
    distrust: float = 0.6
    larger: float = 2.5
    half_life_s: float = 1800.0
    probe_s: float = 4.0
    known: tuple[KnownNuisance, ...] = ()


class Nuisance:
    """One camera's map.

    Args:
        policy: How it learns.
    """

    def __init__(self, policy: NuisancePolicy | None = None) -> None:
        self._policy = policy or NuisancePolicy()
        shape = (self._policy.rows, self._policy.columns)
        self._distrust = np.zeros(shape, np.float64)
        self._usual = np.zeros(shape, np.float64)
        self._known = np.zeros(shape, np.float64)
        for place in self._policy.known:
            cells = _within(place.polygon, shape)
            self._known[cells] = 1.0
            self._usual[cells] = np.maximum(self._usual[cells], place.usual)
        self._time: float | None = None
        self._probed = -np.inf

    @property
    def distrust(self) -> NDArray[np.float64]:
        """Rows x columns, 0 (trusted) to 1."""
        return np.maximum(self._distrust, self._known)

    def news(self, boxes: Boxes, areas: Floats, now: float) -> NDArray[np.bool_]:
        """Which motion is worth waking and looking for at once.

        Args:
            boxes: N x 4, fractions of the picture.
            areas: N, share of the picture that stands out in each.
            now: Seconds of any steady clock.
        """
        self._fade(now)
        news = [
            self._is_news(*cells_of(box, self._policy), float(area))
            for box, area in zip(boxes, areas, strict=True)
        ]
        return np.array(news, np.bool_)

    def probe(self, now: float) -> bool:
        """Whether it is time to look at nuisances too."""
        return now - self._probed >= self._policy.probe_s

    def looked(
        self, boxes: Boxes, areas: Floats, found: NDArray[np.bool_], news: NDArray[np.bool_], now: float
    ) -> None:
        """Motion was looked at.

        Args:
            boxes: N x 4, fractions of the picture.
            areas: N, as for `news`.
            found: N, whether an object was there.
            news: N, what `news` said.
            now: Its time.
        """
        if not news.all():
            self._probed = now
        for box, area, hit in zip(boxes, areas, found, strict=True):
            rows, columns = cells_of(box, self._policy)
            cells = self._distrust[rows, columns]
            if hit:
                cells *= self._policy.forgive
                self._known[rows, columns] *= self._policy.forgive
            else:
                cells += (1.0 - cells) / self._policy.misses
                usual = self._usual[rows, columns]
                np.maximum(usual * 0.99, float(area), out=usual)

    def _is_news(self, rows: slice, columns: slice, area: float) -> bool:
        if float(self.distrust[rows, columns].mean()) < self._policy.distrust:
            return True
        return area > self._policy.larger * float(self._usual[rows, columns].max())

    def _fade(self, now: float) -> None:
        before = now if self._time is None else self._time
        self._time = now
        if now > before:
            self._distrust *= 0.5 ** ((now - before) / self._policy.half_life_s)


def cells_of(box: NDArray[np.float32], policy: NuisancePolicy) -> tuple[slice, slice]:
    """Rows and columns of the cells that a box (fractions of the picture) touches."""
    left, right = _span(float(box[0]), float(box[2]), policy.columns)
    top, bottom = _span(float(box[1]), float(box[3]), policy.rows)
    return slice(top, bottom), slice(left, right)


def _within(polygon: Polygon, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Cells whose centre lies within a polygon: rows x columns."""
    rows, columns = shape
    corners = np.array(polygon, np.float32) * np.array([columns, rows], np.float32)
    cells = [
        [cv2.pointPolygonTest(corners, (x + 0.5, y + 0.5), False) >= 0 for x in range(columns)]
        for y in range(rows)
    ]
    return np.array(cells, np.bool_)


def _span(low: float, high: float, cells: int) -> tuple[int, int]:
    first = min(max(int(low * cells), 0), cells - 1)
    last = min(max(int(np.ceil(high * cells)), first + 1), cells)
    return first, last
