"""By how much a camera's view has shifted against a reference."""

from dataclasses import dataclass
from functools import lru_cache
from math import hypot
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.gate.luma import Floats
from edge.vision.structure import Blocks, Structure, likeness

EXPLAINED: Final = 0.35
"""Median likeness that a displacement must reach ..."""

BETTER: Final = 0.15
"""... and by how much it must exceed the likeness without it."""

_STRONGEST: Final = 40.0


@dataclass(frozen=True, slots=True)
class Shift:
    """A displacement of the view.

    Attributes:
        x: Fraction of the picture's width, to the right positive.
        y: Fraction of the picture's width (not height), down positive.
        alike: Likeness by block of the displaced reference.
        visible: Which blocks had structure in the reference that the displaced view still shows.
    """

    x: float
    y: float
    alike: Blocks
    visible: NDArray[np.bool_]

    @property
    def size(self) -> float:
        """Length, fraction of the picture's width."""
        return hypot(self.x, self.y)

    @property
    def after(self) -> float:
        """Median likeness of the visible blocks."""
        return float(np.median(self.alike[self.visible])) if self.visible.any() else 0.0

    def explains(self, before: float) -> bool:
        """Whether it accounts for the picture much better than none does (median likeness ``before``)."""
        return self.after >= max(EXPLAINED, before + BETTER)

    def near(self, other: "Shift", distance: float) -> bool:
        """Whether the two differ by no more than ``distance`` (fraction of the width)."""
        return hypot(self.x - other.x, self.y - other.y) <= distance


def shift_between(reference: Structure, now: Structure) -> Shift:
    """The displacement by phase correlation of edge strengths (Kuglin and Hines, 1975)."""
    height, width = reference.strength.shape
    (x, y), _ = cv2.phaseCorrelate(
        _centred(reference.strength), _centred(now.strength), _window(width, height)
    )
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    field = np.asarray(cv2.warpAffine(reference.field, matrix, (width, height)), np.float32)
    textured = cv2.warpAffine(
        reference.textured.astype(np.uint8),
        np.array([[1, 0, x * 8 / width], [0, 1, y * 6 / height]], np.float32),
        (8, 6),
        flags=cv2.INTER_NEAREST,
    )
    return Shift(x / width, y / width, likeness(field, now.field), np.asarray(textured > 0, np.bool_))


@lru_cache(maxsize=16)
def _window(width: int, height: int) -> Floats:
    return np.asarray(cv2.createHanningWindow((width, height), cv2.CV_32F), np.float32)


def _centred(values: Floats) -> Floats:
    clipped = np.minimum(values, np.float32(_STRONGEST))
    return np.asarray(clipped - clipped.mean(), np.float32)
