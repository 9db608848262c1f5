"""When the pictures of a clip are decoded and shown: container times made fit for an endless stream."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLOCK_RATE = 90_000
"""RTP clock of video, ticks a second (RFC 6184 §5.1, RFC 7798 §4.1)."""

UNKNOWN = -(1 << 62)
"""A time that the container does not give."""

MAX_GAP = 5 * CLOCK_RATE
"""A longer gap between two pictures (a recorder that paused) is closed up, so that nobody waits; ticks."""

Ticks = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stamps:
    """What a container says about its pictures, in decoding order; arrays of one length.

    Attributes:
        dts: Decoding times, 90 kHz ticks, or `UNKNOWN`.
        pts: Presentation times, 90 kHz ticks, or `UNKNOWN`.
        key: Whether decoding can begin there.
    """

    dts: Ticks
    pts: Ticks
    key: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The pictures that are sent, in decoding order, times from zero; arrays of one length.

    Attributes:
        source: Number of each picture in the container's order.
        dts: Decoding times, strictly rising, the first is 0; 90 kHz ticks.
        pts: Presentation times from the same origin, all different, never before dts.
        key: Whether decoding can begin there; the first always.
        duration: Ticks until the loop begins again.
    """

    source: Ticks
    dts: Ticks
    pts: Ticks
    key: NDArray[np.bool_]
    duration: int

    def __len__(self) -> int:
        return len(self.dts)

    @property
    def fps(self) -> float:
        """Pictures a second, on average."""
        return len(self) * CLOCK_RATE / self.duration


def timeline(stamps: Stamps, usual_step: int) -> Timeline | None:
    """Put a clip's times in order; None when nothing in it can be decoded.

    Pictures before the first keyframe are left out, and those decoded after it but shown before it, which
    need pictures that are not there.

    Args:
        stamps: As read.
        usual_step: Ticks between two pictures where the container gives no times.
    """
    keys = np.flatnonzero(stamps.key)
    if not len(keys):
        return None
    first = keys[0]
    recorded = _shown(stamps.pts[first:], stamps.dts[first:], usual_step)
    wanted = np.flatnonzero(recorded >= recorded[0])
    source = wanted + first
    recorded, dts = recorded[wanted], stamps.dts[source]
    pts = _without_gaps(recorded)
    same = np.array_equal(pts, recorded)
    if not same or np.any(dts == UNKNOWN) or np.any(np.diff(dts) <= 0) or np.any(dts > pts):
        dts = _decoding_times(pts)
    step = int(np.median(np.diff(dts))) if len(dts) > 1 else usual_step
    pts, dts = pts - dts[0], dts - dts[0]
    # The next round must be neither decoded nor shown before this one's end.
    duration = int(max(dts[-1], pts.max() - pts[0])) + step
    return Timeline(source, dts, pts, stamps.key[source], duration)


def _shown(pts: Ticks, dts: Ticks, step: int) -> Ticks:
    """Presentation times, all known and all different."""
    if np.all(pts == UNKNOWN):
        pts = dts
    if np.all(pts == UNKNOWN):  # a raw stream has no times at all
        return np.arange(len(pts), dtype=np.int64) * step
    times = pts.tolist()
    taken: set[int] = set()
    latest = next(time for time in times if time != UNKNOWN) - step
    for index, given in enumerate(times):
        time = latest + step if given == UNKNOWN else given
        while time in taken:
            time += 1
        taken.add(time)
        times[index] = latest = time
    return np.array(times, np.int64)


def _without_gaps(pts: Ticks) -> Ticks:
    """The same order, with gaps over `MAX_GAP` closed up to the usual distance.

    Slow clips keep their pace: a gap is one that is also ten times the usual distance.
    """
    order = np.argsort(pts)
    gaps = np.diff(pts[order])
    if not len(gaps):
        return pts
    usual = int(np.median(gaps))
    cut = np.where((gaps > MAX_GAP) & (gaps > 10 * usual), gaps - usual, 0)
    result = pts.copy()
    result[order[1:]] -= np.cumsum(cut)
    return result


def _decoding_times(pts: Ticks) -> Ticks:
    """Decoding times that fit: the same instants in rising order, early enough for every picture."""
    rising = np.sort(pts)
    delay = int((rising - pts).max())
    return np.asarray(rising - delay, np.int64)
