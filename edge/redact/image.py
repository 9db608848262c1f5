"""`RedactedImage`: the only kind of picture that may leave a box, and the only place where one is made."""

from collections.abc import Sequence
from typing import final

import cv2
import numpy as np

from edge.detect.detections import Boxes, Image
from edge.redact.blur import cover
from edge.redact.draw import Polygon, draw_boxes, draw_zones
from edge.redact.regions import Counts, Regions
from edge.redact.sealed import DOOR, Sealed
from messages import MAX_INLINE_PICTURE
from placewatch.errors import RedactionError

_LADDER = (88, 80, 70, 60, 50, 40)
"""JPEG qualities that are tried before the picture is made smaller."""

_SMALLEST = 32
"""Pixels of the longer side below which a still shows nothing."""

_MOST_SIDE = {".jpg": 65500, ".webp": 16383, ".png": 2**31 - 1}
"""Pixels of a side that the formats, as OpenCV writes them, can express."""

FILE_TYPES = (".jpg", ".jpeg", ".png", ".webp")
"""Endings that `RedactedImage.file` writes."""


@final
class RedactedImage(Sealed):
    """A picture whose faces, heads and plates are covered (see `edge.redact.sealed`)."""

    __slots__ = ("_counts", "_pixels")
    _counts: Counts
    _pixels: Image

    def __init__(self, pixels: Image, counts: Counts, *, door: object) -> None:
        # An array over bytes can never be made writeable again, one that owns its memory can.
        frozen = np.frombuffer(pixels.tobytes(), np.uint8).reshape(pixels.shape)
        super().__init__(door, _pixels=frozen, _counts=counts)

    def __repr__(self) -> str:
        return f"RedactedImage({self.width}x{self.height}, blurred={self.blurred})"

    @property
    def pixels(self) -> Image:
        """H x W x 3 BGR, covered, read-only."""
        return self._pixels

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self._pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self._pixels.shape[0])

    @property
    def counts(self) -> Counts:
        """Regions covered, by subject."""
        return self._counts

    @property
    def blurred(self) -> int:
        """Regions covered: faces, heads and plates together."""
        return self._counts.total

    def jpeg(self, *, max_bytes: int = MAX_INLINE_PICTURE, max_side: int = 1280) -> bytes:
        """A JPEG file without metadata that fits a message.

        Quality is lowered first, then the size.

        Args:
            max_bytes: Most bytes of the file.
            max_side: Most pixels of the longer side.

        Raises:
            RedactionError: Not even a thumbnail fits ``max_bytes``.
        """
        side = min(max_side, max(self.width, self.height))
        while side >= min(_SMALLEST, max_side, self.width, self.height):
            picture = shrunk(self._pixels, side)
            for quality in _LADDER:
                file = _encoded(picture, ".jpg", cv2.IMWRITE_JPEG_QUALITY, quality)
                if len(file) <= max_bytes:
                    return file
            side = int(side * 0.8)
        raise RedactionError(
            f"no JPEG of {self.width}x{self.height} fits {max_bytes} bytes", remedy="allow more bytes"
        )

    def file(self, ending: str) -> bytes:
        """The picture at full size as the bytes of a file without metadata.

        Args:
            ending: One of `FILE_TYPES`: JPEG and WebP at quality 92, PNG as it is.

        Raises:
            RedactionError: Another ending, or the picture is larger than the format allows.
        """
        match ending.lower():
            case ".jpg" | ".jpeg":
                return _encoded(self._pixels, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 92)
            case ".webp":
                return _encoded(self._pixels, ".webp", cv2.IMWRITE_WEBP_QUALITY, 92)
            case ".png":
                return _encoded(self._pixels, ".png", cv2.IMWRITE_PNG_COMPRESSION, 6)
        raise RedactionError(
            f"pictures are not written as {ending!r}", remedy=f"use one of {', '.join(FILE_TYPES)}"
        )

    def annotated(
        self,
        zones: Sequence[Polygon] = (),
        boxes: Boxes | None = None,
        *,
        zone_labels: Sequence[str] = (),
        box_labels: Sequence[str] = (),
    ) -> "RedactedImage":
        """This picture with zones and boxes drawn over what is covered.

        Args:
            zones: Polygons in normalised coordinates (0..1, origin top left).
            boxes: N x 4, pixels of this picture; clipped at its border.
            zone_labels: ASCII texts for the first zones.
            box_labels: ASCII texts for the first boxes (a class name; never an identity).
        """
        pixels = self._pixels.copy()
        draw_zones(pixels, zones, zone_labels)
        draw_boxes(pixels, np.zeros((0, 4), np.float32) if boxes is None else boxes, box_labels)
        return RedactedImage(pixels, self._counts, door=DOOR)


def seal(image: Image, regions: Regions) -> RedactedImage:
    """Cover ``regions`` of a raw picture; the only way to a `RedactedImage`, open to edge/redact alone.

    Raises:
        RedactionError: Not a H x W x 3 picture of bytes with pixels in it.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise RedactionError(f"not a colour picture of 8 bits per channel: {image.dtype} {image.shape}")
    inside = regions.inside((image.shape[1], image.shape[0]))
    return RedactedImage(cover(image, inside), inside.counts, door=DOOR)


def shrunk(pixels: Image, side: int) -> Image:
    """``pixels``, H x W x 3, with at most ``side`` pixels on the longer side, in the same proportions."""
    height, width = pixels.shape[:2]
    scale = side / max(width, height)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _encoded(pixels: Image, ending: str, option: int, value: int) -> bytes:
    height, width = pixels.shape[:2]
    most = _MOST_SIDE[ending]
    if max(width, height) > most:
        raise RedactionError(
            f"a picture of {width}x{height} is too large for {ending}", remedy=f"at most {most} pixels a side"
        )
    done, file = cv2.imencode(ending, pixels, [option, value])
    if not done:
        raise RedactionError(f"the {ending} encoder gave nothing")
    return bytes(file)
