"""One client's playing of one clip: pacing, looping, and where the packets go."""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from placewatch.clock import Clock
from placewatch.footage.clip import Clip
from placewatch.footage.faults import Faults
from placewatch.footage.rtp import RtpSender, payloads
from placewatch.footage.tape import Tape
from placewatch.footage.timeline import CLOCK_RATE

REPORT_S = 5.0
"""Seconds between sender reports."""

STALL_STEP_S = 0.05
"""How often a stalled camera looks whether it may go on, seconds."""

MAX_LATE_S = 2.0
"""A server that slept longer than this (a suspended machine) goes on where it was, instead of catching up."""

MAX_BUFFERED = 4 * 1024 * 1024
"""A client that leaves this many bytes unread misses pictures up to the next keyframe."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A clip that is served.

    Attributes:
        clip: The clip.
        faults: What is wrong with this camera now.
    """

    clip: Clip
    faults: Faults = field(default_factory=Faults)

    @property
    def shown(self) -> Clip:
        """What is sent: the clip, or what a fault puts in its place."""
        return self.faults.instead or self.clip


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


class Player:
    """Sends a clip to one client in real time, again and again, with timestamps that go on.

    Args:
        shelf: What to send.
        sender: Numbers the packets.
        clock: For pacing (monotonic) and sender reports (wall clock).
    """

    def __init__(self, shelf: Shelf, sender: RtpSender, clock: Clock) -> None:
        self._shelf = shelf
        self._sender = sender
        self._clock = clock
        self._tape = Tape(shelf.shown)
        self._running = asyncio.Event()
        self._begin = 0.0  # monotonic moment of the tape's time 0
        self._reported = float("-inf")
        self._skipping = False

    @property
    def next_timestamp(self) -> int:
        """RTP time of the next picture."""
        return self._shelf.faults.timestamp(self._tape.pts)

    @property
    def paused(self) -> bool:
        """Whether the client asked for silence, or has not asked for pictures yet."""
        return not self._running.is_set()

    @property
    def silent(self) -> bool:
        """Whether nothing is to be sent now: it is paused, or its camera stalls."""
        return self.paused or self._shelf.faults.stalled

    def resume(self) -> None:
        """Go on, at the picture where it was."""
        if self.paused:
            self._begin = self._clock.monotonic() - self._tape.dts / CLOCK_RATE
            self._running.set()

    def pause(self) -> None:
        """Send nothing until `resume`."""
        self._running.clear()

    async def run(self, outlet: Outlet) -> None:
        """Play; ends when cancelled, or when the camera's fault is to disconnect.

        Raises:
            StreamError: The clip's file cannot be read any more.
        """
        faults = self._shelf.faults
        while not faults.disconnect:
            await self._running.wait()
            if faults.stalled:
                await self._stall()
                continue
            if self._shelf.shown is not self._tape.clip:
                self._tape = Tape(self._shelf.shown, self._tape.dts)
            nals = await self._tape.nals()
            await self._wait()
            await self._running.wait()  # it may have been paused meanwhile
            self._report(outlet)
            self._send(nals, outlet)
            self._tape.advance()

    async def _stall(self) -> None:
        """Nothing for a moment; the clip waits too."""
        await asyncio.sleep(STALL_STEP_S)
        self._begin += max(0.0, self._late())

    def _late(self) -> float:
        """Seconds since the picture was due; negative before."""
        due = self._shelf.faults.due(self._tape.dts / CLOCK_RATE)
        return self._clock.monotonic() - self._begin - due

    async def _wait(self) -> None:
        """Until the picture is due; at least once around the loop, so that others run."""
        late = self._late()
        if late > MAX_LATE_S:
            self._begin += late
        await asyncio.sleep(max(0.0, -late))

    def _report(self, outlet: Outlet) -> None:
        now = self._clock.monotonic()
        if now - self._reported >= REPORT_S:
            self._reported = now
            ticks = round((now - self._begin) * CLOCK_RATE)
            outlet.rtcp(self._sender.report(self._clock.now(), self._shelf.faults.timestamp(ticks)))

    def _send(self, nals: tuple[bytes, ...], outlet: Outlet) -> None:
        full = outlet.waiting() > MAX_BUFFERED
        self._skipping = full or (self._skipping and not self._tape.key)
        if self._skipping:
            return
        faults = self._shelf.faults
        parts = faults.damage(payloads(self._tape.clip.codec, nals, outlet.limit))
        outlet.rtp(faults.lose(self._sender.packetise(parts, faults.timestamp(self._tape.pts))))
