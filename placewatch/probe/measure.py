"""What a camera really sends, measured on its stream."""

import re
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from urllib.parse import urlsplit

import av.logging

from edge.detect.detections import Image
from edge.ingest.decode import DecodedPixels, Decoder
from edge.ingest.errors import is_network, no_picture
from edge.ingest.source import Source, StreamInfo, Transport, VideoPacket, open_source
from edge.ingest.stamps import packet_times
from placewatch.clock import Clock

OPEN_S = 10.0
READ_S = 10.0

MOST_S = 30.0
"""Seconds after which a stream without a second keyframe is given up."""

_BACKLOG_S = 1.0
"""What came while the stream was being opened is read within this, and says nothing about the network."""

_MISSED = re.compile(r"RTP: missed (\d+) packets")
_PRODUCER = struct.Struct("<q")
"""Head of ffmpeg's AVProducerReferenceTime: Unix microseconds, from the camera's RTCP sender reports."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A stream over some seconds.

    Attributes:
        codec: Such as ``h264``.
        width: Pixels.
        height: Pixels.
        declared_fps: As the stream declares it; 0 when it does not.
        fps: Pictures a second that came.
        kbit_s: Video's kilobits a second.
        seconds: How long was measured.
        pictures: Packets with a picture that came.
        keyframe_s: Longest time between keyframes, by the stream's clock; None when there was only one.
        keyframe_pictures: Median pictures from keyframe to keyframe; None likewise.
        open_s: From connecting to the first picture that could be shown.
        round_trip_s: Time of a TCP connection to the camera; None for a file.
        jitter_s: 95 % of packets came within so much of the quickest; None without timestamps.
        behind_s: Median time from capture, by the camera's clock (RTCP), to arrival, by ours: the delay if
            both clocks are right; None when the camera tells no time.
        lost: RTP packets that never came.
        damaged: Pictures that could not be decoded whole.
        decode_ms: Mean time to decode a picture.
        timestamps: Whether every packet had one that rose.
    """

    codec: str
    width: int
    height: int
    declared_fps: float
    fps: float
    kbit_s: float
    seconds: float
    pictures: int
    keyframe_s: float | None
    keyframe_pictures: float | None
    open_s: float
    round_trip_s: float | None
    jitter_s: float | None
    behind_s: float | None
    lost: int
    damaged: int
    decode_ms: float
    timestamps: bool


def measure(
    url: str,
    clock: Clock,
    *,
    transport: Transport = "tcp",
    where: str = "",
    seconds: float = 10.0,
    tell: Callable[[float], None] = lambda _: None,
) -> tuple[Measured, Image]:
    """Watch a camera.

    Args:
        url: Its address, with credentials.
        clock: Time.
        transport: How RTP travels.
        where: Camera id for error lines.
        seconds: How long, from its first keyframe on; longer until a second one came, up to `MOST_S`.
        tell: Told how far it is, 0 to 1.

    Returns:
        What was measured, and the first whole picture (H x W x 3 BGR, raw: redact it before it is shown).

    Raises:
        StreamError: It cannot be opened, breaks off, or shows no picture.
    """
    round_trip = _round_trip(url, clock)
    began = clock.monotonic()
    with _complaints() as complaints:
        source = open_source(url, transport=transport, where=where, open_s=OPEN_S, read_s=READ_S)
        with source:
            watch = _Watch(source, clock, began)
            for packet in source.packets():
                watch.see(packet)
                tell(min(1.0, watch.passed / seconds))
                if watch.passed >= seconds and (watch.gops or watch.passed >= MOST_S):
                    break
                if not watch.keys and clock.monotonic() - began > MOST_S:
                    break
    if watch.image is None:
        raise no_picture(url, where=where)
    return watch.sum(
        round_trip, lost=sum(int(found[1]) for found in map(_MISSED.search, complaints) if found)
    )


