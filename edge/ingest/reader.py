"""A camera's loop: open, read, decode, hand over; when it breaks, say why and try again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from edge.config import Camera
from edge.gate.gears import Gear, GearBox
from edge.gate.motion import MotionDetector
from edge.gate.relief import Place, Relief
from edge.gate.ring import PacketRing, RingBounds
from edge.ingest.backoff import Backoff
from edge.ingest.decode import Decoder
from edge.ingest.errors import StreamStalledError, ended, is_network, no_picture, safe_url, stalled
from edge.ingest.geared import GearedStream, Sample, Stirs
from edge.ingest.hardware import Hardware
from edge.ingest.progress import Progress
from edge.ingest.source import OPEN_S, Source, VideoPacket, open_source
from edge.ingest.stamps import Stamper, packet_times
from edge.ingest.status import CameraStatus
from edge.ingest.tap import ClipTap
from edge.ingest.timing import DriftMeter, Pacer, TimeAnchor
from edge.ingest.watchdog import Watchdog
from messages import CameraState
from placewatch.clock import Clock
from placewatch.errors import StreamError
from placewatch.logs import get_logger

_PROVEN_S = 30.0
"""A stream that lived this long was good: its next failure begins the backoff anew."""

REST_S = 0.4
"""While a camera rests its packets are taken in batches that gather for so long: to wake a thread for each of
them costs as much as to decode its keyframes. What it shows is seen later by no more than this."""

_PROMPT_S = 0.004
"""A packet that had lain ready comes sooner than this."""


@dataclass(slots=True)
class CameraReader:
    """Reads one camera until told to stop. It has no thread of its own: the runner gives it one.

    A clip in place of a camera is read in real time and begins again at its end.

    Attributes:
        camera: Which camera.
        fps: Pictures a second to hand over while awake.
        deliver: Takes each sampled picture; must not block.
        status: Where state and counters go.
        clock: Time.
        random: Gives numbers in [0, 1) for the backoff's jitter.
        backoff: Waits between attempts.
        open_s: Seconds that each step of opening may take.
        gears: Decides what is decoded.
        motion: Finds what moves; None where every picture is looked at whole, as it was meant to be seen.
        stirs: Where whoever looks says what wakes the camera.
        hardware: What decodes, if it can.
        ring: How many packets are kept.
        tap: Where pieces of the stream are asked for.
        relief: Shared by the cameras of a process: how much may be decoded while the box is overloaded.
    """

    camera: Camera
    fps: float
    deliver: Callable[[Sample], None]
    status: CameraStatus
    clock: Clock
    random: Callable[[], float]
    backoff: Backoff = field(default_factory=Backoff)
    open_s: float = OPEN_S
    gears: GearBox = field(default_factory=GearBox)
    motion: MotionDetector | None = field(default_factory=MotionDetector)
    stirs: Stirs = field(default_factory=Stirs)
    hardware: Hardware | None = None
    ring: RingBounds = field(default_factory=RingBounds)
    tap: ClipTap = field(default_factory=ClipTap)
    relief: Relief = field(default_factory=Relief)
    _index: int = 0
    _told: str = ""
    _fell_back: bool = False

    def run(self, stop: Event) -> None:
        """Read until ``stop`` is set; never raises for anything that a camera or clip can do."""
        failures = 0
        while not stop.is_set():
            began = self.clock.monotonic()
            try:
                self._session(stop)
            except StreamError as error:
                proven = self.clock.monotonic() - began >= _PROVEN_S
                failures = 1 if proven else failures + 1
                wait = self.backoff.delay(failures, self.random())
                self._tell(error, failures, wait)
                stop.wait(wait)
            else:
                failures = 0
            if not stop.is_set():
                self.status.reconnecting()

    def _tell(self, error: StreamError, failures: int, wait: float) -> None:
        state = CameraState.STALLED if isinstance(error, StreamStalledError) else CameraState.FAILED
        reason = f"{error.message} ({error.remedy}); attempt {failures + 1} in {wait:.0f} s"
        self.status.turn(state, reason)
        told, self._told = self._told, error.message
        log = get_logger(camera=self.camera.id, url=safe_url(self.camera.url), retry_s=round(wait, 1))
        # A camera that stays away says the same every half minute: once is a warning, the rest is background.
        tell = log.debug if error.message == told else log.warning
        tell("camera_lost", state=str(state), error=error.message, remedy=error.remedy)

    def _session(self, stop: Event) -> None:
        """Open and read once; returns at the end of a clip and at the stop."""
        camera = self.camera
        live = is_network(camera.url)
        if live:
            self.gears.reopened()  # a clip that begins again is what it was
        self.status.turn(CameraState.CONNECTING)
        with open_source(
            camera.url,
            transport=camera.transport,
            where=camera.id,
            open_s=self.open_s,
            read_s=camera.stall_s,
            hardware=self.hardware,
        ) as source:
            self.status.opened(source.info.codec)
            self._decoded_by(source.fallback)
            ring: PacketRing[VideoPacket] = PacketRing(self.ring)
            try:
                pictures = self._read(source, ring, stop, Pacer() if not live else None)
            finally:
                self.tap.ended(ring, source)
                self.relief.leaves(camera.id)
        if stop.is_set():
            return
        if live:
            raise ended(camera.url, where=camera.id)
        if not pictures:
            raise no_picture(camera.url, where=camera.id)

    def _read(self, source: Source, ring: PacketRing[VideoPacket], stop: Event, pacer: Pacer | None) -> int:
        """Pump packets until the source ends or ``stop``; the number of pictures seen."""
        decoder = Decoder(source, loop_filter=self.motion is None)
        anchor, drift = TimeAnchor(), DriftMeter()

        def place(dts: float | None) -> float:
            arrival = self.clock.now()
            drift.note(dts, arrival)
            return anchor.stamp(dts, arrival)

        stamper = Stamper(place, self._index)
        # Who is looked at whole never rests, so that it can be compared with.
        at = None if self.motion is None else Place(self.relief, self.camera.id, self.clock)
        stream = GearedStream(decoder, self.gears, self.stirs, self.fps, self.motion, ring, at)
        progress = Progress(self.status, stream, decoder, self.gears)
        asked = self.clock.monotonic()
        watchdog = Watchdog(self.camera.stall_s, asked)
        for packet in source.packets():
            if stop.is_set():
                break
            watchdog.packet()
            came = self.clock.monotonic()
            waited = came - asked if pacer is None else self._await(packet, pacer, came, stop)
            if at is not None and waited > _PROMPT_S:
                at.waited(came)
            stamp = stamper.stamp(packet) if packet.size else None
            for sample in stream.flush() if stamp is None else stream.feed(packet, stamp):
                self.deliver(sample)
            if stamp is not None and self.tap.waiting:
                self.tap.packet(stamp.time, ring, source)
            self._index = stamper.index
            now = self.clock.monotonic()
            if progress.note(now):
                watchdog.picture(now)
                self.status.remark("times", anchor.doubt)
                self.status.drifts(drift.rate())
                if progress.decoded:
                    self._streams(stream.size)
            elif watchdog.stalled(now):
                raise stalled(
                    self.camera.url, watchdog.waited(now), cause=watchdog.cause(), where=self.camera.id
                )
            self._gather(waited if pacer is None else 0.0, stop)
            asked = self.clock.monotonic()
        return stream.decoded

    def _await(self, packet: VideoPacket, pacer: Pacer, now: float, stop: Event) -> float:
        """Wait until a clip's packet is due; at rest a little longer: then the next ones are due as well.

        Returns:
            By how much it was early, seconds.
        """
        if not packet.size:
            return 0.0
        dts, pts = packet_times(packet)
        early = pacer.delay(pts if dts is None else dts, now)
        stop.wait(early + (REST_S if early and self._rests else 0.0))
        return early

    def _gather(self, waited: float, stop: Event) -> None:
        """At rest: a packet that was waited for was the newest; the next ones may gather in the kernel."""
        # Over UDP the kernel would throw away what it cannot hold.
        if waited > _PROMPT_S and self._rests and self.camera.transport == "tcp":
            stop.wait(REST_S)

    @property
    def _rests(self) -> bool:
        return self.gears.gear is Gear.IDLE

    def _decoded_by(self, fallback: str) -> None:
        self.status.remark("decoder", fallback)
        if fallback and not self._fell_back:
            get_logger(camera=self.camera.id).warning("hardware_decoder_missing", reason=fallback)
        self._fell_back = bool(fallback)

    def _streams(self, size: tuple[int, int]) -> None:
        if self.status.turn(CameraState.STREAMING):
            self._told = ""
            get_logger(camera=self.camera.id).info("camera_streaming", width=size[0], height=size[1])
