"""`Residual`: a face or plate that redaction left, as an audit tells it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

SAME = 0.3
"""Shared area over the smaller box's above which two findings are one."""


class Left(StrEnum):
    """What was left uncovered."""

    FACE = "face"
    PLATE = "plate"


@dataclass(frozen=True, slots=True)
class Residual:
    """Something that should have been covered.

    Attributes:
        what: Face or plate.
        box: ``x1 y1 x2 y2``, pixels.
        score: The detector's, 0..1.
        found_by: The detector.
    """

    what: Left
    box: tuple[float, float, float, float]
    score: float
    found_by: str


def distinct(found: Sequence[Residual]) -> tuple[Residual, ...]:
    """One of each place, the first in order."""
    kept: list[Residual] = []
    for each in found:
        if not any(same(each, other) for other in kept):
            kept.append(each)
    return tuple(kept)


def same(one: Residual, other: Residual) -> bool:
    """Whether two findings are one thing."""
    return one.what is other.what and _overlap(one.box, other.box) > SAME


def _overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Shared area over the smaller box's."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / max(min(areas), 1e-6)
