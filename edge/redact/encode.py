"""H.264 clips of redacted pictures, without sound and without metadata."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import av
import cv2
import numpy as np

from edge.detect.detections import Image
from edge.redact.h264 import h264_encoder
from edge.redact.image import RedactedImage
from placewatch.errors import RedactionError

_TIME_BASE = Fraction(1, 90_000)
_LEAST = 16
"""Pixels a side: a macroblock. libopenh264 takes no smaller picture."""
_INDEX_BYTES = 32 * 1024
"""Room at the beginning of a clip in memory for its index (some 2,000 pictures): players want it first."""


class ClipWriter:
    """Writes `RedactedImage`s, and nothing else, as an H.264 MP4.

    A context manager: the file is complete when it is left; an exception inside leaves no usable file.

    Args:
        target: Path, or a seekable binary file to write to.
        fps: Nominal rate; the pictures' own times are kept.
        aspect: Width over height of one pixel; recorders of standard definition have other than square ones.

    Raises:
        RedactionError: No encoder, or the target cannot be written.
    """

    def __init__(
        self,
        target: Path | IO[bytes],
        *,
        fps: float,
        aspect: Fraction = Fraction(1),
    ) -> None:
        self._size: tuple[int, int] | None = None
        self._stream: av.VideoStream | None = None
        self._fps, self._aspect = fps, aspect
        self._last = -1
        self._first: float | None = None
        with _errors():
            file = str(target) if isinstance(target, Path) else target
            first = (
                {"movflags": "+faststart"} if isinstance(target, Path) else {"moov_size": str(_INDEX_BYTES)}
            )
            self._encoder = h264_encoder()
            self._container = av.open(file, "w", format="mp4", options=first | {"fflags": "+bitexact"})

    def write(self, picture: RedactedImage, time: float) -> None:
        """Append a picture.

        Args:
            picture: Of the same size as the first one.
            time: Seconds; the first picture's is the clip's zero. One that does not rise moves a tick.

        Raises:
            RedactionError: Another size, or the encoder or the disk refuses.
        """
        pixels = _encodable(picture.pixels)
        if self._size is None:
            self._size = (picture.width, picture.height)
            self._begin(pixels.shape[1], pixels.shape[0])
        if (picture.width, picture.height) != self._size:
            wide, high = self._size
            raise RedactionError(f"a picture of {picture.width}x{picture.height} in a clip of {wide}x{high}")
        self._first = time if self._first is None else self._first
        ticks = max(round((time - self._first) / _TIME_BASE), self._last + 1)
        self._last = ticks
        with _errors():
            # OpenCV's conversion takes a third of the time of FFmpeg's; both are BT.601 of limited range.
            planes = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2YUV_I420), np.uint8)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = ticks, _TIME_BASE
            self._mux(frame)

    def _begin(self, width: int, height: int) -> None:
        with _errors():
            stream = self._encoder.add_to(self._container, width=width, height=height, fps=self._fps)
            stream.codec_context.time_base = _TIME_BASE
            stream.codec_context.sample_aspect_ratio = self._aspect
        self._stream = stream

    def _mux(self, frame: av.VideoFrame | None) -> None:
        if self._stream is not None:
            self._container.mux(self._stream.encode(frame))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _errors():
            if error is None and self._last >= 0:
                self._mux(None)
            self._container.close()


def _encodable(pixels: Image) -> Image:
    """The last column and row repeated, up to an even size (chroma has half of it) and to the least."""
    height, width = pixels.shape[:2]
    right, below = (max(size + size % 2, _LEAST) - size for size in (width, height))
    if right or below:
        padded = cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REPLICATE)
        return np.asarray(padded, np.uint8)
    return pixels


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise RedactionError(f"the clip cannot be written: {reason.lower()}") from error
