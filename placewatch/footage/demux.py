"""Encoded pictures out of a container: packets as a byte stream, never decoded."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from placewatch.errors import StreamError
from placewatch.footage.nal import ParameterSets, header_nals, split_nals
from placewatch.footage.timeline import CLOCK_RATE, UNKNOWN

CODECS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
"""Codecs that travel as stored, and the filter that gives their byte stream."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a clip's video track is.

    Attributes:
        codec: FFmpeg's name of the codec.
        width: Pixels.
        height: Pixels.
        step: Ticks between two pictures, on average.
        parameters: Parameter sets that the container's header gives.
    """

    codec: str
    width: int
    height: int
    step: int
    parameters: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded picture (access unit) as the container has it.

    Attributes:
        dts: Decoding time, 90 kHz ticks, or `UNKNOWN`.
        pts: Presentation time, 90 kHz ticks, or `UNKNOWN`.
        key: Whether decoding can begin here.
        nals: NAL units without start codes; a keyframe's with all parameter sets.
    """

    dts: int
    pts: int
    key: bool
    nals: tuple[bytes, ...]


def video_of(container: InputContainer) -> VideoStream | None:
    """The first moving picture; the cover picture of a sound file is none."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def unreadable(path: Path, reason: object) -> StreamError:
    """The error for a file that is no video."""
    text = getattr(reason, "strerror", None) or str(reason)
    return StreamError(
        f"cannot be read as a video: {text}",
        where=str(path),
        remedy="give an MP4, MKV, AVI or TS file that ffmpeg plays, or take it out of the folder",
    )


def probe(path: Path) -> Format:
    """What the video track is.

    Raises:
        StreamError: It is not a video.
    """
    try:
        with av.open(str(path)) as container:
            stream = video_of(container)
            if stream is None:
                raise unreadable(path, "it has no video track")
            return _format(stream)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise unreadable(path, error) from error


def _format(stream: VideoStream) -> Format:
    context = stream.codec_context
    rate = stream.average_rate or stream.guessed_rate
    step = round(CLOCK_RATE / rate) if rate else CLOCK_RATE // 25
    codec = context.codec.canonical_name
    return Format(codec, context.width, context.height, max(1, step), _header_sets(stream, codec))


def _header_sets(stream: VideoStream, codec: str) -> tuple[bytes, ...]:
    header = stream.codec_context.extradata
    return ParameterSets(codec, tuple(header_nals(codec, header))).held if header and codec in CODECS else ()


def packets(path: Path) -> Iterator[Packet]:
    """All pictures of an H.264 or H.265 clip, once; always the same ones in the same order.

    A file that breaks off or is damaged gives what can be read of it.

    Raises:
        StreamError: It cannot be opened or has no such video track.
    """
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError, ValueError) as error:
        raise unreadable(path, error) from error
    with container:
        stream = video_of(container)
        if stream is None or (codec := stream.codec_context.codec.canonical_name) not in CODECS:
            raise unreadable(path, "it has no H.264 or H.265 video track")
        sets = ParameterSets(codec, _header_sets(stream, codec))
        yield from _pictures(container, stream, codec, sets)


def _pictures(
    container: InputContainer, stream: VideoStream, codec: str, sets: ParameterSets
) -> Iterator[Packet]:
    annexb = BitStreamFilterContext(CODECS[codec], stream)
    scale = (stream.time_base or Fraction(1, CLOCK_RATE)) * CLOCK_RATE
    for packet in _until_damage(container, stream):
        try:
            filtered = annexb.filter(packet if packet.size else None)
        except av.FFmpegError:
            continue  # a picture of which nothing can be made
        for part in filtered:
            if nals := tuple(split_nals(bytes(part))):
                key = bool(part.is_keyframe)
                yield Packet(
                    _ticks(part.dts, scale), _ticks(part.pts, scale), key, sets.complete(nals, key=key)
                )


def _until_damage(container: InputContainer, stream: VideoStream) -> "Iterator[av.Packet[VideoStream]]":
    demuxed = container.demux(stream)
    while True:
        try:
            packet = next(demuxed, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        yield packet


def _ticks(time: int | None, scale: Fraction) -> int:
    return UNKNOWN if time is None else round(time * scale)