class _Watch:
    """Collects, packet by packet."""

    def __init__(self, source: Source, clock: Clock, began: float) -> None:
        self._info: StreamInfo = source.info
        self._clock = clock
        self._began = began
        self._decoder = Decoder(source)
        self._first: float | None = None
        self._last = 0.0
        self._bytes = 0
        self._pictures = 0
        self._late: list[float] = []
        self._behind: list[float] = []
        self._decode_s = 0.0
        self._open_s = 0.0
        self._uncounted = 1
        self._stamp: float | None = None
        self._origin: float | None = None
        self._sound = True
        self._shown = (0, 0)
        self.keys: list[tuple[int, float]] = []
        self.image: Image | None = None

    @property
    def passed(self) -> float:
        """Seconds since the first keyframe."""
        return 0.0 if self._first is None else self._last - self._first

    @property
    def _span(self) -> float:
        """Seconds from the first picture to the last, by the stream's clock where it has one.

        What came while the stream was opened waited, and is read all at once.
        """
        if self._sound and self._origin is not None and self._stamp is not None:
            return max(self._stamp - self._origin, 1e-3)
        return max(self.passed, 1e-3)

    @property
    def gops(self) -> list[tuple[int, float]]:
        """Pictures and seconds from keyframe to keyframe."""
        pairs = zip(self.keys, self.keys[1:], strict=False)
        return [(later[0] - sooner[0], later[1] - sooner[1]) for sooner, later in pairs]

    def see(self, packet: VideoPacket) -> None:
        if not packet.size:
            return
        now = self._clock.monotonic()
        if not self.keys and not packet.is_keyframe:
            return
        if self._first is None:
            self._first = now
        self._last = now
        dts, pts = packet_times(packet)
        stamp = pts if dts is None else dts
        if packet.is_keyframe:
            self.keys.append((self._pictures, now - self._first if stamp is None else stamp))
        self._pictures += 1
        self._bytes += packet.size
        self._times(packet, stamp, now)
        self._decode(packet)

    def _times(self, packet: VideoPacket, stamp: float | None, now: float) -> None:
        # The first picture of an RTP stream may come without a time.
        if self._pictures > 1:
            self._sound &= stamp is not None and (self._stamp is None or stamp > self._stamp)
        self._stamp = stamp
        if stamp is not None and self._origin is None:
            # A first picture without a time lies one step before the second; nobody will miss the step.
            self._origin, self._uncounted = stamp, self._pictures
        if stamp is not None and self.passed > _BACKLOG_S:
            self._late.append(now - stamp)
        if packet.has_sidedata("prft") and self.passed > _BACKLOG_S:
            captured = _PRODUCER.unpack_from(bytes(packet.get_sidedata("prft")))[0] / 1e6
            self._behind.append(self._clock.now() - captured)

    def _decode(self, packet: VideoPacket) -> None:
        errors, began = self._decoder.errors, self._clock.monotonic()
        shown = self._decoder.decode(packet)
        self._decode_s += self._clock.monotonic() - began
        if shown and self._decoder.errors == errors and self.image is None:
            self.image = DecodedPixels(shown[0]).bgr()
            self._open_s = self._clock.monotonic() - self._began

    def sum(self, round_trip: float | None, lost: int) -> tuple[Measured, Image]:
        """The figures.

        Raises:
            ValueError: There was no picture.
        """
        if self.image is None:
            msg = "no picture"
            raise ValueError(msg)
        height, width = self.image.shape[:2]
        passed = self._span
        gops = self.gops
        measured = Measured(
            codec=self._info.codec,
            width=width,
            height=height,
            declared_fps=self._info.fps,
            fps=max(0, self._pictures - self._uncounted) / passed,
            kbit_s=self._bytes * 8 / 1000 / passed,
            seconds=passed,
            pictures=self._pictures,
            keyframe_s=max((seconds for _, seconds in gops), default=None),
            keyframe_pictures=median(pictures for pictures, _ in gops) if gops else None,
            open_s=self._open_s,
            round_trip_s=round_trip,
            jitter_s=_spread(self._late) if self._sound else None,
            behind_s=median(self._behind) if self._behind else None,
            lost=lost,
            damaged=self._decoder.errors,
            decode_ms=self._decode_s * 1000 / self._pictures,
            timestamps=self._sound,
        )
        return measured, self.image


def _spread(late: list[float]) -> float | None:
    return quantiles(late, n=20)[-1] - min(late) if len(late) >= 20 else None


def _round_trip(url: str, clock: Clock) -> float | None:
    """Time of one TCP handshake; None where there is nothing to connect to (opening will say why)."""
    if not is_network(url):
        return None
    parts = urlsplit(url)
    try:
        address = socket.getaddrinfo(parts.hostname, parts.port or 554, type=socket.SOCK_STREAM)[0]
        with socket.socket(address[0], socket.SOCK_STREAM) as connection:
            connection.settimeout(OPEN_S)
            began = clock.monotonic()
            connection.connect(address[4])
            return clock.monotonic() - began
    except (OSError, ValueError):
        return None


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What ffmpeg says meanwhile; lost packets are told nowhere else."""
    said: list[str] = []
    before = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture(local=False) as logs:
            yield said
            said += [text for _, _, text in logs]
    finally:
        av.logging.set_level(before)
