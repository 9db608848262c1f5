"""When a picture was taken, and which pictures deserve a look."""

import math
from collections import deque

LATE_S = 3.0
"""A picture that seems later than this is a jump of a clock, not a slow network."""

_DRIFT = 1e-3
_TICK = 1e-3

_JUDGED = 50
"""Pictures over which the share of broken timestamps is averaged ..."""

_DOUBTED, _TRUSTED = 0.2, 0.05
"""... and the shares at which trust is lost and comes back."""

_DRIFT_WINDOW_S = 20.0
_DRIFT_WINDOWS = 31
_DRIFT_LEAST = 7
"""Windows of which a drift is told: two minutes let jitter of a second pass for under 1 %."""


class TimeAnchor:
    """Capture times from a stream's own timestamps, anchored to the wall clock.

    Arrival times jitter with the network; the stream's timestamps do not, but their origin is arbitrary and
    they may jump, wrap, stand still or be missing. The smallest (arrival - timestamp) seen is the stream's
    offset; it may creep up by 0.1 % of the elapsed time so that a camera with a slow clock is followed. Where
    the two clocks disagree by more than `LATE_S`, or the timestamps do not advance, the anchor starts afresh
    from the arrival.

    Times returned grow strictly, except when the wall clock itself was set back, and do not lie after the
    arrival but for the millisecond by which equal times are told apart.
    """

    def __init__(self) -> None:
        self._offset: float | None = None
        self._pts = math.nan
        self._arrival = 0.0
        self._last = -math.inf
        self._broken = 0.0
        self._doubt = ""

    @property
    def doubt(self) -> str:
        """Why the stream's timestamps are of no use; empty while they are. A single jump is no reason."""
        return self._doubt

    def stamp(self, pts: float | None, arrival: float) -> float:
        """Capture time of the picture that just came.

        Args:
            pts: The stream's timestamp in seconds, in presentation order; None when it has none.
            arrival: Wall clock, Unix seconds.

        Returns:
            Unix seconds.
        """
        known = pts is not None and math.isfinite(pts)
        time = self._anchored(pts, arrival) if pts is not None and known else arrival
        self._judge(broken=not known)
        if self._last - 2 * LATE_S < time <= self._last:
            time = self._last + _TICK
        self._last = time
        return time

    def _anchored(self, pts: float, arrival: float) -> float:
        candidate = arrival - pts
        advanced = pts > self._pts
        if self._offset is None:
            self._offset = candidate
        elif not advanced or abs(candidate - self._offset) > LATE_S:
            self._offset = candidate
            self._judge(broken=True)
        else:
            creep = _DRIFT * max(0.0, arrival - self._arrival)
            self._offset = min(candidate, self._offset + creep)
        self._pts = pts
        self._arrival = arrival
        return pts + self._offset

    def _judge(self, *, broken: bool) -> None:
        self._broken += (broken - self._broken) / _JUDGED
        if self._broken > _DOUBTED:
            self._doubt = "its timestamps are missing, jump or stand still: times of arrival are used instead"
        elif self._broken < _TRUSTED:
            self._doubt = ""


class DriftMeter:
    """How fast a stream's clock runs against the wall clock.

    Arrivals are late by what the network adds, never early: the least (arrival - timestamp) of each window
    lies near the truth, and its trend over minutes is the drift.
    """

    def __init__(self) -> None:
        self._windows: deque[tuple[float, float]] = deque(maxlen=_DRIFT_WINDOWS)
        self._begun: float | None = None
        self._least = math.inf
        self._last = math.nan

    def note(self, pts: float | None, arrival: float) -> None:
        """One picture: the stream's timestamp and the wall clock's time, seconds."""
        if pts is None or not math.isfinite(pts):
            return
        late = arrival - pts
        if math.isnan(self._last) or abs(late - self._last) > LATE_S:
            self._windows.clear()
            self._begun, self._least = None, math.inf
        self._last = late
        if self._begun is None:
            self._begun = arrival
        self._least = min(self._least, late)
        if not 0 <= arrival - self._begun < _DRIFT_WINDOW_S:
            self._windows.append((self._begun, self._least))
            self._begun, self._least = arrival, math.inf

    def rate(self) -> float | None:
        """Seconds by which the stream's clock gains on the wall clock in a second; None until it is known."""
        if len(self._windows) < _DRIFT_LEAST:
            return None
        (first, was), (last, is_now) = self._windows[0], self._windows[-1]
        return (was - is_now) / (last - first) if last > first else None


class Sampler:
    """Chooses about ``fps`` pictures a second by their times; a slower stream is looked at whole.

    Args:
        fps: Looks per second.
    """

    def __init__(self, fps: float) -> None:
        self._period = 1.0 / fps
        self._due = -math.inf

    def wants(self, time: float) -> bool:
        """Whether the picture of this time (seconds, any origin) is one to look at."""
        early = self._due - time
        if _TICK < early <= self._period + LATE_S:
            return False
        # Keeping the beat lets 12.5 pictures a second give 5 looks and not 4.2.
        on_beat = -self._period < early <= _TICK
        self._due = (self._due if on_beat else time) + self._period
        return True


class Pacer:
    """Plays a clip in real time: how long to wait before its next picture."""

    def __init__(self) -> None:
        self._origin: float | None = None

    def delay(self, pts: float | None, now: float) -> float:
        """Seconds to wait before the picture with timestamp ``pts`` is due (``now``: any steady clock)."""
        if pts is None:
            return 0.0
        if self._origin is None:
            self._origin = now - pts
        return min(max(0.0, self._origin + pts - now), LATE_S)
