"""Cameras and clips as encoded packets: PyAV's demuxer, opened with limits and read with patience."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Self, TypeAlias
from urllib.parse import urlsplit

import av
import av.error
import av.stream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from edge.ingest.errors import explain, is_network, malformed, no_decoder, no_video, stalled
from edge.ingest.hardware import Hardware, fallback, missing
from placewatch.clock import SystemClock

Transport = Literal["tcp", "udp"]
VideoPacket: TypeAlias = "Packet[VideoStream]"

OPEN_S = 10.0
"""Seconds that each step of opening a camera may take: to answer, and to show what it sends."""

_RTSP = {
    "allowed_media_types": "video",  # an audio track is never set up
    "analyzeduration": "2000000",  # microseconds; the SDP has told all but the size
    "fpsprobesize": "2",
}


_CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a source says about its video.

    Attributes:
        codec: Such as ``h264``.
        width: Pixels; 0 when only the first picture will tell.
        height: Pixels; likewise.
        fps: Pictures per second as declared; 0 when unknown. Never trusted, only shown.
        duration_s: Length of a clip in seconds; 0 for a live stream.
    """

    codec: str
    width: int
    height: int
    fps: float
    duration_s: float


class Source:
    """An open camera or clip. Made by `open_source`; read and closed by one thread.

    Attributes:
        url: Its address.
        stream: PyAV's video stream, for a decoder.
        info: What the source says about it.
        fallback: Why it is decoded in software though hardware was wanted; empty when all is as wanted.
    """

    def __init__(
        self,
        url: str,
        container: InputContainer,
        stream: VideoStream,
        where: str,
        read_s: float,
        *,
        fallback: str = "",
    ) -> None:
        self.url = url
        self.fallback = fallback
        self.stream = stream
        self.info = _info(container, stream)
        self._container = container
        self._where = where
        self._read_s = read_s

    def packets(self) -> Iterator[VideoPacket]:
        """Encoded packets of the video track in the order in which they come; ends where the source ends.

        The last packet of a finished source is empty: it flushes the decoder.

        Raises:
            StreamStalledError: Nothing came within the read limit.
            StreamError: Reading failed.
        """
        try:
            yield from self._container.demux(self.stream)
        except av.error.ExitError as error:
            raise stalled(self.url, self._read_s, where=self._where) from error
        except (av.FFmpegError, OSError) as error:
            raise explain(error, self.url, where=self._where, limit=self._read_s) from error

    def close(self) -> None:
        """Hang up; safe to call twice."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_source(
    url: str,
    *,
    transport: Transport = "tcp",
    where: str = "",
    open_s: float = OPEN_S,
    read_s: float | None = None,
    hardware: Hardware | None = None,
) -> Source:
    """Open a camera (rtsp, rtsps) or a clip.

    Args:
        url: The address, or a path.
        transport: How RTP travels.
        where: Camera id for error lines.
        open_s: Seconds that each step of opening may take.
        read_s: Seconds that one packet may take; as long as it likes when None.
        hardware: What decodes it, if it can; software does otherwise, and `Source.fallback` says why.

    Raises:
        StreamError: It cannot be opened, is no video, or has a codec without decoder here.
    """
    if problem := malformed(url, where=where):
        raise problem
    options: dict[str, str] = {}
    lacks = missing(hardware) if hardware else ""
    settings = hardware.settings() if hardware and not lacks else None
    began = _CLOCK.monotonic()
    try:
        if is_network(url):
            _resolve(url)
            options = {**_RTSP, "rtsp_transport": transport}
        container = av.open(url, mode="r", options=options, timeout=(open_s, read_s), hwaccel=settings)
    except (av.FFmpegError, OSError) as error:
        # ffmpeg's RTSP client tells an interrupted wait as invalid data.
        timed_out = is_network(url) and _CLOCK.monotonic() - began >= open_s
        cause = TimeoutError() if timed_out else error
        raise explain(cause, url, where=where, limit=open_s) from error
    try:
        stream = _video(container, url, where)
        lacks = lacks or (_lack(stream) if hardware else "")
        why = fallback(hardware, lacks) if hardware and lacks else ""
        return Source(url, container, stream, where, read_s or 0.0, fallback=why)
    except BaseException:
        container.close()
        raise


def _resolve(url: str) -> None:
    """Ask for the host's address first: ffmpeg reports an unknown host as a bare input/output error."""
    parts = urlsplit(url)
    socket.getaddrinfo(parts.hostname, parts.port or 554, type=socket.SOCK_STREAM)


def _video(container: InputContainer, url: str, where: str) -> VideoStream:
    if not container.streams.video:
        raise no_video(url, where=where)
    stream = container.streams.video[0]
    # PyAV's types do not know that a stream without a decoder has no codec context.
    context: object = stream.codec_context
    if context is None:
        raise no_decoder(url, where=where)
    for other in container.streams:
        if other.index != stream.index:
            other.discard = av.stream.Discard.all
    return stream


def _lack(stream: VideoStream) -> str:
    context = stream.codec_context
    return "" if context.is_hwaccel else f"it has no decoder for {context.name}"


def _info(container: InputContainer, stream: VideoStream) -> StreamInfo:
    context = stream.codec_context
    length: int | None = container.duration
    return StreamInfo(
        codec=context.name,
        width=context.width,
        height=context.height,
        fps=float(stream.average_rate or 0),
        duration_s=length / av.time_base if length and length > 0 else 0.0,
    )
