"""Which places of a picture always move and never show anything, learned before a camera goes to work.

A tree, a flag, a burnt-in clock moves most of the time; a road where the detector misses cars does not. So a
place is proposed only when it moved often, all through the time, and nothing at all was found there.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
import shapely
from numpy.typing import NDArray

from edge.detect.detections import Boxes
from edge.gate.boxes import touched
from edge.gate.motion import Motion
from edge.gate.nuisance import KnownNuisance, NuisancePolicy, cells_of

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CalibrationPolicy:
    """When a place is proposed.

    Attributes:
        grid: The cells.
        slices: Parts of the time.
        through: Share of the parts in which it must have moved.
        often: Share of the pictures in which it must have moved.
        least: Pictures in which it must have moved.
        found: Share of its motion that may have been something.
        same: Share of the smaller box's area that what moved and what was found have in common.
    """

    grid: NuisancePolicy = field(default_factory=NuisancePolicy)
    slices: int = 8
    through: float = 0.6
    often: float = 0.1
    least: int = 8
    found: float = 0.02
    same: float = 0.05


@dataclass(frozen=True, slots=True)
class Proposal:
    """A place that should not wake the camera.

    Attributes:
        area: Where, and how large the motion there usually is.
        moved: Share of the pictures in which it moved.
    """

    area: KnownNuisance
    moved: float


class Learner:
    """Takes the pictures of one camera in, in the order of their time.

    Args:
        begin: Time of the first picture, seconds.
        end: Time at which learning ends.
        policy: When a place is proposed.
    """

    def __init__(self, begin: float, end: float, policy: CalibrationPolicy | None = None) -> None:
        self._policy = policy or CalibrationPolicy()
        self._begin, self._length = begin, max(end - begin, 1e-6)
        shape = (self._policy.grid.rows, self._policy.grid.columns)
        self._moved: Counts = np.zeros((self._policy.slices, *shape), np.int64)
        self._found: Counts = np.zeros(shape, np.int64)
        self._usual = np.zeros(shape, np.float64)
        self.pictures = 0

    def picture(self, motion: Motion, found: Boxes, now: float) -> None:
        """One picture.

        Args:
            motion: What moved in it.
            found: N x 4, fractions of the picture: whatever the detector finds, however unsure and of any
                class.
            now: Its time.
        """
        if motion.doubt:
            return
        self.pictures += 1
        policy = self._policy
        part = int(np.clip((now - self._begin) / self._length * policy.slices, 0, policy.slices - 1))
        cells = np.zeros(self._found.shape, np.bool_)
        real = np.zeros(self._found.shape, np.bool_)
        hits = touched(motion.boxes, found, policy.same)
        for box, area, moving, hit in zip(motion.boxes, motion.areas, motion.moving, hits, strict=True):
            if not moving:
                continue
            rows, columns = cells_of(box, policy.grid)
            cells[rows, columns] = True
            real[rows, columns] |= bool(hit)
            if not hit:
                usual = self._usual[rows, columns]
                np.maximum(usual, float(area), out=usual)
        self._moved[part] += cells
        self._found += real

    def proposals(self) -> list[Proposal]:
        """Places to leave alone, the most restless first."""
        policy, moved = self._policy, self._moved.sum(axis=0)
        if not self.pictures:
            return []
        restless = (moved >= policy.least) & (moved >= policy.often * self.pictures)
        steady = (self._moved > 0).sum(axis=0) >= policy.through * policy.slices
        nothing = self._found <= policy.found * moved
        mask = (restless & steady & nothing).astype(np.uint8)
        count, parts = cv2.connectedComponents(mask, connectivity=4)
        proposals = [self._proposal(parts == number, moved) for number in range(1, count)]
        return sorted(proposals, key=lambda proposal: -proposal.moved)

    def _proposal(self, cells: NDArray[np.bool_], moved: Counts) -> Proposal:
        area = KnownNuisance(_outline(cells), float(self._usual[cells].max()))
        return Proposal(area, float(moved[cells].max()) / self.pictures)


def _outline(cells: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """The corners of cells that share sides, fractions of the picture; holes are filled."""
    rows, columns = cells.shape
    shape = shapely.union_all([shapely.box(x, y, x + 1, y + 1) for y, x in np.argwhere(cells).tolist()])
    corners = shapely.get_coordinates(shapely.get_exterior_ring(shape.simplify(0.0)))[:-1]
    return tuple((float(x) / columns, float(y) / rows) for x, y in corners)
