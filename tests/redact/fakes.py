"""Detectors that see what a test tells them, and pictures without photographs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import COCO
from edge.detect.detections import Boxes, Detections, Image
from edge.redact.redactor import Redactor

Box = tuple[float, float, float, float]


def boxes(*rows: Box) -> Boxes:
    return np.array(rows, np.float32).reshape(-1, 4)


def detections(*rows: Box, name: str = "person", score: float = 0.9) -> Detections:
    count = len(rows)
    return Detections(
        boxes(*rows), np.full(count, score, np.float32), np.full(count, COCO.index(name), np.int32)
    )


def noise(width: int, height: int, seed: int = 0) -> Image:
    """Every pixel its own: whatever survives a blur shows."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def covered(before: Image, after: Image, box: Box) -> bool:
    """Whether a box of a noise picture lost its detail."""
    x1, y1, x2, y2 = (round(value) for value in box)
    part: NDArray[np.float64] = after[y1:y2, x1:x2].astype(np.float64)
    raw = before[y1:y2, x1:x2].astype(np.float64)
    return bool(np.abs(np.diff(part, axis=1)).mean() < 0.15 * np.abs(np.diff(raw, axis=1)).mean())


@dataclass
class FakeObjects:
    """Objects that are always there."""

    found: Detections = field(default_factory=Detections.empty)
    name: str = "fake"
    version: str = "00000000"
    classes: tuple[str, ...] = COCO

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        return [self.found] * len(images)


@dataclass
class FakePlaces:
    boxes: Boxes


@dataclass
class FakeFinder:
    """Boxes in the full picture, nothing in the enlarged ones; what it is asked is kept."""

    found: Boxes = field(default_factory=boxes)
    asked: list[tuple[tuple[int, ...], float, float]] = field(default_factory=list)

    def detect(self, image: Image, *, score: float, scale: float) -> FakePlaces:
        self.asked.append((image.shape, score, scale))
        return FakePlaces(self.found if len(self.asked) == 1 else boxes())


@dataclass
class Breaks:
    """A detector that fails."""

    error: Exception
    name: str = "broken"
    version: str = "00000000"
    classes: tuple[str, ...] = COCO

    def detect(self, *_images: object, **_options: object) -> NoReturn:
        raise self.error


def redactor(
    *, persons: Sequence[Box] = (), faces: Sequence[Box] = (), plates: Sequence[Box] = ()
) -> Redactor:
    return Redactor(FakeObjects(detections(*persons)), FakeFinder(boxes(*faces)), FakeFinder(boxes(*plates)))
