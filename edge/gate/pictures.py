"""Crops of a decoded picture at canvas scale, and the canvases they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Image
from edge.gate.packing import Packing
from edge.gate.rects import Rect

Plane = NDArray[np.uint8]


class Picture(Protocol):
    """A picture that regions can be cut out of."""

    def crop(self, rect: Rect, width: int, height: int) -> Image:
        """The region as ``height`` x ``width`` x 3 BGR."""
        ...


@dataclass(frozen=True, slots=True)
class BgrPicture:
    """A picture that is already BGR.

    Attributes:
        image: H x W x 3.
    """

    image: Image

    def crop(self, rect: Rect, width: int, height: int) -> Image:
        """The region as ``height`` x ``width`` x 3 BGR."""
        return resized(self.image[rect.y1 : rect.y2, rect.x1 : rect.x2], width, height)


@dataclass(frozen=True, slots=True)
class YuvPicture:
    """A decoded picture as its planes: only what is looked at is ever converted to colour.

    Attributes:
        luma: H x W.
        blue: Chroma (Cb), as wide and high as luma or half of it, rounded up.
        red: Chroma (Cr), of the same shape.
        full_range: Whether luma runs from 0 to 255 (JPEG) instead of 16 to 235 (broadcast).
    """

    luma: Plane
    blue: Plane
    red: Plane
    full_range: bool = False

    def crop(self, rect: Rect, width: int, height: int) -> Image:
        """The region as ``height`` x ``width`` x 3 BGR; colours after ITU-R BT.601."""
        planes = [_cut(plane, rect, self.luma.shape) for plane in (self.luma, self.red, self.blue)]
        planes = [resized(plane, width, height) for plane in planes]
        if not self.full_range:
            tables = (_LUMA, _CHROMA, _CHROMA)
            planes = [
                np.asarray(cv2.LUT(plane, table), np.uint8)
                for plane, table in zip(planes, tables, strict=True)
            ]
        return np.asarray(cv2.cvtColor(cv2.merge(planes), cv2.COLOR_YCrCb2BGR), np.uint8)


def _cut(plane: Plane, rect: Rect, luma: tuple[int, ...]) -> Plane:
    """The part of a plane that shows a rectangle given in pixels of the luma plane."""
    down, across = (-(-full // part) for full, part in zip(luma, plane.shape, strict=True))
    return plane[rect.y1 // down : -(-rect.y2 // down), rect.x1 // across : -(-rect.x2 // across)]


_STEPS = np.arange(256, dtype=np.float32)
_LUMA = np.clip(np.rint((_STEPS - 16) * 255 / 219), 0, 255).astype(np.uint8)
_CHROMA = np.clip(np.rint((_STEPS - 128) * 255 / 224 + 128), 0, 255).astype(np.uint8)


def resized(plane: Plane, width: int, height: int) -> Plane:
    """Bilinear, after halving while that is enough: free of aliasing, and cheap."""
    while plane.shape[1] >= 2 * width and plane.shape[0] >= 2 * height:
        half = (plane.shape[1] // 2, plane.shape[0] // 2)
        plane = np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA), np.uint8)
    if plane.shape[:2] == (height, width):
        return plane
    return np.asarray(cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def draw_canvases(packing: Packing, pictures: Mapping[str, Picture], fill: int) -> list[Image]:
    """The canvases of a round, each H x W x 3 BGR.

    Args:
        packing: What lies where.
        pictures: Per served camera, the picture that its order was made for.
        fill: Value beside the regions; what the network was trained to see beside a picture.
    """
    canvases = [np.full((height, width, 3), fill, np.uint8) for width, height in packing.canvases]
    for placement in packing.placements:
        crop = pictures[placement.camera].crop(placement.rect, placement.width, placement.height)
        canvases[placement.canvas][
            placement.y : placement.y + placement.height, placement.x : placement.x + placement.width
        ] = crop
    return canvases
