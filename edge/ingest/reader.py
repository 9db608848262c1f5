"""A camera's loop: open, read, decode, hand over; when it breaks, say why and try again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from av.video.frame import VideoFrame

from edge.config import Camera
from edge.frame import Frame
from edge.ingest.backoff import Backoff
from edge.ingest.decode import Decoder, picture_time
from edge.ingest.errors import StreamStalledError, ended, is_network, no_picture, safe_url, stalled
from edge.ingest.source import OPEN_S, Source, open_source
from edge.ingest.status import CameraStatus
from edge.ingest.timing import Pacer, Sampler, TimeAnchor
from edge.ingest.watchdog import Watchdog
from messages import CameraState
from placewatch.clock import Clock
from placewatch.errors import StreamError
from placewatch.logs import get_logger

_PROVEN_S = 30.0
"""A stream that lived this long was good: its next failure begins the backoff anew."""


@dataclass(slots=True)
class CameraReader:
    """Reads one camera until told to stop. It has no thread of its own: the runner gives it one.

    A clip in place of a camera is read in real time and begins again at its end.

    Attributes:
        camera: Which camera.
        fps: Pictures a second to hand over.
        deliver: Takes each sampled picture; must not block.
        status: Where state and counters go.
        clock: Time.
        random: Gives numbers in [0, 1) for the backoff's jitter.
        backoff: Waits between attempts.
        open_s: Seconds that each step of opening may take.
    """

    camera: Camera
    fps: float
    deliver: Callable[[Frame], None]
    status: CameraStatus
    clock: Clock
    random: Callable[[], float]
    backoff: Backoff = field(default_factory=Backoff)
    open_s: float = OPEN_S
    _index: int = 0
    _told: str = ""

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
        self.status.turn(CameraState.CONNECTING)
        with open_source(
            camera.url, transport=camera.transport, where=camera.id, open_s=self.open_s, read_s=camera.stall_s
        ) as source:
            self.status.opened(source.info.codec)
            pictures = self._read(source, stop, Pacer() if not live else None)
        if stop.is_set():
            return
        if live:
            raise ended(camera.url, where=camera.id)
        if not pictures:
            raise no_picture(camera.url, where=camera.id)

    def _read(self, source: Source, stop: Event, pacer: Pacer | None) -> int:
        """Pump packets until the source ends or ``stop``; the number of pictures seen."""
        decoder = Decoder(source)
        times = _Times(TimeAnchor(), Sampler(self.fps))
        watchdog = Watchdog(self.camera.stall_s, self.clock.monotonic())
        for packet in source.packets():
            if stop.is_set():
                break
            watchdog.packet()
            errors = decoder.errors
            pictures = decoder.decode(packet)
            if pictures and pacer is not None:
                stop.wait(pacer.delay(picture_time(pictures[-1]), self.clock.monotonic()))
            if pictures:
                self._hand_over(pictures, decoder, times, decoder.errors - errors)
                watchdog.picture(self.clock.monotonic())
                continue
            self.status.damaged(decoder.errors - errors)
            now = self.clock.monotonic()
            if watchdog.stalled(now):
                raise stalled(
                    self.camera.url, watchdog.waited(now), cause=watchdog.cause(), where=self.camera.id
                )
        return decoder.decoded

    def _hand_over(self, pictures: list[VideoFrame], decoder: Decoder, times: "_Times", errors: int) -> None:
        time = 0.0
        for picture in pictures:
            time = times.anchor.stamp(picture_time(picture), self.clock.now())
            if times.sampler.wants(time):
                self.deliver(Frame(decoder.bgr(picture), time, self._index))
            self._index += 1
        size = pictures[-1].width, pictures[-1].height
        self.status.pictures(len(pictures), errors, size=size, time=time)
        if self.status.turn(CameraState.STREAMING):
            self._told = ""
            get_logger(camera=self.camera.id).info("camera_streaming", width=size[0], height=size[1])


@dataclass(frozen=True, slots=True)
class _Times:
    """What one session needs to place its pictures in time."""

    anchor: TimeAnchor
    sampler: Sampler
