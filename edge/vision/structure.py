"""The structure of a picture: where its edges run, which no change of light alters much.

A picture is described by its double-angle gradient field (cos and sin of twice the edge's angle, weighted
with the edge's strength; Granlund, "In search of a general picture processing operator", 1978): an edge that
turns from dark-bright to bright-dark, as between day and night, keeps its value.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.gate.luma import Floats, Luma, small_luma

COARSE: Final = 160
"""Pixels of the longer side of the coarse picture on which structure is compared."""

GRID: Final = (8, 6)
"""Blocks, across and down."""

TEXTURED: Final = 3.0
"""Mean squared gradient (grey levels per coarse pixel) from which on a block has structure to compare."""

TRUSTED: Final = 0.7
"""Share of the time that a block must have shown the same for the view to be known by it."""

_WEAK = 4.0
"""Gradients of about this many grey levels per coarse pixel weigh half: below is noise."""

_STEP = 3.0
"""Grey levels per coarse pixel: the most by which one picture may pull the mean of many."""

_CALM = 2
"""So many blocks may be calmer than the one whose fine structure is taken for the sensor's noise."""

Blocks = NDArray[np.float32]
"""6 x 8, one value a block of the picture."""


@dataclass(frozen=True, slots=True)
class Structure:
    """One picture, or the mean of several.

    Attributes:
        field: H x W x 2 float32, double-angle gradient field of the coarse picture.
        strength: H x W float32, gradient magnitude of the coarse picture.
        coarse: Mean squared gradient of the coarse picture, by block.
        fine: Mean squared difference of neighbours in the fine picture, by block, less its noise.
        brightness: Mean grey level.
        trust: Share of the time, 0..1, that each block shows the same; None where nothing is known of it.
            Beams, leaves, and what may drive off are no part of the view.
    """

    field: Floats
    strength: Floats
    coarse: Blocks
    fine: Blocks
    brightness: float
    trust: Blocks | None = None

    @property
    def textured(self) -> NDArray[np.bool_]:
        """Which blocks (6 x 8) have structure to compare."""
        textured = self.coarse >= TEXTURED
        return np.asarray(textured if self.trust is None else textured & (self.trust >= TRUSTED), np.bool_)

    def trusting(self, alike: NDArray[np.bool_], share: float, where: NDArray[np.bool_]) -> "Structure":
        """The same, its trust a step of ``share`` nearer to what a look showed.

        Args:
            alike: Which blocks showed what they usually do.
            share: 0..1.
            where: Blocks of which the look tells anything.
        """
        trust = np.ones_like(self.coarse) if self.trust is None else self.trust
        step = np.float32(share) * (alike.astype(np.float32) - trust) * where
        return replace(self, trust=np.asarray(trust + step, np.float32))

    def trusted_at_most(self, most: float) -> "Structure":
        """The same, trusted no further: what was seen for seconds has not proved itself for hours."""
        return self if self.trust is None else replace(self, trust=np.minimum(self.trust, np.float32(most)))

    def blended(self, other: "Structure", share: float) -> "Structure":
        """The mean of the two, ``share`` of it ``other``."""

        def mean(a: Floats, b: Floats) -> Floats:
            return np.asarray(cv2.addWeighted(a, 1.0 - share, b, share, 0.0), np.float32)

        return Structure(
            mean(self.field, other.field),
            mean(self.strength, other.strength),
            mean(self.coarse, other.coarse),
            mean(self.fine, other.fine),
            (1.0 - share) * self.brightness + share * other.brightness,
            self.trust,
        )

    def blended_where(self, other: "Structure", share: float, where: NDArray[np.bool_]) -> "Structure":
        """The same, ``share`` of it ``other`` in these blocks (6 x 8)."""
        blocks_share = np.where(where, np.float32(share), np.float32(0.0))
        height, width = self.strength.shape
        pixels = np.asarray(
            cv2.resize(blocks_share, (width, height), interpolation=cv2.INTER_NEAREST), np.float32
        )

        def step(a: Floats, b: Floats, shares: Floats) -> Floats:
            return np.asarray(a + shares * (b - a), np.float32)

        return replace(
            self,
            field=step(self.field, other.field, pixels[..., None]),
            strength=step(self.strength, other.strength, pixels),
            coarse=step(self.coarse, other.coarse, blocks_share),
            fine=step(self.fine, other.fine, blocks_share),
        )

    def following(self, other: "Structure", share: float) -> "Structure":
        """A step of ``share`` towards another picture.

        What differs much counts no more than what differs a little, as with a median: things that pass,
        however bright, leave no trace.
        """

        def step(a: Floats, b: Floats, most: Floats | np.float32) -> Floats:
            return np.asarray(a + np.float32(share) * np.clip(b - a, -most, most), np.float32)

        pixels = np.float32(_STEP)
        return Structure(
            step(self.field, other.field, pixels),
            step(self.strength, other.strength, pixels),
            step(self.coarse, other.coarse, 0.5 * self.coarse + 1.0),
            step(self.fine, other.fine, 0.5 * self.fine + 1.0),
            self.brightness + share * (other.brightness - self.brightness),
            self.trust,
        )


