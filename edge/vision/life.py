"""Whether a stream shows new pictures, or the same one over and over.

No two pictures of a live sensor are equal, but an encoder that has little to spend repeats blocks, and one
without noise to encode repeats whole pictures. So what is quiet is learned from the camera itself: one whose
pictures always differed has frozen when they stop to differ; one that has always repeated itself only when
nothing at all, not even a new keyframe, changed for very long.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from edge.gate.luma import Luma

_WINDOW_S: Final = 4.0
"""Of each window the quietest look is remembered ..."""

_WINDOWS: Final = 150
"""... and of so many windows (ten minutes) the quietest but one."""

_ROWS: Final = 2
"""Every so many rows tell as much of what changes, for less."""

_STEP: Final = 2
"""Grey levels: an encoder that polishes the same picture changes its pixels by no more."""

_LIVELY: Final = 0.00015
"""Share of pixels: a camera whose quiet looks change more than this is never still by itself."""

_REPEAT: Final = 0.1
"""Share of the usual quiet change below which a picture repeats the one before."""

_POP: Final = 6.0
"""Grey levels by which a new keyframe may change a part of a repeated picture."""

_REPEATS: Final = 0.7
"""Share of the looks that repeat; the others may be keyframes."""

_LEAST: Final = 3
_BLIND_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class _Look:
    time: float
    changed: float


class Life:
    """One camera's memory of how much its pictures differ.

    Args:
        frozen_s: A camera that is never still has frozen after this many seconds of repeats.
        still_s: One that may be still, after this many seconds without any change.
    """

    def __init__(self, frozen_s: float, still_s: float) -> None:
        self._frozen_s = frozen_s
        self._still_s = still_s
        self._before: Luma | None = None
        self._anchor: Luma | None = None
        self._looks: deque[_Look] = deque()
        self._identical: float | None = None
        self._window: list[_Look] = []
        self._quiet: deque[float] = deque(maxlen=_WINDOWS)

    def observe(self, fine: Luma, now: float) -> float | None:
        """One look.

        Args:
            fine: H x W luma; must not be altered afterwards.
            now: Its capture time: later than the last one's, else the stream is not running.

        Returns:
            Since when the picture is frozen, Unix seconds; None while it lives.
        """
        fine = fine[::_ROWS]
        before, self._before = self._before, fine
        last = self._looks[-1].time if self._looks else now
        if before is None or before.shape != fine.shape or not 0 <= now - last <= _BLIND_S:
            self._begin(fine, now)
            return None
        apart = np.asarray(cv2.absdiff(before, fine), np.uint8)
        changed = _share(apart, _STEP)
        self._identical = (
            None if cv2.countNonZero(apart) else (last if self._identical is None else self._identical)
        )
        if self._anchor is None or _differs(self._anchor, fine):
            self._anchor = fine
            self._looks.clear()
        self._looks.append(_Look(now, changed))
        while len(self._looks) > 1 and now - self._looks[0].time > self._frozen_s + _WINDOW_S:
            self._looks.popleft()
        usual = self._usual()
        self._remember(_Look(now, changed), usual)
        return self._frozen(usual, now)

    def _begin(self, fine: Luma, now: float) -> None:
        self._anchor = fine
        self._looks.clear()
        self._looks.append(_Look(now, 1.0))
        self._window.clear()
        self._identical = None

    def _usual(self) -> float:
        """Share of pixels that change in a quiet look of this camera; 0 while unknown."""
        return sorted(self._quiet)[:2][-1] if self._quiet else 0.0

    def _remember(self, look: _Look, usual: float) -> None:
        self._window.append(look)
        if look.time - self._window[0].time < _WINDOW_S:
            return
        changes = [each.changed for each in self._window]
        self._window.clear()
        # A window of little but repeats may be the freeze itself and teaches nothing. A camera that is still
        # by itself has told so before, by single repeats between livelier looks.
        if float(np.median(changes)) > _REPEAT * usual:
            self._quiet.append(min(changes))

    def _frozen(self, usual: float, now: float) -> float | None:
        if usual < _LIVELY:
            since = self._identical
            return since if since is not None and now - since >= self._still_s else None
        repeats = [look.changed <= _REPEAT * usual for look in self._looks]
        first = next((n for n, repeat in enumerate(repeats) if repeat), None)
        if first is None:
            return None
        looks, run = list(self._looks)[first:], repeats[first:]
        since = looks[0].time
        lasting = now - since >= self._frozen_s
        return since if lasting and sum(run) >= max(_LEAST, _REPEATS * len(run)) else None


def _share(apart: Luma, step: int) -> float:
    """Share of the pixels that differ by more than ``step``."""
    return float(cv2.countNonZero(cv2.threshold(apart, step, 255, cv2.THRESH_BINARY)[1])) / float(apart.size)


def _differs(anchor: Luma, now: Luma) -> bool:
    """Whether more than a keyframe's pop lies between two pictures."""
    apart = cv2.absdiff(anchor, now)
    size = (max(1, now.shape[1] // 8), max(1, _ROWS * now.shape[0] // 8))
    return bool(cv2.resize(apart, size, interpolation=cv2.INTER_AREA).max() > _POP)
