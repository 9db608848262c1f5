"""Covering: a region becomes a few colours, blurred into each other. What is gone cannot be computed back."""

import cv2
import numpy as np

from edge.detect.detections import Image
from edge.redact.regions import Regions

MOST_CELLS = 4
"""Cells along a region's longer side. A face fills about three: no feature of it has a cell of its own."""

LEAST_CELL = 6
"""Pixels; smaller regions get fewer cells, down to one."""


def cells(width: int, height: int) -> tuple[int, int]:
    """How many cells a region is divided into, across and down (1 to `MOST_CELLS` each)."""
    longer = max(width, height)
    along = max(1, min(MOST_CELLS, longer // LEAST_CELL))
    size = longer / along
    return max(1, round(width / size)), max(1, round(height / size))


def cover(image: Image, regions: Regions) -> Image:
    """A copy of a picture with every region pixelated and then blurred.

    Each region is reduced to the mean colours of at most `MOST_CELLS` x `MOST_CELLS` cells (pixelation), and
    those are spread over it by linear interpolation (a tent-shaped blur one cell wide that ends at the
    region's edge). So at most 48 bytes of a region remain, however large it is. Regions are covered one after
    the other in the result itself, never from the original: where they overlap, detail only decreases.

    Args:
        image: H x W x 3 BGR; left as it is.
        regions: Whole pixels inside the picture (`Regions.inside`).
    """
    result = image.copy()
    for x1, y1, x2, y2 in regions.boxes.astype(np.int64):
        part = result[y1:y2, x1:x2]
        height, width = part.shape[:2]
        few = cv2.resize(part, cells(width, height), interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(few, (width, height), interpolation=cv2.INTER_LINEAR)
    return result
