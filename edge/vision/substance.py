"""Whether a place that changed now holds a thing, lost one, or is merely lit in another way."""

from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.gate.luma import Floats

_ALIKE: Final = 0.75
"""Correlation of the inside's structure from which on the surface is the same, under another light."""

_TEXTURE: Final = 2.5
"""Mean gradient, grey levels a pixel, from which on a surface has structure."""

_OUTLINE: Final = 1.15
"""How much stronger the outline must be now than it was before."""

_RIPPLE: Final = 0.05
"""Local variation of the change's logarithm that noise and coding leave where only the light changed ..."""

_SMOOTHER: Final = 0.5
"""... or this share of the surface's own: light multiplies a surface, so their quotient has none of its
texture, while a thing that hides it leaves the traces of both."""

_LOCAL: Final = 9
_REACH: Final = 3
_TOE: Final = 8.0
_WHITE: Final = 250.0

_SHADOW: Final = (0.4, 2.6)
"""Gains that shadow, sun and lamps give; beyond them a plain surface is another one."""


class Substance(StrEnum):
    """What a lasting change is."""

    THING = "thing"
    UNCOVERED = "uncovered"
    LIGHT = "light"


def substance_of(now: Floats, before: Floats, mask: NDArray[np.uint8]) -> Substance:
    """Judge a change by its outline and its inside.

    A thing brings an outline that the background had not; what drove off takes its outline with it. Light
    keeps the structure of the surface that it falls on, or, on a plain surface, brings none.

    Args:
        now: H x W, what is there now.
        before: H x W, the background.
        mask: H x W, non-zero where the two differ, with a margin of a few pixels around.
    """
    binary = (mask > 0).astype(np.uint8)
    # A shadow's border is soft: what belongs to it must not be taken for structure of the inside.
    border = int(np.clip(np.sqrt(np.count_nonzero(binary)) / 4, 5, 15)) | 1
    inner = np.asarray(cv2.erode(binary, np.ones((border, border), np.uint8), borderValue=0), np.bool_)
    outer = np.asarray(cv2.dilate(binary, np.ones((5, 5), np.uint8)), np.bool_)
    outline = outer & ~inner
    (x_now, y_now), (x_was, y_was) = _gradients(now), _gradients(before)
    strength_now, strength_was = np.hypot(x_now, y_now), np.hypot(x_was, y_was)
    inside = inner if np.count_nonzero(inner) >= 12 else binary.astype(np.bool_)
    gain = (float(now[inside].mean()) + 4.0) / (float(before[inside].mean()) + 4.0)
    edge_now, edge_was = float(strength_now[outline].mean()), float(strength_was[outline].mean())
    if edge_was > _OUTLINE * edge_now:
        return Substance.UNCOVERED
    if _same_surface((x_now, y_now), (x_was, y_was), inside) or _only_relit(now, before, binary):
        return Substance.LIGHT
    textured_now = float(np.percentile(strength_now[inside], 80)) >= _TEXTURE
    textured_was = float(np.percentile(strength_was[inside], 80)) >= _TEXTURE
    plain = not textured_now and not textured_was
    if plain and _SHADOW[0] <= gain <= _SHADOW[1]:
        return Substance.LIGHT
    return Substance.THING if edge_now > _OUTLINE * edge_was else Substance.UNCOVERED


def _only_relit(now: Floats, before: Floats, mask: NDArray[np.uint8]) -> bool:
    """Whether the quotient of the two pictures is smooth inside: one surface under two lights.

    Where patches of light meet or overlap it has steps, but these are few; where the picture is overexposed
    it tells nothing.
    """
    core = np.asarray(cv2.erode(mask, np.ones((2 * _REACH + 1, 2 * _REACH + 1), np.uint8), borderValue=0))
    inside = (core > 0) & (now < _WHITE)
    if np.count_nonzero(inside) < 12:
        # A sliver: no thing can be told of it, and light leaves many.
        return True
    # A background that followed the light down may lie below black.
    after, was = (np.log(np.maximum(picture, 0) + np.float32(_TOE)) for picture in (now, before))
    ripple, texture = (_local(np.asarray(field, np.float32))[inside] for field in (after - was, was))
    most = max(_RIPPLE, _SMOOTHER * float(np.percentile(texture, 80)))
    return float(np.percentile(ripple, 80)) <= most


def _local(field: Floats) -> Floats:
    """How far each value is from its surroundings."""
    around = cv2.blur(field, (_LOCAL, _LOCAL), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.absdiff(field, around), np.float32)


def _gradients(picture: Floats) -> tuple[Floats, Floats]:
    return (
        np.asarray(cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=0.125), np.float32),
        np.asarray(cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=0.125), np.float32),
    )


def _same_surface(
    now: tuple[Floats, Floats], before: tuple[Floats, Floats], inside: NDArray[np.bool_]
) -> bool:
    """Whether the gradients inside run alike: the mark of one surface under two lights."""
    shared = sum(float((a[inside] * b[inside]).sum()) for a, b in zip(now, before, strict=True))
    own = sum(float((a[inside] ** 2).sum()) for a in now)
    was = sum(float((b[inside] ** 2).sum()) for b in before)
    if min(own, was) < inside.sum() * 1.0:
        return False
    return shared >= _ALIKE * float(np.sqrt(own * was))
