"""A picture of any size on a network's canvas, and boxes back from there."""

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes, Image


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies on the canvas: ``canvas = picture * scale``, top left at the origin.

    Attributes:
        scale_x: Canvas pixels per picture pixel, across.
        scale_y: The same, down.
        width: Pixels of the canvas that the picture covers, across.
        height: The same, down.
        canvas: Canvas width and height.
    """

    scale_x: float
    scale_y: float
    width: int
    height: int
    canvas: tuple[int, int]

    def to_picture(self, boxes: NDArray[np.float32]) -> Boxes:
        """Boxes or points, N x 2k of ``x y x y ...`` on the canvas, in pixels of the picture."""
        scale = np.tile(np.array([self.scale_x, self.scale_y], np.float32), boxes.shape[1] // 2)
        return np.divide(boxes, scale, dtype=np.float32)


def as_bgr(image: NDArray[np.uint8]) -> Image:
    """A picture as H x W x 3 BGR; grey and BGRA ones are converted.

    Raises:
        ValueError: Not a picture of 8 bits per channel, or it has no pixels.
    """
    if image.dtype != np.uint8 or image.size == 0:
        msg = f"not a picture of 8 bits per channel: {image.dtype}, shape {image.shape}"
        raise ValueError(msg)
    channels = 1 if image.ndim == 2 else image.shape[2] if image.ndim == 3 else 0
    if channels == 3:
        return image
    if channels in {1, 4}:
        how = cv2.COLOR_GRAY2BGR if channels == 1 else cv2.COLOR_BGRA2BGR
        return np.asarray(cv2.cvtColor(image, how), np.uint8)
    msg = f"a picture is H x W, or H x W x 1, 3 or 4; this is {image.shape}"
    raise ValueError(msg)


def fit(width: int, height: int, side: int, multiple: int, *, square: bool) -> Placement:
    """Place a picture with its longer side on ``side`` pixels, its proportions kept.

    Args:
        width: Of the picture, pixels.
        height: Of the picture, pixels.
        side: Longer side on the canvas.
        multiple: The canvas' sides are multiples of this.
        square: The canvas is ``side`` x ``side``; else no larger than the picture needs.
    """
    scale = side / max(width, height)
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = (side, side) if square else (_up(across, multiple), _up(down, multiple))
    return Placement(scale, scale, across, down, canvas)


def stretch(width: int, height: int, side: int) -> Placement:
    """Place a picture on a ``side`` x ``side`` canvas, its proportions given up."""
    return Placement(side / width, side / height, side, side, (side, side))


def enlarge(width: int, height: int, scale: float, multiple: int) -> Placement:
    """Place a picture at ``scale`` on the smallest canvas whose sides are multiples of ``multiple``."""
    across, down = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = (_up(across, multiple), _up(down, multiple))
    return Placement(across / width, down / height, across, down, canvas)


def _up(length: int, multiple: int) -> int:
    return ceil(length / multiple) * multiple


def _resize(image: Image, size: tuple[int, int]) -> Image:
    """Bilinear, after halving while that is enough: free of aliasing, and a seventh of INTER_AREA's time."""
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1]:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        image = np.asarray(cv2.resize(image, half, interpolation=cv2.INTER_AREA), np.uint8)
    if size == (image.shape[1], image.shape[0]):
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def draw(image: Image, placement: Placement, fill: int) -> Image:
    """The canvas: the resized picture at the top left, the rest ``fill``."""
    size = (placement.width, placement.height)
    resized = _resize(image, size)
    if size == placement.canvas:
        return resized
    across, down = placement.canvas
    canvas = np.full((down, across, 3), fill, np.uint8)
    canvas[: placement.height, : placement.width] = resized
    return canvas


def to_blob(
    canvas: Image, mean: tuple[float, ...], std: tuple[float, ...], *, rgb: bool
) -> NDArray[np.float32]:
    """A canvas as 1 x 3 x H x W float32, ``(value - mean) / std`` per channel in the network's order."""
    params = cv2.dnn.Image2BlobParams()
    params.swapRB = rgb
    params.mean = mean
    params.scalefactor = tuple(1.0 / value for value in std)
    return np.asarray(cv2.dnn.blobFromImageWithParams(canvas, params), np.float32)
