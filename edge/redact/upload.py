"""Pictures that people send, such as a responder's photo: bytes in, a redacted JPEG out.

The bytes come from anywhere. So the header is read before a pixel is decoded, and what it announces is held
against limits; a JPEG is decoded at the smallest of its own scales that suffices, so a large photo costs no
more memory than a small one. Position, device and time that a phone writes into a photo are not taken over:
what leaves is encoded anew from pixels.
"""

import warnings
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Protocol

import numpy as np
from PIL import Image as Pictures
from PIL import ImageOps, UnidentifiedImageError

from edge.detect.detections import Image
from edge.redact.image import RedactedImage, shrunk
from edge.redact.jpeg import jpeg_size
from edge.redact.redactor import Redactor
from edge.redact.regions import Counts
from placewatch.errors import UploadError

FORMATS = ("JPEG", "PNG", "WEBP")
"""What is read. MPO, the JPEG of phones with two lenses, is read as the JPEG that it begins with."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What is taken.

    Attributes:
        bytes: Of the file.
        pixels: That a JPEG announces; it is decoded smaller.
        pixels_whole: That another format announces; it can only be decoded whole.
        least_side: Pixels of the shorter side below which a picture shows nothing.
        side: Pixels of the longer side of what comes out; larger pictures are made smaller.
        jpeg_bytes: Most bytes of what comes out.
    """

    bytes: int = 20 * 1024 * 1024
    pixels: int = 120_000_000
    pixels_whole: int = 25_000_000
    least_side: int = 32
    side: int = 1920
    jpeg_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CoveredUpload:
    """What may be kept of an uploaded picture.

    Attributes:
        jpeg: The file, without metadata.
        width: Pixels.
        height: Pixels.
        counts: Regions covered, by subject.
    """

    jpeg: bytes
    width: int
    height: int
    counts: Counts

    @property
    def blurred(self) -> int:
        """Regions covered: faces, heads and plates together."""
        return self.counts.total


class Covers(Protocol):
    """What covers a picture (`edge.redact.redactor.Redactor`)."""

    def redact(self, image: Image) -> RedactedImage:
        """The picture with faces, heads and plates covered.

        Raises:
            RedactionError: It must not leave.
        """
        ...


class UploadDoor:
    """Covers uploaded pictures, one at a time: more at once would only share the processor and add memory.

    Args:
        redactor: Covers; the shipped models are loaded at the first picture when None, because most processes
            that could be sent one never are.
        limits: What is taken.
    """

    def __init__(self, redactor: Covers | None = None, limits: UploadLimits | None = None) -> None:
        self._redactor = redactor
        self._limits = limits or UploadLimits()
        self._lock = Lock()

    def cover(self, content: bytes) -> CoveredUpload:
        """Cover faces, heads and plates of an uploaded picture.

        Args:
            content: The whole file, as it was sent.

        Raises:
            UploadError: It is no picture that is taken; says which limit it breaks.
            RedactionError: It could not be covered, and so must not be kept.
            ModelError: A shipped model is missing or altered.
        """
        with self._lock:
            image = decode_upload(content, self._limits)
            redacted = self._loaded().redact(image)
            jpeg = redacted.jpeg(max_bytes=self._limits.jpeg_bytes, max_side=self._limits.side)
        width, height = jpeg_size(jpeg)  # smaller than the picture where that alone made it fit
        return CoveredUpload(jpeg, width, height, redacted.counts)

    def _loaded(self) -> Covers:
        if self._redactor is None:
            self._redactor = Redactor.load()
        return self._redactor


def decode_upload(content: bytes, limits: UploadLimits | None = None) -> Image:
    """The picture in a file from outside, upright, at most ``limits.side`` pixels long.

    Args:
        content: The whole file.
        limits: What is taken.

    Returns:
        H x W x 3 BGR; transparent parts are white.

    Raises:
        UploadError: Not a picture, damaged, or over a limit.
    """
    limits = limits or UploadLimits()
    if not content:
        raise UploadError("the file is empty", remedy="send one picture")
    if len(content) > limits.bytes:
        raise UploadError(
            f"the file has {len(content) / 1e6:.1f} MB, over the limit of {limits.bytes / 1e6:.0f} MB",
            remedy="send a smaller picture",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of sizes that our own limits decide on
            pixels = _read(content, limits)
    except UploadError:
        raise
    except Pictures.DecompressionBombError as error:
        raise UploadError(
            f"the picture has more than {limits.pixels_whole / 1e6:.0f} million pixels",
            remedy="send a smaller picture",
        ) from error
    except UnidentifiedImageError as error:
        raise UploadError("it is not a picture that is read here", remedy=_REMEDY) from error
    except Exception as error:  # a decoder meets bytes made to break it: whatever it says, they are refused
        raise UploadError("the picture is damaged or cut short", remedy="send it again") from error
    return shrunk(pixels, limits.side)


def _read(content: bytes, limits: UploadLimits) -> Image:
    with Pictures.open(BytesIO(content), formats=FORMATS) as file:
        _check(file, limits)
        file.draft("RGB", (limits.side, limits.side))
        file.load()
        return _pixels(ImageOps.exif_transpose(file))


_REMEDY = "send a JPEG, PNG or WebP picture"


def _check(file: Pictures.Image, limits: UploadLimits) -> None:
    width, height = file.size
    scaled = file.format in {"JPEG", "MPO"}
    most = limits.pixels if scaled else limits.pixels_whole
    if width * height > most:
        raise UploadError(
            f"the picture has {width} x {height} pixels, over the limit of {most / 1e6:.0f} million",
            remedy="send a smaller picture",
        )
    if min(width, height) < limits.least_side:
        raise UploadError(
            f"the picture has only {width} x {height} pixels",
            remedy=f"at least {limits.least_side} on each side",
        )
    frames = getattr(file, "n_frames", 1)
    if frames != 1 and file.format != "MPO":
        raise UploadError(f"the file holds {frames} pictures", remedy="send one picture, not a moving one")


def _pixels(picture: Pictures.Image) -> Image:
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        picture = Pictures.new("RGBA", clear.size, "white")
        picture.alpha_composite(clear)
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"), np.uint8)[:, :, ::-1])
