"""What redaction left: other detectors, and its own at lower scores, over pictures that would leave a box."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from edge.detect.detections import Boxes, Image
from edge.detect.regions import Regions
from edge.detect.registry import RegionFinder, load_faces, load_plates
from edge.redact.draw import draw_boxes
from placewatch.errors import RedactionError

LEAST_FACE = 12.0
"""Pixels of the shorter side; a smaller face is no likeness."""
LEAST_PLATE = 40.0
"""Pixels of width; a narrower plate cannot be read."""

ENLARGED = 1280 * 720
"""Pixels to which smaller pictures are enlarged, so that the smallest that count are found."""
MOST_SCALE = 2.0

OTHER_SCORE = 0.6
"""Least score of the independent face detector: YuNet's own default."""
FACE_SCORE = 0.5
PLATE_SCORE = 0.3
"""Least scores of the detectors that redaction uses, when they look at what it made."""
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


@dataclass(frozen=True, slots=True)
class Search:
    """One detector and what it is asked.

    Attributes:
        what: It finds.
        name: For people.
        finder: It.
        score: Least score.
        least: Least size in pixels: shorter side of a face, width of a plate.
        enlarge: Whether it looks a second time at the picture enlarged to about `ENLARGED` pixels.
    """

    what: Left
    name: str
    finder: RegionFinder
    score: float
    least: float
    enlarge: bool = True

    def residuals(self, image: Image) -> list[Residual]:
        """What it finds in a picture at its own size, and enlarged.

        What was blurred is smooth, and detectors see things in it, as they do in clothes. So a finding counts
        by the mean of its scores in the picture and in its mirror image: what is there is there in both.
        """
        height, width = image.shape[:2]
        scale = min((ENLARGED / (height * width)) ** 0.5, MOST_SCALE)
        found: list[Residual] = []
        for each in (1.0, scale) if self.enlarge and scale > 1.0 else (1.0,):
            near = self._large(self.finder.detect(image, score=self.score / 2, scale=each))
            found += self._agreed(near, image, each) if near else []
        return found

    def _agreed(self, near: "list[Residual]", image: Image, scale: float) -> "list[Residual]":
        mirrored = np.ascontiguousarray(image[:, ::-1])
        width = float(image.shape[1])
        there = self._large(self.finder.detect(mirrored, score=self.score / 2, scale=scale))
        turned = [
            replace(each, box=(width - each.box[2], each.box[1], width - each.box[0], each.box[3]))
            for each in there
        ]
        means = [
            replace(
                each, score=(each.score + max((o.score for o in turned if _same(each, o)), default=0)) / 2
            )
            for each in near
        ]
        return [each for each in means if each.score >= self.score]

    def _large(self, regions: Regions) -> "list[Residual]":
        found = []
        for (x1, y1, x2, y2), score in zip(regions.boxes.tolist(), regions.scores.tolist(), strict=True):
            side = min(x2 - x1, y2 - y1) if self.what is Left.FACE else x2 - x1
            if side >= self.least:
                found.append(Residual(self.what, (x1, y1, x2, y2), score, self.name))
        return found


@dataclass(frozen=True, slots=True)
class Auditor:
    """Looks for what redaction left.

    Attributes:
        searches: Who looks, for what.
        independent: Whether one of them is a face detector that redaction does not use.
    """

    searches: tuple[Search, ...]
    independent: bool

    @classmethod
    def load(cls, faces: str | None = None, *, models_dir: Path | None = None) -> Self:
        """Load the detectors.

        Args:
            faces: An independent face detector, such as ``yunet:/opt/models/yunet.onnx``; without it only the
                detectors that redaction uses look again, which find less of what they missed before.
            models_dir: Folder of the shipped models.

        Raises:
            ModelError: A model is missing, altered or of another kind.
        """
        searches = [
            Search(
                Left.FACE,
                "centerface",
                load_faces(models_dir=models_dir),
                FACE_SCORE,
                LEAST_FACE,
                enlarge=False,
            ),
            Search(Left.PLATE, "plate_cn", load_plates(models_dir=models_dir), PLATE_SCORE, LEAST_PLATE),
        ]
        if faces is not None:
            other = load_faces(faces, models_dir=models_dir)
            name = faces.partition(":")[0]
            searches.insert(0, Search(Left.FACE, name, other, OTHER_SCORE, LEAST_FACE))
        return cls(tuple(searches), faces is not None)

    def inspect(self, image: Image) -> tuple[Residual, ...]:
        """What is left in one picture; what several detectors or scales find in one place counts once.

        Args:
            image: H x W x 3 BGR, as it would leave.
        """
        found = [each for search in self.searches for each in search.residuals(image)]
        return _distinct(sorted(found, key=lambda each: -each.score))


def _distinct(found: Sequence[Residual]) -> tuple[Residual, ...]:
    kept: list[Residual] = []
    for each in found:
        if not any(_same(each, other) for other in kept):
            kept.append(each)
    return tuple(kept)


def _same(one: Residual, other: Residual) -> bool:
    return one.what is other.what and _overlap(one.box, other.box) > SAME


def _overlap(one: Sequence[float], other: Sequence[float]) -> float:
    """Shared area over the smaller box's."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return width * height / max(min(areas), 1e-6)


def marked(image: Image, residuals: Sequence[Residual]) -> bytes:
    """The picture as PNG with what is left drawn on it: for people on this machine, never to be sent.

    Args:
        image: As it would leave.
        residuals: What was found in it.

    Raises:
        RedactionError: It could not be encoded.
    """
    pixels = image.copy()
    boxes: Boxes = np.array([each.box for each in residuals], np.float32).reshape(-1, 4)
    draw_boxes(pixels, boxes, [f"{each.what} {each.score:.2f} {each.found_by}" for each in residuals])
    done, file = cv2.imencode(".png", pixels)
    if not done:
        raise RedactionError("the PNG encoder gave nothing")
    return bytes(file)
