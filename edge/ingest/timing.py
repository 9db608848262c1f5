"""When a picture was taken, and which pictures deserve a look."""

import math

LATE_S = 3.0
"""A picture that seems later than this is a jump of a clock, not a slow network."""

_DRIFT = 1e-3
_TICK = 1e-3


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

    def stamp(self, pts: float | None, arrival: float) -> float:
        """Capture time of the picture that just came.

        Args:
            pts: The stream's timestamp in seconds, in presentation order; None when it has none.
            arrival: Wall clock, Unix seconds.

        Returns:
            Unix seconds.
        """
        time = arrival if pts is None or not math.isfinite(pts) else self._anchored(pts, arrival)
        if self._last - 2 * LATE_S < time <= self._last:
            time = self._last + _TICK
        self._last = time
        return time

    def _anchored(self, pts: float, arrival: float) -> float:
        candidate = arrival - pts
        advanced = pts > self._pts
        if self._offset is None or not advanced or abs(candidate - self._offset) > LATE_S:
            self._offset = candidate
        else:
            creep = _DRIFT * max(0.0, arrival - self._arrival)
            self._offset = min(candidate, self._offset + creep)
        self._pts = pts
        self._arrival = arrival
        return pts + self._offset


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
