"""Where faces and plates are looked for beyond the full picture: enlarged persons and vehicles. Pure."""

from collections.abc import Iterator

import numpy as np

from edge.detect.detections import Boxes
from edge.redact.atlas import Atlas, Crop, pack
from edge.redact.regions import Size, head_heights, merged

FULL_SIDE = 640
"""Longer side, pixels, at which the full picture is searched."""

CANVAS_WIDTH = 640
FACES_HEIGHT = 224
"""Most height of the canvas of enlarged persons: about sixteen of them, a fixed price in a crowd."""
PLATES_HEIGHT = 320
"""Most height of the canvas of enlarged vehicles: two close ones, or eight far ones."""

LEAST_HEAD = 6.0
"""Pixels; a smaller head has no face to find, and is covered as a head."""
GOOD_HEAD = 26.0
"""Pixels of a head that the face detector sees well; crops are enlarged until heads are as large."""
UPPER_PART = 0.65
"""Part of a person's box, from the top, in which a face is looked for: people bend."""

PLATE_OF_VEHICLE = 0.22
"""Width of a plate over the width of a car seen from before or behind."""
LEAST_PLATE = 8.0
"""Pixels; a narrower plate has letters of one pixel."""
GOOD_PLATE = 60.0
"""Pixels of a plate that the plate detector sees well."""

_MOST_SCALE = 4.0
_MARGIN = 0.1


def full_scale(size: Size) -> float:
    """Scale at which the full picture is searched (small pictures are enlarged, twice at most)."""
    return min(2.0, FULL_SIDE / max(size))


def persons_to_enlarge(persons: Boxes, size: Size) -> Atlas:
    """Upper parts of persons whose faces are too small for the search of the full picture, largest first.

    Args:
        persons: N x 4, pixels.
        size: Width and height of the picture.
    """
    persons = merged(persons)
    heads = head_heights(persons)
    small = (heads >= LEAST_HEAD) & (heads * full_scale(size) < GOOD_HEAD * 0.8)
    upper = persons[small].copy()
    upper[:, 3] = upper[:, 1] + UPPER_PART * (upper[:, 3] - upper[:, 1])
    scales = GOOD_HEAD / heads[small]
    return pack(_crops(upper, scales, size), CANVAS_WIDTH, FACES_HEIGHT)


def vehicles_to_enlarge(vehicles: Boxes, size: Size) -> Atlas:
    """Vehicles whose plates are too small for the search of the full picture.

    Args:
        vehicles: N x 4, pixels.
        size: Width and height of the picture.
    """
    vehicles = merged(vehicles)
    plates = PLATE_OF_VEHICLE * (vehicles[:, 2] - vehicles[:, 0])
    small = (plates >= LEAST_PLATE) & (plates * full_scale(size) < GOOD_PLATE * 0.8)
    scales = GOOD_PLATE / plates[small]
    return pack(_crops(vehicles[small], scales, size), CANVAS_WIDTH, PLATES_HEIGHT)


def _crops(boxes: Boxes, scales: Boxes, size: Size) -> Iterator[Crop]:
    around = np.tile(boxes[:, 2:] - boxes[:, :2], 2) * (-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
    low, high = np.floor(boxes + around)[:, :2], np.ceil(boxes + around)[:, 2:]
    corners = np.concatenate([np.clip(low, 0, size), np.clip(high, 0, size)], axis=1).astype(int)
    for (x1, y1, x2, y2), scale in zip(corners.tolist(), scales.tolist(), strict=True):
        if x2 > x1 and y2 > y1:
            yield Crop((x1, y1, x2, y2), min(scale, _MOST_SCALE))
