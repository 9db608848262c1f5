"""`Redactor`: the only door by which a picture leaves a box. There is no switch for off."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from edge.detect.coco import MOTOR_VEHICLES, PERSON
from edge.detect.detections import Boxes, Detections, Image
from edge.detect.registry import Detector, load_detector, load_faces, load_plates
from edge.redact.atlas import Atlas
from edge.redact.image import RedactedImage, seal
from edge.redact.regions import Regions, regions_of, single_persons
from edge.redact.search import (
    FACE_AREA,
    PLATE_AREA,
    full_scale,
    persons_to_enlarge,
    surely,
    vehicles_to_enlarge,
)
from placewatch.errors import PlacewatchError, RedactionError

PERSON_SCORE = 0.15
"""Far below what a rule asks for: a false head costs a smudge, a missed one a face."""
PERSON_IOU = 0.85
"""Far above what a rule asks for: a person in front of another must not swallow that head."""
FACE_SCORE = 0.3
PLATE_SCORE = 0.3


class Places(Protocol):
    """Boxes that a face or plate detector found."""

    @property
    def boxes(self) -> Boxes:
        """N x 4, pixels of the picture."""
        ...


class Finder(Protocol):
    """A face or plate detector (edge/detect: CenterFace, Plates)."""

    def detect(self, image: Image, *, score: float, scale: float) -> Places:
        """Boxes in pixels of the picture, found after enlarging it by ``scale``."""
        ...


@dataclass(frozen=True, slots=True)
class Redactor:
    """Finds and covers faces, heads and plates.

    Attributes:
        objects: COCO detector of low score: persons' heads are covered whether or not a rule saw the person.
        faces: Face detector.
        plates: Plate detector.
    """

    objects: Detector
    faces: Finder
    plates: Finder

    @classmethod
    def load(
        cls,
        *,
        models_dir: Path | None = None,
        providers: tuple[str, ...] = ("cpu",),
        threads: int = 1,
        model: str = "nanodet_m_416",
    ) -> Self:
        """Load the three detectors.

        Args:
            models_dir: Folder of the manifest and its files; the shipped one unless given.
            providers: onnxruntime providers in order of preference.
            threads: Threads of one inference.
            model: The object detector that finds persons and vehicles; COCO classes.

        Raises:
            ModelError: A model is missing or altered, or no provider is there.
        """
        objects = load_detector(
            model, models_dir=models_dir, score=PERSON_SCORE, providers=providers, threads=threads
        )
        return cls(
            replace(objects, iou=PERSON_IOU),
            load_faces(models_dir=models_dir, providers=providers, threads=threads),
            load_plates(models_dir=models_dir, providers=providers, threads=threads),
        )

    def redact(self, image: Image, detections: Detections | None = None) -> RedactedImage:
        """Cover every face, head and plate of a picture.

        Args:
            image: H x W x 3 BGR, raw; left as it is.
            detections: What the caller's detector saw in this very picture (COCO classes). It adds to
                what the redactor's own detectors see, it never replaces it.

        Raises:
            RedactionError: Anything went wrong: the alert goes out without a picture, with this reason.
        """
        return seal(image, self.find(image, detections))

    def find(self, image: Image, detections: Detections | None = None) -> Regions:
        """What must be covered in a picture, margins included, clipped to it (see `redact`).

        Raises:
            RedactionError: A detector failed.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
            raise RedactionError(f"not a colour picture of 8 bits per channel: {image.dtype} {image.shape}")
        try:
            return self._find(image, detections)
        except PlacewatchError as error:
            raise RedactionError(error.message, where=error.where, remedy=error.remedy) from error
        except Exception as error:
            raise RedactionError(f"the search failed: {type(error).__name__}: {error}") from error

    def _find(self, image: Image, detections: Detections | None) -> Regions:
        height, width = image.shape[:2]
        size = (width, height)
        seen = self.objects.detect([image])[0]
        if detections is not None:
            seen = _both(seen, detections)
        persons, vehicles = seen.of_classes(PERSON), seen.of_classes(MOTOR_VEHICLES)
        scale = full_scale(size, FACE_AREA)
        faces = [self.faces.detect(image, score=FACE_SCORE, scale=scale).boxes]
        scale = full_scale(size, PLATE_AREA)
        plates = [self.plates.detect(image, score=PLATE_SCORE, scale=scale).boxes]
        faces.append(_on_atlas(self.faces, persons_to_enlarge(persons, size), image, FACE_SCORE))
        plates.append(_on_atlas(self.plates, vehicles_to_enlarge(vehicles, size), image, PLATE_SCORE))
        return regions_of(
            faces=np.concatenate(faces),
            persons=single_persons(persons),
            plates=np.concatenate(plates),
            vehicles=surely(vehicles),
            size=size,
        )


def _both(one: Detections, other: Detections) -> Detections:
    return Detections(
        np.concatenate([one.boxes, other.boxes]),
        np.concatenate([one.scores, other.scores]),
        np.concatenate([one.classes, other.classes]),
    )


def _on_atlas(finder: Finder, atlas: Atlas, image: Image, score: float) -> Boxes:
    if not atlas.crops:
        return np.zeros((0, 4), np.float32)
    return atlas.to_picture(finder.detect(atlas.draw(image), score=score, scale=1.0).boxes)
