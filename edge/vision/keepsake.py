"""What is remembered of a camera's usual view when its worker ends: enough to tell another view, no picture.

The picture is cut into 20 x 12 cells; of each only the mean direction of its edges is kept, as two numbers of
eight bits. There is no brightness, no colour and no outline in it: a person who stands before a camera is two
or three cells. So it may be written to the box's disk, where no picture ever is.
"""

from typing import Final

import cv2
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from edge.gate.luma import Floats
from edge.vision.structure import Structure

CELLS: Final = (20, 12)
"""Across and down."""

LEAST_TEXTURED: Final = 8
"""Blocks of structure that a view must have to be known again by it."""

_UNLIKE: Final = 0.35
"""Cosine below which two views have nothing in common; light and weather leave .7 and more."""

_SCALE: Final = 12.0
"""Eight bits for one unit of the mean field."""


class Keepsake(Struct, frozen=True):
    """A view.

    Attributes:
        time: Unix seconds at which it was seen last.
        edges: 12 x 20 x 2 int8, mean double-angle edge field of each cell.
    """

    time: float
    edges: bytes


def keepsake_of(view: Structure, time: float) -> Keepsake | None:
    """What to remember of a view; None when it has too little structure."""
    if np.count_nonzero(view.textured) < LEAST_TEXTURED:
        return None
    return Keepsake(time, np.clip(np.rint(_cells(view) * _SCALE), -127, 127).astype(np.int8).tobytes())


def is_other_view(kept: Keepsake, now: Structure) -> bool:
    """Whether a view has nothing in common with what was kept."""
    if len(kept.edges) != 2 * CELLS[0] * CELLS[1]:
        return False
    before = np.frombuffer(kept.edges, np.int8).astype(np.float64)
    after = _cells(now).ravel().astype(np.float64)
    norm = float(np.linalg.norm(before) * np.linalg.norm(after))
    return norm > 0.0 and float(before @ after) / norm < _UNLIKE


def _cells(view: Structure) -> Floats:
    small: NDArray[np.float32] = np.asarray(
        cv2.resize(view.field, CELLS, interpolation=cv2.INTER_AREA), np.float32
    )
    return small