def structure_of(fine: Luma) -> Structure:
    """The structure of a fine luma picture (see `edge.vision.view.View.fine`)."""
    coarse = np.asarray(small_luma(fine, COARSE), np.float32)
    field, strength, square = _gradients(coarse)
    return Structure(field, strength, blocks(square), _fine_energy(fine), float(coarse.mean()))


def double_angle(luma: Floats) -> Floats:
    """The double-angle gradient field (H x W x 2) of a luma picture, 0..255."""
    return _gradients(luma)[0]


def _gradients(luma: Floats) -> tuple[Floats, Floats, Floats]:
    """Field, strength and its square."""
    across = np.asarray(cv2.Sobel(luma, cv2.CV_32F, 1, 0, scale=0.125), np.float32)
    down = np.asarray(cv2.Sobel(luma, cv2.CV_32F, 0, 1, scale=0.125), np.float32)
    across2, down2 = across * across, down * down
    square = np.asarray(across2 + down2, np.float32)
    strength = np.asarray(cv2.sqrt(square), np.float32)
    weight = 1.0 / (strength + np.float32(_WEAK))
    field = cv2.merge([(across2 - down2) * weight, 2.0 * across * down * weight])
    return np.asarray(field, np.float32), strength, square


def blocks(values: Floats) -> Blocks:
    """The mean of each block, a pixel between two shared by both."""
    height, width = values.shape
    return np.asarray(_shares(GRID[1], height) @ values @ _shares(GRID[0], width).T, np.float32)


@lru_cache(maxsize=32)
def _shares(parts: int, length: int) -> Floats:
    """What each of ``length`` pixels adds to the means of ``parts`` equal stretches: parts x length."""
    borders = np.linspace(0.0, length, parts + 1)
    pixels = np.arange(length)
    inside = np.minimum(borders[1:, None], pixels + 1.0) - np.maximum(borders[:-1, None], pixels)
    return np.asarray(np.clip(inside, 0.0, 1.0) * parts / length, np.float32)


def _fine_energy(fine: Luma) -> Blocks:
    rows = fine[:-1:4]  # every fourth row tells as much for a quarter of the cost
    across = cv2.absdiff(rows[:, 1:], rows[:, :-1])
    down = cv2.absdiff(fine[1::4][: len(rows), 1:], rows[:, 1:])
    square = np.asarray(cv2.multiply(across, across, dtype=cv2.CV_32F), np.float32)
    cv2.accumulateSquare(down, square)
    energy = blocks(square)
    # The calmest blocks show what the sensor alone does to neighbouring pixels.
    noise = np.partition(energy.ravel(), _CALM)[_CALM]
    return np.asarray(np.maximum(energy - noise, 0.0), np.float32)


def likeness(one: Floats, other: Floats) -> Blocks:
    """How far two double-angle fields (H x W x 2) agree, by block: 1 the same, about 0 unrelated."""
    shared = blocks(_dot(one, other))
    norm = np.sqrt(blocks(_dot(one, one)) * blocks(_dot(other, other)))
    return np.asarray(shared / np.maximum(norm, 1e-3), np.float32)


def _dot(one: Floats, other: Floats) -> Floats:
    product = np.asarray(cv2.multiply(one, other), np.float32)
    return np.asarray(cv2.add(product[..., 0], product[..., 1]), np.float32)
