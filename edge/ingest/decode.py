"""Packets to pictures, on the thread that calls; only what is looked at becomes BGR."""

from typing import cast

import av
import numpy as np
from av.video.frame import VideoFrame

from edge.detect.detections import Image
from edge.gate.luma import Luma
from edge.gate.pictures import Plane, YuvPicture
from edge.gate.rects import Rect
from edge.ingest.keyframes import Keyframes
from edge.ingest.source import Source, VideoPacket


class Decoder:
    """One stream's decoder, for all pictures or for keyframes alone.

    ffmpeg's own threads stay off: a box has more cameras than cores, and they only add latency and memory.

    Args:
        source: Where the packets come from.
        loop_filter: Whether pictures are smoothed as their encoder meant it. Without, decoding takes a
            quarter less, and the blocks that then show do not disturb a detector.

    Attributes:
        keyframes: Tells with which packets it may begin.
        errors: Packets that could not be decoded, or decoded to a damaged picture.
        decoded: Pictures decoded.
    """

    def __init__(self, source: Source, *, loop_filter: bool = True) -> None:
        self._context = source.stream.codec_context
        self.keyframes = Keyframes(source.info.codec, self._context.extradata)
        self._context.thread_type = "NONE"
        self._context.thread_count = 1
        self._context.copy_opaque = True
        if not loop_filter:
            self._context.options = {**self._context.options, "skip_loop_filter": "all"}
        self.errors = 0
        self.decoded = 0

    def decode(self, packet: "VideoPacket | None") -> list[VideoFrame]:
        """The pictures that this packet completes, in presentation order; damage is counted, not raised.

        Args:
            packet: The next one; None or an empty one asks for what the decoder still holds.
        """
        try:
            pictures = self._context.decode(packet)
        except av.EOFError:
            return []
        except (av.FFmpegError, ValueError):
            self.errors += 1
            return []
        self.decoded += len(pictures)
        damaged = packet is not None and packet.is_corrupt
        self.errors += sum(picture.is_corrupt for picture in pictures) + damaged
        return pictures

    def keyframe(self, packet: VideoPacket) -> list[VideoFrame]:
        """The picture of a keyframe at once, without those that follow it."""
        # A decoder that expects B-frames would keep the picture until the next one comes.
        pictures = self.decode(packet) + self.decode(None)
        self.restart()
        return pictures

    def restart(self) -> None:
        """Forget what came before: the next packet is a keyframe."""
        if self._context.is_open:
            self._context.flush_buffers()


_PLANAR = {"yuv420p": False, "yuv422p": False, "yuv444p": False, "yuvj420p": True, "yuvj422p": True}
"""Formats whose planes are used as they are, and whether their luma runs from 0 to 255."""

_FULL_RANGE = 2

_FROM_HARDWARE = "nv12"
"""Format in which hardware decoders give 8-bit pictures."""


class DecodedPixels:
    """A decoded picture as the decoder left it, without a copy.

    Args:
        picture: It.
    """

    def __init__(self, picture: VideoFrame) -> None:
        self._picture = picture
        self._planar: YuvPicture | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._picture.width, self._picture.height

    def bgr(self) -> Image:
        """H x W x 3 BGR, 0..255, in an array of its own."""
        converted = self._picture.reformat(format="bgr24", threads=1)
        return np.ascontiguousarray(cast("Image", converted.to_ndarray()))

    def luma(self) -> Luma:
        """The decoder's own luma plane, H x W."""
        if self._picture.format.name == _FROM_HARDWARE:
            return _plane(self._picture, 0)  # the colours, which lie in pairs, need not be taken apart
        return self._planes().luma

    def crop(self, rect: Rect, width: int, height: int) -> Image:
        """A region as ``height`` x ``width`` x 3 BGR."""
        return self._planes().crop(rect, width, height)

    def _planes(self) -> YuvPicture:
        if self._planar is None:
            picture = self._picture
            if picture.format.name not in _PLANAR:
                picture = picture.reformat(format="yuv420p", threads=1)
            full = _PLANAR[picture.format.name] or picture.color_range == _FULL_RANGE
            luma, blue, red = (_plane(picture, number) for number in range(3))
            self._planar = YuvPicture(luma, blue, red, full_range=full)
        return self._planar


def _plane(picture: VideoFrame, number: int) -> Plane:
    plane = picture.planes[number]
    rows = np.frombuffer(memoryview(plane), np.uint8, plane.line_size * plane.height)
    return np.asarray(rows.reshape(plane.height, plane.line_size)[:, : plane.width], np.uint8)


def picture_time(picture: VideoFrame) -> float | None:
    """The picture's own timestamp in seconds from an arbitrary origin; None when it has none."""
    # PyAV's types leave out that pictures without a timestamp have None here.
    return cast("float | None", picture.time)
