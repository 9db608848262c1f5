"""Packets to pictures, on the thread that calls; only pictures that are wanted become BGR arrays."""

from typing import cast

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from edge.detect.detections import Image
from edge.ingest.source import Source, VideoPacket


class Decoder:
    """One stream's decoder.

    ffmpeg's own threads stay off: a box has more cameras than cores, and they only add latency and memory.

    Args:
        source: Where the packets come from.

    Attributes:
        errors: Packets that could not be decoded, or decoded to a damaged picture.
        decoded: Pictures decoded.
    """

    def __init__(self, source: Source) -> None:
        self._context = source.stream.codec_context
        self._context.thread_type = "NONE"
        self._context.thread_count = 1
        self._reformatter = VideoReformatter()
        self.errors = 0
        self.decoded = 0

    def decode(self, packet: VideoPacket) -> list[VideoFrame]:
        """The pictures that this packet completes, in presentation order; damage is counted, not raised."""
        try:
            pictures = self._context.decode(packet)
        except av.EOFError:
            return []
        except (av.FFmpegError, ValueError):
            self.errors += 1
            return []
        self.decoded += len(pictures)
        self.errors += sum(picture.is_corrupt for picture in pictures) + packet.is_corrupt
        return pictures

    def bgr(self, picture: VideoFrame) -> Image:
        """A decoded picture as H x W x 3 BGR, 0..255, in an array of its own."""
        converted = self._reformatter.reformat(picture, format="bgr24", threads=1)
        return np.ascontiguousarray(cast("Image", converted.to_ndarray()))


def picture_time(picture: VideoFrame) -> float | None:
    """The picture's own timestamp in seconds from an arbitrary origin; None when it has none."""
    # PyAV's types leave out that pictures without a timestamp have None here.
    return cast("float | None", picture.time)
