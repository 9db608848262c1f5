"""A picture held against what the camera usually shows."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.vision.shift import Shift, shift_between
from edge.vision.structure import Blocks, Structure, likeness

LEAST_BLOCKS: Final = 4
"""With fewer textured blocks there is nothing to compare."""

_ALIKE: Final = 0.3
"""Likeness below which a block no longer shows what it did."""

_EMPTY: Final = 0.25
"""Share of a block's structure below which it has lost it."""

_SURE: Final = 0.8
"""Median likeness from which on nobody need look for a shift."""

_LEFT: Final = 0.5
"""A displacement explains a picture when it leaves at most this share of the lost blocks unexplained."""

_SHARP_FLOOR: Final = 1.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of the reference's textured blocks; shares are of these blocks.

    Attributes:
        alike: Median likeness, about 0 for unrelated pictures, 1 for the same.
        lost: Share that no longer shows what it did.
        empty: Share that shows neither that nor anything else.
        structure: Structure left in the whole picture, against the reference's.
        sharpness: Median of fine against coarse structure, relative to the reference: below 1 is softer.
        brightness: Mean grey level against the reference's.
        shift: Displacement that explains the picture, already taken into account above; None where none does.
        by_block: 6 x 8 bool, which blocks of the picture show what they usually do, in their place.
    """

    alike: float
    lost: float
    empty: float
    structure: float
    sharpness: float
    brightness: float
    shift: Shift | None
    by_block: NDArray[np.bool_]


def compare(
    reference: Structure, now: Structure, visible: NDArray[np.bool_] | None = None
) -> Comparison | None:
    """A picture against a reference of its camera.

    Args:
        reference: What the camera usually shows.
        now: What it shows now.
        visible: 6 x 8 bool, blocks that nothing known (a bus) hides; all when None.

    Returns:
        None when too little is left to compare.
    """
    textured = reference.textured if visible is None else reference.textured & visible
    if np.count_nonzero(textured) < LEAST_BLOCKS or now.field.shape != reference.field.shape:
        return None
    by_block = likeness(reference.field, now.field)
    alike = by_block[textured]
    middle = float(np.median(alike))
    shift = shift_between(reference, now) if middle < _SURE else None
    if shift is not None and not (shift.explains(middle) and _brings_back(shift, alike)):
        shift = None
    if shift is not None:
        # A view that trembles or sags a little shows what it did, only elsewhere.
        alike = shift.alike[textured]
        middle = shift.after
    kept = (now.coarse / np.maximum(reference.coarse, 1e-3))[textured]
    lost = alike < _ALIKE
    return Comparison(
        alike=middle,
        lost=float(lost.mean()),
        empty=float((lost & (kept < _EMPTY)).mean()),
        structure=float(now.coarse.sum() / reference.coarse.sum()),
        sharpness=_sharpness(reference, now, textured),
        brightness=now.brightness / max(reference.brightness, 1.0),
        shift=shift,
        by_block=np.asarray(by_block >= _ALIKE, np.bool_),
    )


def _brings_back(shift: Shift, alike: Blocks) -> bool:
    """Whether most of what the picture lost in its place is there, displaced.

    Without that two patches of light, one gone and one come, pass for a view that moved.
    """
    left = float((shift.alike[shift.visible] < _ALIKE).mean()) if shift.visible.any() else 1.0
    return left <= _LEFT * float((alike < _ALIKE).mean())


def _sharpness(reference: Structure, now: Structure, textured: NDArray[np.bool_]) -> float:
    """Light changes fine and coarse structure alike and cancels; a soft lens takes the fine one first."""
    was = reference.fine / np.maximum(reference.coarse, _SHARP_FLOOR)
    is_now = now.fine / np.maximum(now.coarse, _SHARP_FLOOR)
    detailed = textured & (reference.fine >= _SHARP_FLOOR)
    if np.count_nonzero(detailed) < LEAST_BLOCKS:
        return 1.0
    return float(np.median((is_now / np.maximum(was, 1e-6))[detailed]))
