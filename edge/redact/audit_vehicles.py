"""Plates that redaction left, by way of vehicles that detectors of another kind see.

Redaction looks for small plates where its own object detector sees a vehicle: what that one misses is looked
at by nobody. Here other detectors say where vehicles are, and the near end of each is looked at twice: by the
plate detector, enlarged, and for writing, by nothing but contrast, because a detector knows only the plates
that it was trained on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from edge.detect.coco import CYCLES, MOTOR_VEHICLES
from edge.detect.detections import Detections, Image
from edge.detect.registry import Detector
from edge.redact.residual import Left, Residual
from edge.redact.writing import written
from edge.rules.geometry import iou

MOST_OF_VEHICLE = 0.35
"""Width of a plate over that of its vehicle's box, at most."""
SAME_VEHICLE = 0.5
"""Overlap (IoU) from which a vehicle and one in the mirror image are the same."""
LOWER_PART = 0.75
"""Part of a vehicle's box, from the bottom, that is looked at."""
AROUND = 0.1
"""Of the box's sides: looked at besides, for boxes are cut tight."""


@dataclass(frozen=True, slots=True)
class VehicleSearch:
    """Plates on the vehicles that one detector sees.

    Attributes:
        name: For people.
        vehicles: An object detector that redaction does not use (COCO classes).
        plates: Finds plates in the picture of one vehicle.
        least: Least width of a plate in pixels.
    """

    name: str
    vehicles: Detector
    plates: Callable[[Image], list[Residual]]
    least: float

    def residuals(self, image: Image) -> list[Residual]:
        """Plates on vehicles, in pixels of the picture."""
        found: list[Residual] = []
        seen = self._there(image)
        for left, top, part in self._parts(image, seen.of_classes(MOTOR_VEHICLES)):
            on_part = [replace(each, found_by=f"{self.name} + {each.found_by}") for each in self.plates(part)]
            found += [_moved(each, left, top) for each in on_part]
        # Spokes are as dense as writing.
        for left, top, part in self._parts(image, seen.of_classes(MOTOR_VEHICLES - CYCLES)):
            found += [_moved(each, left, top) for each in self._writing(part)]
        return found

    def _there(self, image: Image) -> Detections:
        """The vehicles that are there in the mirror image too: a weak box around half a street is not."""
        seen = self.vehicles.detect([image])[0].of_classes(MOTOR_VEHICLES)
        if not len(seen):
            return seen
        turned = self.vehicles.detect([np.ascontiguousarray(image[:, ::-1])])[0].of_classes(MOTOR_VEHICLES)
        mirrored = turned.boxes.copy()
        mirrored[:, [2, 0]] = image.shape[1] - turned.boxes[:, [0, 2]]
        agreed = np.flatnonzero((iou(seen.boxes, mirrored) >= SAME_VEHICLE).any(axis=1))
        return seen.where(agreed)

    def _parts(self, image: Image, vehicles: Detections) -> Iterator[tuple[int, int, Image]]:
        """The near ends of the vehicles, with the place of their top left corner."""
        height, width = image.shape[:2]
        for x1, y1, x2, y2 in vehicles.boxes.tolist():
            if (x2 - x1) * MOST_OF_VEHICLE < self.least:
                continue
            across, down = AROUND * (x2 - x1), AROUND * (y2 - y1)
            left, right = max(0, int(x1 - across)), min(width, int(x2 + across))
            top, bottom = max(0, int(y2 - LOWER_PART * (y2 - y1))), min(height, int(y2 + down))
            if right - left >= self.least and bottom > top:
                yield left, top, np.ascontiguousarray(image[top:bottom, left:right])

    def _writing(self, part: Image) -> Iterator[Residual]:
        vehicle = part.shape[1] / (1 + 2 * AROUND)
        grey = np.asarray(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY), np.uint8)
        for box, score in written(grey, self.least, MOST_OF_VEHICLE * vehicle):
            yield Residual(Left.PLATE, box, score, f"{self.name} + writing")


def _moved(each: Residual, left: int, top: int) -> Residual:
    x1, y1, x2, y2 = each.box
    return replace(each, box=(x1 + left, y1 + top, x2 + left, y2 + top))
