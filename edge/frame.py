"""A picture on its way through the worker: kept as it was decoded, converted only where somebody looks."""

from typing import Protocol

import cv2
import numpy as np

from edge.detect.detections import Image
from edge.gate.luma import Luma
from edge.gate.pictures import BgrPicture
from edge.gate.rects import Rect


class Pixels(Protocol):
    """The content of a picture, in whatever form it came."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    def bgr(self) -> Image:
        """All of it, H x W x 3 BGR, in an array of its own."""
        ...

    def luma(self) -> Luma:
        """Its brightness, H x W; valid as long as this object."""
        ...

    def crop(self, rect: Rect, width: int, height: int) -> Image:
        """A region as ``height`` x ``width`` x 3 BGR."""
        ...


class Frame:
    """One picture of one camera, raw: only edge/redact may let it out.

    Args:
        pixels: An array, H x W x 3 BGR, or a decoded picture.
        time: Capture time.
        index: Number of the picture.

    Attributes:
        time: Capture time, Unix seconds UTC (replay: virtual).
        index: 0-based number of the picture in this stream.
    """

    __slots__ = ("_image", "_pixels", "index", "time")

    def __init__(self, pixels: Image | Pixels, time: float, index: int) -> None:
        self._pixels: Pixels = BgrPixels(pixels) if isinstance(pixels, np.ndarray) else pixels
        self._image: Image | None = None
        self.time = time
        self.index = index

    @property
    def image(self) -> Image:
        """H x W x 3 BGR; converted when first asked for, which costs as much as decoding did."""
        if self._image is None:
            self._image = self._pixels.bgr()
        return self._image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._pixels.size

    @property
    def luma(self) -> Luma:
        """H x W brightness, without any conversion where the picture was decoded from video."""
        return self._pixels.luma()

    def at(self, time: float) -> "Frame":
        """The same picture with another time."""
        return Frame(self._pixels, time, self.index)

    def crop(self, rect: Rect, width: int, height: int) -> Image:
        """A region as ``height`` x ``width`` x 3 BGR: only what is looked at is converted."""
        return self._pixels.crop(rect, width, height)


class BgrPixels:
    """A picture that is already an array.

    Args:
        image: H x W x 3 BGR.
    """

    def __init__(self, image: Image) -> None:
        self._image = image

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._image.shape[1], self._image.shape[0]

    def bgr(self) -> Image:
        """The array itself."""
        return self._image

    def luma(self) -> Luma:
        """Computed."""
        return np.asarray(cv2.cvtColor(self._image, cv2.COLOR_BGR2GRAY), np.uint8)

    def crop(self, rect: Rect, width: int, height: int) -> Image:
        """A region, scaled."""
        return BgrPicture(self._image).crop(rect, width, height)
