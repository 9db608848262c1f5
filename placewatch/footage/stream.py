"""One client's playing of one clip: pacing, looping, and where the packets go."""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from placewatch.clock import Clock
from placewatch.footage.clip import CLOCK_RATE, Clip
from placewatch.footage.faults import Faults
from placewatch.footage.rtp import RtpSender, payloads

REPORT_S = 5.0
"""Seconds between sender reports."""

STALL_STEP_S = 0.05
"""How often a stalled camera looks whether it may go on, seconds."""

MAX_BUFFERED = 4 * 1024 * 1024
"""A client that leaves this many bytes unread misses pictures up to the next keyframe."""


@dataclass(slots=True)
class Shelf:
    """A clip with its RTP payloads, made when first sent and shared by all clients.

    Attributes:
        clip: The clip.
        faults: What is wrong with this camera now.
    """

    clip: Clip
    faults: Faults = field(default_factory=Faults)
    _cut: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)

    def payloads(self, index: int, limit: int) -> list[bytes]:
        """RTP payloads of picture ``index`` with at most ``limit`` bytes each."""
        parts = self._cut.get((index, limit))
        if parts is None:
            parts = payloads(self.clip.codec, self.clip.pictures[index].nals, limit)
            self._cut[index, limit] = parts
        return parts


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where packets go.

    Attributes:
        rtp: Takes the RTP packets of one picture.
        rtcp: Takes one RTCP packet.
        waiting: Bytes that the client has not taken yet.
        limit: Largest RTP payload.
    """

    rtp: Callable[[list[bytes]], None]
    rtcp: Callable[[bytes], None]
    waiting: Callable[[], int]
    limit: int


def interleaved(transport: asyncio.WriteTransport, channel: int, limit: int) -> Outlet:
    """Packets inside the RTSP connection (RFC 2326 §10.12)."""

    def frame(number: int, packet: bytes) -> bytes:
        return struct.pack("!cBH", b"$", number, len(packet)) + packet

    def rtp(packets: list[bytes]) -> None:
        transport.write(b"".join([frame(channel, packet) for packet in packets]))

    def rtcp(packet: bytes) -> None:
        transport.write(frame(channel + 1, packet))

    return Outlet(rtp, rtcp, transport.get_write_buffer_size, limit)


async def play(shelf: Shelf, outlet: Outlet, sender: RtpSender, clock: Clock) -> None:
    """Send the clip in real time, again and again, with timestamps that go on.

    Ends when cancelled, or when the camera's fault is to disconnect.

    Args:
        shelf: What to send.
        outlet: Where to.
        sender: Numbers the packets.
        clock: For pacing (monotonic) and sender reports (wall clock).
    """
    faults = shelf.faults
    begin = clock.monotonic()
    reported = begin - REPORT_S
    position = Position(shelf.clip)
    skipping = False
    while not faults.disconnect:
        late = clock.monotonic() - begin - position.dts / CLOCK_RATE
        if faults.stalled:
            await asyncio.sleep(STALL_STEP_S)
            begin += max(0.0, clock.monotonic() - begin - position.dts / CLOCK_RATE)  # the clip waits too
            continue
        if late < 0 or late > 1.0:
            await asyncio.sleep(max(0.0, -late))  # late after a suspend: others must still run
        skew = round(faults.skew_s * CLOCK_RATE)
        if clock.monotonic() - reported >= REPORT_S:
            reported = clock.monotonic()
            outlet.rtcp(sender.report(clock.now(), position.dts + skew))
        full = outlet.waiting() > MAX_BUFFERED
        skipping = full or (skipping and not position.key)
        if not skipping:
            parts = faults.damage(shelf.payloads(position.index, outlet.limit))
            outlet.rtp(sender.packetise(parts, position.pts + skew))
        position.advance()


class Position:
    """Where a client is in an endless clip.

    Attributes:
        index: Number of the next picture in the clip.
    """

    def __init__(self, clip: Clip) -> None:
        self.index = 0
        self._clip = clip
        self._offset = 0

    @property
    def dts(self) -> int:
        """Its decoding time since the beginning, ticks; goes on over the loops."""
        return self._offset + self._clip.pictures[self.index].dts

    @property
    def pts(self) -> int:
        """Its presentation time since the beginning, ticks."""
        return self._offset + self._clip.pictures[self.index].pts

    @property
    def key(self) -> bool:
        """Whether it is a keyframe."""
        return self._clip.pictures[self.index].key

    def advance(self) -> None:
        """On to the next picture, over the end to the first."""
        self.index += 1
        if self.index == len(self._clip.pictures):
            self.index = 0
            self._offset += self._clip.duration
