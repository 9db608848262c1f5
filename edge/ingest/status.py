"""What a camera's stream is doing: written by its ingest thread and the detector's, read for health."""

from dataclasses import dataclass, field, replace
from threading import Lock

from messages import CameraHealth, CameraState
from placewatch.clock import Clock, utc


@dataclass(frozen=True, slots=True)
class _Counts:
    """Counters since the worker's start, and what the newest picture looked like."""

    decoded: int = 0
    detected: int = 0
    errors: int = 0
    reconnects: int = 0
    codec: str = ""
    width: int = 0
    height: int = 0
    last_frame: float | None = None


@dataclass(slots=True)
class _Period:
    """Where the last health message left off."""

    since: float
    decoded: int = 0


@dataclass(slots=True)
class CameraStatus:
    """State and counters of one camera; every method may be called from any thread.

    Attributes:
        camera: Camera id.
        place: Place id.
        stall_s: Seconds without a picture after which a stream counts as stalled, whatever its thread says.
        clock: Where the time comes from.
    """

    camera: str
    place: str
    stall_s: float
    clock: Clock
    _state: CameraState = CameraState.CONNECTING
    _reason: str = ""
    _blind: str = ""
    _counts: _Counts = field(default_factory=_Counts)
    _progress: float = field(init=False)
    _period: _Period = field(init=False)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._progress = self.clock.monotonic()
        self._period = _Period(self._progress)

    def turn(self, state: CameraState, reason: str = "") -> bool:
        """Note the state and why; True when the state is another than before.

        Without a new reason the last one stays to be read until the camera streams.
        """
        with self._lock:
            changed = state is not self._state
            self._state = state
            self._reason = "" if state is CameraState.STREAMING else reason or self._reason
            return changed

    def opened(self, codec: str) -> None:
        """The stream answered; pictures may come."""
        with self._lock:
            self._counts = replace(self._counts, codec=codec)

    def reconnecting(self) -> None:
        """The stream is about to be opened again."""
        with self._lock:
            self._counts = replace(self._counts, reconnects=self._counts.reconnects + 1)

    def pictures(self, count: int, errors: int, *, size: tuple[int, int], time: float) -> None:
        """``count`` more pictures; the newest, of ``size`` (width, height), was captured at ``time``."""
        with self._lock:
            now = self._counts
            self._counts = replace(
                now,
                decoded=now.decoded + count,
                errors=now.errors + errors,
                width=size[0],
                height=size[1],
                last_frame=time,
            )
            self._progress = self.clock.monotonic()

    def damaged(self, errors: int) -> None:
        """Packets that gave no picture."""
        with self._lock:
            self._counts = replace(self._counts, errors=self._counts.errors + errors)

    def detected(self) -> None:
        """A picture went through the detector."""
        with self._lock:
            self._counts = replace(self._counts, detected=self._counts.detected + 1)
            self._blind = ""

    def blind(self, reason: str) -> None:
        """Pictures come, but the detector cannot examine them; stands until the next `detected`."""
        with self._lock:
            self._blind = reason

    def health(self, *, dropped: int) -> CameraHealth:
        """The camera's entry in a health message; begins a new period for its ``fps``.

        Args:
            dropped: Sampled pictures that were replaced before the detector took them.
        """
        with self._lock:
            now = self.clock.monotonic()
            counts = self._counts
            elapsed = now - self._period.since
            fps = (counts.decoded - self._period.decoded) / elapsed if elapsed > 0 else 0.0
            self._period = _Period(now, counts.decoded)
            state, reason = self._state, self._reason or self._blind
            if state is CameraState.STREAMING and now - self._progress >= self.stall_s:
                state, reason = CameraState.STALLED, f"no picture for {now - self._progress:.0f} s"
            return CameraHealth(
                camera=self.camera,
                place=self.place,
                state=state,
                reason=reason[:500],
                codec=counts.codec,
                width=counts.width,
                height=counts.height,
                fps=round(fps, 2),
                frames_decoded=counts.decoded,
                frames_detected=counts.detected,
                frames_dropped=dropped,
                decode_errors=counts.errors,
                reconnects=counts.reconnects,
                last_frame=utc(counts.last_frame) if counts.last_frame is not None else None,
            )
