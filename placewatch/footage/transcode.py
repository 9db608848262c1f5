"""Recorded clips made ready to be cameras: H.264 with a keyframe every two seconds, no sound."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.codec import codecs_available
from av.container import InputContainer
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from placewatch.errors import StreamError
from placewatch.footage.demux import unreadable, video_of
from placewatch.footage.scratch import scratch
from placewatch.footage.timeline import CLOCK_RATE

KEYFRAME_S = 2.0
"""Seconds between keyframes, as cameras are usually set."""

_QUALITY = {
    # One thread: with more, pictures are cut into as many slices, and every machine makes another clip.
    "libx264": {"preset": "veryfast", "crf": "20", "tune": "zerolatency", "threads": "1"},
    "libopenh264": {"threads": "1", "rc_mode": "bitrate"},
}
"""Encoders in order of preference, with their options; the second is that of an FFmpeg without GPL parts."""

ENCODER = next((name for name in _QUALITY if name in codecs_available), "libx264")

ENCODING = {
    "libx264": "libx264 veryfast crf 20, one thread, keyframe every 2 s",
    "libopenh264": "libopenh264 0.2 bits a pixel, one thread, keyframe every 2 s",
}[ENCODER]
"""What the result depends on besides the source: a part of the cache's keys."""

_BITS_PER_PIXEL = 0.2
"""Of an encoder that is told a rate instead of a quality."""

MAX_RATE = 120
"""Containers with odd clocks claim thousands of pictures a second; keyframes are counted with no more."""

Progress = Callable[[float], None]
"""Told the share that is done, 0..1."""


def nothing(_share: float) -> None:
    """Progress that nobody watches."""


def transcode(
    source: Path,
    target: Path,
    *,
    begin_s: float = 0.0,
    end_s: float | None = None,
    progress: Progress = nothing,
) -> None:
    """Write the part of ``source`` from ``begin_s`` to before ``end_s`` as H.264 in MP4, atomically.

    Damaged pictures are left out.

    Raises:
        StreamError: It cannot be decoded, nothing of it lies in that span, or there is no room for it.
    """
    try:
        with av.open(str(source)) as clip:
            stream = video_of(clip)
            if stream is None:
                raise unreadable(source, "it has no video track")
            with scratch(target.parent) as work:
                written = _write(clip, stream, work / target.name, (begin_s, end_s), progress)
                if not written:
                    raise unreadable(source, "no picture of it can be decoded")
                (work / target.name).replace(target)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise StreamError(
            f"cannot be made H.264: {getattr(error, 'strerror', None) or error}",
            where=str(source),
            remedy=f"check that ffmpeg plays it, and that {target.parent} can be written",
        ) from error


def _write(
    clip: InputContainer,
    stream: VideoStream,
    target: Path,
    span: tuple[float, float | None],
    progress: Progress,
) -> int:
    begin_s, end_s = span
    length = (end_s or float(clip.duration or 0) / av.time_base or 1.0) - begin_s
    count = 0
    latest = -1
    with av.open(str(target), "w", format="mp4") as out:
        video = _encoder(out, stream)
        for frame, time in _between(clip, stream, begin_s, end_s):
            picture = frame.reformat(video.width, video.height, "yuv420p")
            picture.pts = latest = max(round((time - begin_s) * CLOCK_RATE), latest + 1)
            picture.time_base = Fraction(1, CLOCK_RATE)
            picture.pict_type = PictureType.NONE
            out.mux(video.encode(picture))
            count += 1
            progress(min(1.0, (time - begin_s) / length))
        if count:
            out.mux(video.encode(None))
    progress(1.0)
    return count


def _encoder(out: av.container.OutputContainer, stream: VideoStream) -> VideoStream:
    rate = min(stream.average_rate or stream.guessed_rate or Fraction(25), Fraction(MAX_RATE))
    video = cast("VideoStream", out.add_stream(ENCODER, rate=rate, options=dict(_QUALITY[ENCODER])))
    # 4:2:0 wants even sides; a camera's picture always has them.
    video.width, video.height = max(2, stream.width & ~1), max(2, stream.height & ~1)
    video.pix_fmt = "yuv420p"
    if "crf" not in _QUALITY[ENCODER]:
        video.bit_rate = round(_BITS_PER_PIXEL * video.width * video.height * float(rate))
    video.codec_context.gop_size = max(1, round(float(rate) * KEYFRAME_S))
    video.codec_context.time_base = Fraction(1, CLOCK_RATE)
    return video


def _between(
    clip: InputContainer, stream: VideoStream, begin_s: float, end_s: float | None
) -> Iterator[tuple[VideoFrame, float]]:
    """Pictures of the span with their seconds since the clip's first picture."""
    origin: float | None = None
    for frame in _decoded(clip, stream):
        seconds: float | None = frame.time  # PyAV's types do not know pictures without a time
        if seconds is None:
            continue
        origin = seconds if origin is None else origin
        time = seconds - origin
        # Half a millisecond: a cut named with three decimals must not lose its first picture.
        if end_s is not None and time >= end_s - 0.0005:
            return
        if time >= begin_s - 0.0005:
            yield frame, time


def _decoded(clip: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """All pictures that can be decoded; what is damaged is passed over, and a file may break off."""
    stream.thread_type = "AUTO"
    packets = clip.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            continue
        yield from frames
