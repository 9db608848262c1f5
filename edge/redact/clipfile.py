"""A clip's pictures, one after the other, upright, whatever FFmpeg can decode."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer

from edge.detect.detections import Image
from edge.frame import Frame
from placewatch.errors import RedactionError

_REMEDY = "give a picture or a video file"
_NO_CLIP = {"image2", "tty", "hls", "concat", "dash"}
"""FFmpeg's readers that go by a file's name, or that read other files than the one given."""


class ClipFile:
    """An open clip; made by `open_clip`.

    Attributes:
        damaged: Packets so far that could not be decoded.
    """

    def __init__(self, container: InputContainer, name: str) -> None:
        self._container = container
        self._stream = container.streams.video[0]
        self._name = name
        self.damaged = 0

    @property
    def fps(self) -> float:
        """Nominal pictures per second; 25 where the file does not say."""
        rate = self._stream.average_rate or self._stream.guessed_rate
        return float(rate) if rate and 0 < rate <= 1000 else 25.0

    @property
    def aspect(self) -> Fraction:
        """Width over height of one pixel."""
        return self._stream.sample_aspect_ratio or Fraction(1)

    @property
    def length(self) -> float:
        """Seconds, 0 when the file does not say."""
        if self._stream.duration and self._stream.time_base:
            return float(self._stream.duration * self._stream.time_base)
        return self._container.duration / av.time_base if self._container.duration else 0.0

    def frames(self) -> Iterator[Frame]:
        """All pictures, their times from 0 and rising, all of the first one's size.

        Raises:
            RedactionError: No picture can be decoded.
        """
        first: float | None = None
        last, index = -1 / self.fps, 0
        size: tuple[int, int] | None = None
        for picture in self._pictures():
            at = last + 1 / self.fps + (first or 0.0) if picture.pts is None else picture.time
            first = at if first is None else first
            time = at - first
            last = max(time, last + 1e-3)
            image = _upright(picture)
            size = size or (image.shape[1], image.shape[0])
            if size != (image.shape[1], image.shape[0]):
                image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
            yield Frame(image, last, index)
            index += 1
        if not index:
            raise RedactionError("no picture in it can be decoded", where=self._name, remedy=_REMEDY)

    def _pictures(self) -> Iterator[av.VideoFrame]:
        self._stream.thread_type = "AUTO"
        packets = self._container.demux(self._stream)
        while True:
            try:
                yield from next(packets).decode()
            except StopIteration:
                return
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                self.damaged += 1


@contextmanager
def open_clip(path: Path) -> Iterator[ClipFile]:
    """Open a video file; its content decides, not its name.

    Raises:
        RedactionError: Not readable, no video, or a codec without a decoder.
    """
    try:
        container = av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="ignore")
    except av.error.InvalidDataError as error:
        raise RedactionError("neither a picture nor a video", where=str(path), remedy=_REMEDY) from error
    except (av.error.FFmpegError, OSError) as error:
        reason = (error.strerror or str(error)).lower()
        raise RedactionError(f"cannot be read: {reason}", where=str(path), remedy=_REMEDY) from error
    with container:
        if container.format.name in _NO_CLIP or container.format.name.endswith("_pipe"):
            raise RedactionError("neither a picture nor a video", where=str(path), remedy=_REMEDY)
        if not container.streams.video:
            raise RedactionError("there is no video in it", where=str(path), remedy=_REMEDY)
        yield ClipFile(container, str(path))


def _upright(picture: av.VideoFrame) -> Image:
    """As BGR, turned as the file says it is to be shown."""
    image = picture.to_ndarray(format="bgr24")
    turns = round(picture.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)).astype(np.uint8, copy=False)
