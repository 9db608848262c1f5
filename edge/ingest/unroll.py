"""Encoded packets to pictures again, for an evidence clip: in full quality, made smaller, fewer a second."""

from collections.abc import Iterator

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from edge.frame import Frame
from edge.ingest.stamps import Stamp
from edge.ingest.tap import Footage
from edge.ingest.timing import Sampler


def unrolled(footage: Footage, *, fps: float, side: int) -> Iterator[Frame]:
    """The pictures of a piece of a stream, on the thread that asks for them.

    Args:
        footage: Packets from a keyframe on.
        fps: Most pictures a second.
        side: Most pixels of the longer side.

    Returns:
        Raw pictures between its begin and its end, times rising, all of one size; what cannot be decoded is
        left out.
    """
    sampler = Sampler(fps)
    size: tuple[int, int] | None = None
    last = -np.inf
    for picture in _pictures(footage):
        stamp = picture.opaque
        if not isinstance(stamp, Stamp) or not footage.begin <= stamp.time <= footage.end:
            continue
        if stamp.time <= last or not sampler.wants(stamp.time):
            continue
        last = stamp.time
        size = size or _fitting(picture.width, picture.height, side)
        small = picture.reformat(width=size[0], height=size[1], format="bgr24", threads=1)
        yield Frame(np.ascontiguousarray(small.to_ndarray(), np.uint8), stamp.time, stamp.index)


def _pictures(footage: Footage) -> Iterator[VideoFrame]:
    context = av.CodecContext.create(footage.codec, "r")
    if not isinstance(context, VideoCodecContext):
        return
    context.extradata = footage.extradata
    context.thread_type = "NONE"
    context.thread_count = 1
    context.copy_opaque = True
    for packet in [*(entry.packet for entry in footage.entries), None]:
        try:
            yield from context.decode(packet)
        except (av.FFmpegError, ValueError):  # a lost packet costs its pictures, not the clip
            continue


def _fitting(width: int, height: int, side: int) -> tuple[int, int]:
    """Width and height at most ``side`` long, both even."""
    scale = min(1.0, side / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
