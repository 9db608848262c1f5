"""A clip as encoded pictures, ready to be sent: read once, never decoded."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.video.stream import VideoStream

from placewatch.errors import StreamError

CLOCK_RATE = 90_000
"""RTP clock of video, ticks a second (RFC 6184 §5.1, RFC 7798 §4.1)."""

CODECS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
"""Codecs that travel as stored, and the filter that gives their byte stream."""

MAX_CLIP_BYTES = 512 * 1024 * 1024
"""A longer clip is refused: clips are held in memory, shared by all clients."""


UNKNOWN = -(1 << 62)
"""A time that the container does not give."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded picture (access unit).

    Attributes:
        dts: Decoding time from the clip's start, 90 kHz ticks.
        pts: Presentation time from the same origin, 90 kHz ticks; may differ from dts where B-frames are.
        key: Whether decoding can begin here.
        nals: NAL units without start codes, parameter sets included.
    """

    dts: int
    pts: int
    key: bool
    nals: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """A whole clip.

    Attributes:
        name: Its name on the server.
        codec: ``h264`` or ``hevc``.
        width: Pixels.
        height: Pixels.
        fps: Pictures a second, on average.
        duration: Ticks until the loop begins again.
        parameters: Parameter sets (H.264: SPS, PPS; H.265: VPS, SPS, PPS) in that order.
        pictures: In decoding order, beginning with a keyframe.
    """

    name: str
    codec: str
    width: int
    height: int
    fps: float
    duration: int
    parameters: tuple[bytes, ...]
    pictures: tuple[Picture, ...]


def codec_of(path: Path) -> str:
    """Codec name of the clip's video track.

    Raises:
        StreamError: It is not a video.
    """
    try:
        with av.open(str(path)) as container:
            if container.streams.video:
                return container.streams.video[0].codec.name
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _no_video(path, str(error)) from error
    raise _no_video(path, "it has no video track")


def _no_video(path: Path, reason: str) -> StreamError:
    return StreamError(
        f"cannot be read as a video: {reason}",
        where=str(path),
        remedy="give an MP4, MKV, AVI or TS file that ffmpeg plays, or take it out of the folder",
    )


def load_clip(path: Path, name: str) -> Clip:
    """Read all packets of an H.264 or H.265 clip.

    Raises:
        StreamError: Not a video, another codec, no keyframe, or too large to hold.
    """
    if path.stat().st_size > MAX_CLIP_BYTES:
        raise StreamError(
            f"has {path.stat().st_size >> 20} MiB, over the limit of {MAX_CLIP_BYTES >> 20} MiB",
            where=str(path),
            remedy="cut it into shorter clips",
        )
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise _no_video(path, "it has no video track")
            stream = container.streams.video[0]
            if stream.codec.name not in CODECS:
                raise _no_video(path, f"{stream.codec.name} is not sent as it is; transcode it first")
            pictures = _normal(list(_pictures(container, stream)), stream.average_rate)
            context = stream.codec_context
            size = context.width, context.height
            codec = stream.codec.name
    except (av.FFmpegError, OSError, ValueError) as error:
        raise _no_video(path, str(error)) from error
    if not pictures:
        raise _no_video(path, "it has no keyframe")
    step = _step(pictures)
    duration = pictures[-1].dts - pictures[0].dts + step
    parameters = _parameters(codec, pictures[0].nals)
    fps = len(pictures) * CLOCK_RATE / duration
    return Clip(name, codec, *size, fps, duration, parameters, tuple(pictures))


def _pictures(container: InputContainer, stream: VideoStream) -> Iterator[Picture]:
    annexb = BitStreamFilterContext(CODECS[stream.codec.name], stream)
    scale = (stream.time_base or Fraction(1, CLOCK_RATE)) * CLOCK_RATE
    for packet in container.demux(stream):
        for filtered in annexb.filter(packet if packet.size else None):
            nals = tuple(split_nals(bytes(filtered)))
            if not nals:
                continue
            pts, dts = _ticks(filtered.pts, scale), _ticks(filtered.dts, scale)
            shown = dts if pts == UNKNOWN else pts
            yield Picture(dts, shown, bool(filtered.is_keyframe), nals)


def _ticks(time: int | None, scale: Fraction) -> int:
    return UNKNOWN if time is None else round(time * scale)


def _normal(pictures: list[Picture], rate: Fraction | None) -> list[Picture]:
    """From the first keyframe on, times from zero, decoding times strictly rising."""
    first = next((index for index, picture in enumerate(pictures) if picture.key), len(pictures))
    pictures = pictures[first:]
    if not pictures:
        return []
    step = round(CLOCK_RATE / rate) if rate else CLOCK_RATE // 25
    shown = _times([picture.pts for picture in pictures], step)
    decoded = [picture.dts for picture in pictures]
    if UNKNOWN in decoded or any(b <= a for a, b in pairwise(decoded)):
        decoded = _decoding_times(shown)
    origin = decoded[0]
    return [
        Picture(dts - origin, max(pts - origin, 0), picture.key, picture.nals)
        for picture, dts, pts in zip(pictures, decoded, shown, strict=True)
    ]


def _times(times: list[int], step: int) -> list[int]:
    """Presentation times; a raw stream has none, and then they are counted."""
    if UNKNOWN in times or len(set(times)) < len(times):
        return [index * step for index in range(len(times))]
    return times


def _decoding_times(shown: list[int]) -> list[int]:
    """Decoding times that fit: the same instants in rising order, early enough for every picture."""
    rising = sorted(shown)
    delay = max(late - pts for late, pts in zip(rising, shown, strict=True))
    return [time - delay for time in rising]


def _step(pictures: list[Picture]) -> int:
    """The usual time between two pictures, ticks (median)."""
    gaps = sorted(b.dts - a.dts for a, b in pairwise(pictures))
    return gaps[len(gaps) // 2] if gaps else CLOCK_RATE // 25


def split_nals(stream: bytes) -> Iterator[bytes]:
    """NAL units of a byte stream with start codes (ITU-T H.264 annex B)."""
    begin = stream.find(b"\x00\x00\x01")
    while begin >= 0:
        end = stream.find(b"\x00\x00\x01", begin + 3)
        nal = stream[begin + 3 : end if end >= 0 else len(stream)]
        if end >= 0 and nal.endswith(b"\x00"):
            nal = nal[:-1]  # the next start code has four bytes
        if nal:
            yield nal
        begin = end


def nal_type(codec: str, nal: bytes) -> int:
    """The NAL unit's type number (H.264 table 7-1, H.265 table 7-1)."""
    return nal[0] & 0x1F if codec == "h264" else (nal[0] >> 1) & 0x3F


PARAMETER_TYPES = {"h264": (7, 8), "hevc": (32, 33, 34)}
"""NAL types of parameter sets, in the order in which they are sent."""


def _parameters(codec: str, nals: tuple[bytes, ...]) -> tuple[bytes, ...]:
    order = PARAMETER_TYPES[codec]
    found = {kind: nal for nal in reversed(nals) if (kind := nal_type(codec, nal)) in order}
    return tuple(found[kind] for kind in order if kind in found)
