"""Recorded clips made ready to be cameras: H.264 with a keyframe every two seconds, no sound."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.frame import VideoFrame

from placewatch.errors import StreamError

KEYFRAME_S = 2.0
"""Seconds between keyframes, as cameras are usually set."""

TICKS = Fraction(1, 90_000)

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

    Raises:
        StreamError: It cannot be decoded, or nothing of it lies in that span.
    """
    partial = target.with_name(f".{target.name}.part")
    try:
        with av.open(str(source)) as clip:
            if not clip.streams.video:
                raise StreamError("it has no video track", where=str(source), remedy="give a video file")
            written = _write(clip, partial, begin_s, end_s, progress)
        if not written:
            raise StreamError("no picture in it", where=str(source), remedy="check that it plays")
        partial.replace(target)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise StreamError(
            f"cannot be transcoded: {error}", where=str(source), remedy="check that ffmpeg plays it"
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _write(
    clip: InputContainer, target: Path, begin_s: float, end_s: float | None, progress: Progress
) -> int:
    stream = clip.streams.video[0]
    rate = stream.average_rate or Fraction(25)
    length = float(clip.duration or 0) / av.time_base
    span = (end_s or length or 1.0) - begin_s
    count = 0
    with av.open(str(target), "w", format="mp4") as out:
        options = {"preset": "veryfast", "crf": "20", "tune": "zerolatency"}
        video = out.add_stream("libx264", rate=rate, options=options)
        # 4:2:0 wants even sides; a camera's picture always has them.
        video.width, video.height = stream.width & ~1, stream.height & ~1
        video.pix_fmt = "yuv420p"
        video.codec_context.gop_size = max(1, round(float(rate) * KEYFRAME_S))
        video.codec_context.time_base = TICKS
        for frame, time in _between(clip, begin_s, end_s):
            picture = frame.reformat(video.width, video.height, "yuv420p")
            picture.pts = round((time - begin_s) / TICKS)
            picture.time_base = TICKS
            picture.pict_type = av.video.frame.PictureType.NONE
            out.mux(video.encode(picture))
            count += 1
            progress(min(1.0, (time - begin_s) / span))
        if count:
            out.mux(video.encode(None))
    progress(1.0)
    return count


def _between(clip: InputContainer, begin_s: float, end_s: float | None) -> Iterator[tuple[VideoFrame, float]]:
    stream = clip.streams.video[0]
    stream.thread_type = "AUTO"
    origin: float | None = None
    for frame in clip.decode(stream):
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
