"""Where faces and plates are looked for beyond the full picture: enlarged persons and vehicles. Pure."""

from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes, Detections
from edge.detect.nms import nms
from edge.redact.atlas import Atlas, Crop, pack
from edge.redact.regions import Size, head_heights

FACE_AREA = 608 * 342
PLATE_AREA = 768 * 432
"""Pixels to which the full picture is scaled for its search: the price does not depend on the camera."""

CANVAS_WIDTH = 640
FACES_HEIGHT = 224
PLATES_HEIGHT = 384
"""Most height of the canvas of enlarged persons, and of vehicles: a fixed price in a crowd or a car park."""

LEAST_HEAD = 6.0
"""Pixels; a smaller head has no face to find, and is covered as a head."""
GOOD_HEADS = (26.0, 20.0, 15.0)
"""Pixels to which heads are enlarged: the first at which all persons fit the canvas."""
LARGE_HEAD = 20.0
"""Pixels in the search of the full picture from which a face is found there."""
UPPER_PART = 0.65
"""Part of a person's box, from the top, in which a face is looked for: people bend."""

PLATE_OF_VEHICLE = 0.15
"""Width of a plate over the width of a vehicle's box: .25 from before or behind, less at an angle."""
LOWER_PART = 0.7
"""Part of a vehicle's box, from the bottom, that is enlarged: a plate that shows is on the near end."""
LEAST_PLATE = 8.0
"""Pixels; a narrower plate has letters of one pixel."""
GOOD_PLATES = (150.0, 120.0, 96.0, 72.0, 54.0, 40.0)
"""Pixels to which plates are enlarged (drawn plates are found from 40 on, reliably from 60 to 200)."""
LARGE_PLATE = 72.0
"""Pixels in the search of the full picture from which a plate is found there."""

VEHICLE_SCORE = 0.25
"""Least score of a vehicle that is enlarged: weak boxes around half the picture would take the canvas."""

COVERED_SCORE = 0.3
"""Least score of a vehicle whose near end is covered: a weak box may be half a street."""

SAME_OBJECT = 0.5
"""Overlap (IoU) above which two boxes are enlarged once."""

_MOST_SCALE = 4.0
_MARGIN = 0.1


def full_scale(size: Size, area: int) -> float:
    """Scale at which a picture has ``area`` pixels (small pictures are enlarged, twice at most)."""
    width, height = size
    return min(2.0, sqrt(area / (width * height)))


def persons_to_enlarge(persons: Detections, size: Size) -> Atlas:
    """Upper parts of persons whose faces are too small for the search of the full picture.

    Args:
        persons: All of them, at a low score.
        size: Width and height of the picture.
    """
    boxes = _once(persons)
    heads = head_heights(boxes)
    small = (heads >= LEAST_HEAD) & (heads * full_scale(size, FACE_AREA) < LARGE_HEAD)
    upper = boxes[small].copy()
    upper[:, 3] = upper[:, 1] + UPPER_PART * (upper[:, 3] - upper[:, 1])
    return _enlarged(upper, heads[small], GOOD_HEADS, size, FACES_HEIGHT)


def vehicles_to_enlarge(vehicles: Detections, size: Size) -> Atlas:
    """Lower parts of vehicles whose plates are too small for the search of the full picture.

    Args:
        vehicles: All of them, at a low score.
        size: Width and height of the picture.
    """
    boxes = _once(vehicles.where(vehicles.scores >= VEHICLE_SCORE))
    plates = PLATE_OF_VEHICLE * (boxes[:, 2] - boxes[:, 0])
    small = (plates >= LEAST_PLATE) & (plates * full_scale(size, PLATE_AREA) < LARGE_PLATE)
    lower = boxes[small].copy()
    lower[:, 1] = lower[:, 3] - LOWER_PART * (lower[:, 3] - lower[:, 1])
    return _enlarged(lower, plates[small], GOOD_PLATES, size, PLATES_HEIGHT)


def surely(vehicles: Detections) -> Boxes:
    """Boxes of vehicles that are sure enough to have their near end covered, one for each.

    Args:
        vehicles: All of them, at a low score.
    """
    return _once(vehicles.where(vehicles.scores >= COVERED_SCORE))


def _once(objects: Detections) -> Boxes:
    """One box for each object: the surest."""
    one_group = np.zeros(len(objects), np.int32)
    return objects.boxes[nms(objects.boxes, objects.scores, one_group, SAME_OBJECT)]


def _enlarged(
    boxes: Boxes, lengths: NDArray[np.float32], goods: Sequence[float], size: Size, height: int
) -> Atlas:
    """The atlas on which ``lengths`` become the first of ``goods`` at which every box finds a place."""
    for good in goods:
        crops = list(_crops(boxes, good / lengths, size, height))
        atlas = pack(crops, CANVAS_WIDTH, height)
        if len(atlas.crops) == len(crops):
            break
    return atlas


def _crops(boxes: Boxes, scales: NDArray[np.float32], size: Size, height: int) -> Iterator[Crop]:
    around = np.tile(boxes[:, 2:] - boxes[:, :2], 2) * (-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
    low, high = np.floor(boxes + around)[:, :2], np.ceil(boxes + around)[:, 2:]
    corners = np.concatenate([np.clip(low, 0, size), np.clip(high, 0, size)], axis=1).astype(int)
    for (x1, y1, x2, y2), scale in zip(corners.tolist(), scales.tolist(), strict=True):
        if x2 > x1 and y2 > y1:
            fitting = min(CANVAS_WIDTH / (x2 - x1), height / (y2 - y1))
            yield Crop((x1, y1, x2, y2), min(scale, _MOST_SCALE, fitting))
