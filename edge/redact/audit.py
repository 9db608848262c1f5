"""What redaction left: other detectors, and its own at lower scores, over pictures that would leave a box."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import cv2
import numpy as np

from edge.detect.detections import Boxes, Image
from edge.detect.regions import Regions
from edge.detect.registry import RegionFinder, load_detector, load_faces, load_plates
from edge.redact.audit_vehicles import VehicleSearch
from edge.redact.draw import draw_boxes
from edge.redact.residual import Left, Residual, distinct, same
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
VEHICLE_SCORE = 0.4
"""Least score of a vehicle of an independent detector: below it are kerbs and bins."""


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
            replace(each, score=(each.score + max((o.score for o in turned if same(each, o)), default=0)) / 2)
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
        on_vehicles: Who looks for plates on vehicles that detectors see which redaction does not use.
    """

    searches: tuple[Search, ...]
    independent: bool
    on_vehicles: tuple[VehicleSearch, ...] = ()

    @classmethod
    def load(
        cls, faces: str | None = None, vehicles: Sequence[str] = (), *, models_dir: Path | None = None
    ) -> Self:
        """Load the detectors.

        Args:
            faces: An independent face detector, such as ``yunet:/opt/models/yunet.onnx``; without it only the
                detectors that redaction uses look again, which find less of what they missed before.
            vehicles: Independent object detectors, such as ``yolox:/opt/models/yolox_nano.onnx``: plates are
                looked for on the vehicles that they see.
            models_dir: Folder of the shipped models.

        Raises:
            ModelError: A model is missing, altered or of another kind.
        """
        plates = Search(Left.PLATE, "plate_cn", load_plates(models_dir=models_dir), PLATE_SCORE, LEAST_PLATE)
        searches = [
            Search(
                Left.FACE,
                "centerface",
                load_faces(models_dir=models_dir),
                FACE_SCORE,
                LEAST_FACE,
                enlarge=False,
            ),
            plates,
        ]
        if faces is not None:
            other = load_faces(faces, models_dir=models_dir)
            name = faces.partition(":")[0]
            searches.insert(0, Search(Left.FACE, name, other, OTHER_SCORE, LEAST_FACE))
        on_vehicles = [
            VehicleSearch(
                model.partition(":")[0],
                load_detector(model, models_dir=models_dir, score=VEHICLE_SCORE),
                plates.residuals,
                LEAST_PLATE,
            )
            for model in vehicles
        ]
        return cls(tuple(searches), faces is not None, tuple(on_vehicles))

    def inspect(self, image: Image) -> tuple[Residual, ...]:
        """What is left in one picture; what several detectors or scales find in one place counts once.

        Args:
            image: H x W x 3 BGR, as it would leave.
        """
        found = [each for search in self.searches for each in search.residuals(image)]
        found += [each for search in self.on_vehicles for each in search.residuals(image)]
        return distinct(sorted(found, key=lambda each: -each.score))


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
