"""Enlarged crops of one picture side by side on one canvas: one inference looks at all of them."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes, Image

_GAP = 8
"""Pixels between crops, so that a detector does not see one object in two of them."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A part of a picture and how much it is enlarged.

    Attributes:
        box: ``x1 y1 x2 y2``, whole pixels inside the picture.
        scale: Canvas pixels per picture pixel.
    """

    box: tuple[int, int, int, int]
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height on the canvas."""
        x1, y1, x2, y2 = self.box
        return max(1, round((x2 - x1) * self.scale)), max(1, round((y2 - y1) * self.scale))


@dataclass(frozen=True, slots=True)
class Atlas:
    """Crops that found a place.

    Attributes:
        width: Canvas width, pixels.
        height: Canvas height, pixels.
        crops: The crops that are on it.
        places: Top left corner of each on the canvas.
    """

    width: int
    height: int
    crops: tuple[Crop, ...]
    places: tuple[tuple[int, int], ...]

    def draw(self, image: Image) -> Image:
        """The canvas, grey between the crops."""
        canvas = np.full((self.height, self.width, 3), 114, np.uint8)
        for crop, (left, top) in zip(self.crops, self.places, strict=True):
            x1, y1, x2, y2 = crop.box
            width, height = crop.size
            part = cv2.resize(image[y1:y2, x1:x2], (width, height), interpolation=cv2.INTER_LINEAR)
            canvas[top : top + height, left : left + width] = part
        return canvas

    def to_picture(self, boxes: Boxes) -> Boxes:
        """Boxes on the canvas (N x 4) in pixels of the picture; those centred on no crop are left out."""
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        mapped: list[NDArray[np.float32]] = []
        for crop, (left, top) in zip(self.crops, self.places, strict=True):
            width, height = crop.size
            x, y = centres[:, 0] - left, centres[:, 1] - top
            here = boxes[(x >= 0) & (x < width) & (y >= 0) & (y < height)]
            x1, y1, x2, y2 = crop.box
            scale = np.tile(np.array([(x2 - x1) / width, (y2 - y1) / height]), 2)
            mapped.append((here - (left, top, left, top)) * scale + (x1, y1, x1, y1))
        found = np.concatenate(mapped) if mapped else np.zeros((0, 4))
        return found.astype(np.float32)


def pack(crops: Iterable[Crop], width: int, most_height: int) -> Atlas:
    """Place crops in rows, the tallest first; those that do not fit are left out.

    Args:
        crops: In any order.
        width: Canvas width, pixels.
        most_height: Most canvas height, pixels.

    Returns:
        The atlas, as high and as wide as its rows need: 0 without crops.
    """
    placed: list[Crop] = []
    places: list[tuple[int, int]] = []
    left = top = below = right = 0
    for crop in sorted(crops, key=lambda crop: -crop.size[1]):
        across, down = crop.size
        if left + across > width:
            left, top = 0, below
        if left + across > width or top + down > most_height:
            continue
        placed.append(crop)
        places.append((left, top))
        right = max(right, left + across)
        left += across + _GAP
        below = max(below, top + down + _GAP)
    return Atlas(right, max(0, below - _GAP), tuple(placed), tuple(places))
