"""What a camera's stream is doing: written by its ingest thread and the detector's, read for health."""

from dataclasses import dataclass, field, replace
from threading import Lock

from edge.gate.gears import Gear
from messages import CameraGear, CameraHealth, CameraState
from placewatch.clock import Clock, utc

_BLIND = "looks"


@dataclass(frozen=True, slots=True)
class _Counts:
    """Counters since the worker's start, and what the newest picture looked like."""

    decoded: int = 0
    skipped: int = 0
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
    came: int = 0
    detected: int = 0
    dropped: int = 0


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
    _remarks: dict[str, str] = field(default_factory=dict)
    _gear: Gear = Gear.AWAKE
    _why_awake: str = ""
    _gop_s: float | None = None
    _counts: _Counts = field(default_factory=_Counts)
    _drift: float | None = None
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

    def pictures(
        self, count: int, errors: int, *, size: tuple[int, int], time: float, skipped: int = 0
    ) -> None:
        """``count`` more pictures; the newest, of ``size`` (width, height), was captured at ``time``.

        Args:
            count: Pictures decoded.
            errors: Packets that gave none, or a damaged one.
            size: Width and height.
            time: Unix seconds.
            skipped: Packets that were passed over while idle.
        """
        with self._lock:
            now = self._counts
            self._counts = replace(
                now,
                decoded=now.decoded + count,
                skipped=now.skipped + skipped,
                errors=now.errors + errors,
                width=size[0],
                height=size[1],
                last_frame=time,
            )
            self._progress = self.clock.monotonic()

    def alive(self, now: float) -> None:
        """A packet came that was passed over, as it should while idle (``now``: the clock's steady time)."""
        self._progress = now

    def shifted(self, gear: Gear, reason: str, gop_s: float | None = None) -> None:
        """The camera's gear, why it is awake, and the seconds between its keyframes, if they are known."""
        with self._lock:
            self._gear, self._why_awake, self._gop_s = gear, reason, gop_s

    def damaged(self, errors: int) -> None:
        """Packets that gave no picture."""
        with self._lock:
            self._counts = replace(self._counts, errors=self._counts.errors + errors)

    def detected(self, *, examined: bool = True) -> None:
        """A picture was looked at.

        Args:
            examined: The detector worked on it; else nothing in it deserved that, which proves nothing.
        """
        with self._lock:
            self._counts = replace(self._counts, detected=self._counts.detected + 1)
            if examined:
                self._remarks.pop(_BLIND, None)

    def blind(self, reason: str) -> None:
        """Pictures come, but the detector cannot examine them; stands until the next `detected`."""
        self.remark(_BLIND, reason)

    def remark(self, topic: str, text: str) -> None:
        """Say why a camera that streams is not well watched.

        Args:
            topic: What it is about: a later remark about the same replaces it.
            text: For the health message; empty when all is well again.
        """
        if text == self._remarks.get(topic, ""):
            return
        with self._lock:
            if text:
                self._remarks[topic] = text
            else:
                self._remarks.pop(topic, None)

    def down_s(self) -> float:
        """Seconds since the newest picture, or since the start while there was none."""
        with self._lock:
            return max(0.0, self.clock.monotonic() - self._progress)

    def drifts(self, rate: float | None) -> None:
        """Note by how much the stream's clock gains on the box's, seconds a second."""
        with self._lock:
            self._drift = rate

    def drift(self) -> float | None:
        """The last `drifts`."""
        with self._lock:
            return self._drift

    def why_down(self) -> str:
        """Why no picture comes, as far as the stream's thread knows; never holds a credential."""
        with self._lock:
            return self._reason or "the stream gives no picture"

    def _remarked(self, *more: str) -> str:
        return "; ".join(filter(None, (*self._remarks.values(), *more)))

    def health(self, *, dropped: int, load: float = 0.0) -> CameraHealth:
        """The camera's entry in a health message; begins a new period for its ``fps``.

        Args:
            dropped: Sampled pictures that were replaced before the detector took them.
            load: Share of the period that the detector was at work.
        """
        with self._lock:
            now = self.clock.monotonic()
            counts = self._counts
            elapsed = now - self._period.since
            came = counts.decoded + counts.skipped
            fps = (came - self._period.came) / elapsed if elapsed > 0 else 0.0
            looks = (counts.detected - self._period.detected) / elapsed if elapsed > 0 else 0.0
            missed = (dropped - self._period.dropped) / elapsed if elapsed > 0 else 0.0
            self._period = _Period(now, came, counts.detected, dropped)
            state, reason = self._state, self._reason or self._remarked(overload(looks, missed, load))
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
                frames_skipped=counts.skipped,
                frames_detected=counts.detected,
                frames_dropped=dropped,
                decode_errors=counts.errors,
                reconnects=counts.reconnects,
                gear=CameraGear(self._gear),
                gear_reason=self._why_awake[:500],
                gop_s=None if self._gop_s is None else round(self._gop_s, 3),
                looks_per_s=round(looks, 2),
                last_frame=utc(counts.last_frame) if counts.last_frame is not None else None,
            )


_BUSY = 0.85
"""Load from which on looks that are missed are missed for want of time, not by the chance of a moment."""

_MISSED = 0.1
"""Share of looks that may be missed without a word."""


def overload(looks: float, missed: float, load: float) -> str:
    """What health says of a camera that is looked at less often than it should be; empty when it is not.

    Args:
        looks: A second.
        missed: Pictures a second that should have been looked at, and were not.
        load: Share of the time that the detector was at work.
    """
    if load < _BUSY or missed <= _MISSED * (looks + missed):
        return ""
    return (
        f"the box is overloaded: {looks:.1f} looks a second instead of {looks + missed:.1f};"
        " lower fps, give it fewer cameras, or a faster provider"
    )
