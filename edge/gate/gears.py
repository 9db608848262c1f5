"""Which gear a camera is in: idle costs keyframes, awake sees everything.

The gate fails open: whatever cannot be relied upon (a GOP that is too long or was never measured, damage, a
new scene) keeps the camera awake, and `GearBox.reason` says why.
"""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from math import inf


class Gear(StrEnum):
    """What of a camera's stream is decoded."""

    IDLE = "idle"
    """Keyframes."""
    AWAKE = "awake"
    """Everything."""


@dataclass(frozen=True, slots=True)
class GearPolicy:
    """When a camera may rest.

    Attributes:
        calm_s: Idle again after so many seconds without anything to see.
        max_quiet_gap_s: Longest time between keyframes at which a camera may be idle.
        gaps: Gaps between keyframes that must have been measured, the longest of the last ones counts.
        error_s: So long after damage a camera stays awake.
        gate: False for a camera that must never be idle, such as a PTZ.
    """

    calm_s: float = 1.0
    max_quiet_gap_s: float = 2.5
    gaps: int = 2
    error_s: float = 10.0
    gate: bool = True


_SLACK = 1.1
"""Keyframes may come this many times later than measured before silence counts as a longer GOP."""

_REMEMBERED = 4

_LEAP = 5.0
"""A packet that comes this many times later than usual ..."""

_LEAP_S = 0.5
"""... and by more than this, shows that others are missing: its gap says nothing of the GOP."""

_SPARED_S = 5.0
"""Of a camera with rarer keyframes nothing is left out, however busy the box is."""

_UNSEEN_S = 0.5
"""Time in which a keyframe after packets that nobody saw must show something, or the camera rests."""

_NO_GATE = "its gate is off in the configuration"
_REFRESHED = "it refreshes its picture bit by bit (intra refresh): turn that off and set a keyframe interval"


class GearBox:
    """One camera's gear. Times are capture times in seconds; any steady clock will do.

    A box begins awake and may rest only after it has measured the camera's keyframes.

    Args:
        policy: When it may rest.
    """

    def __init__(self, policy: GearPolicy | None = None) -> None:
        self._policy = policy or GearPolicy()
        self._gear = Gear.AWAKE
        self._why = "the box has just begun to watch"
        self._gaps: deque[float] = deque(maxlen=_REMEMBERED)
        self._key: float | None = None
        self._before: float | None = None
        self._step = inf
        self._whole = True
        self._partial = False
        self._began: float | None = None
        self._until = -inf

    @property
    def gear(self) -> Gear:
        """The gear now, as `shift` left it."""
        return self._gear

    @property
    def reason(self) -> str:
        """Why it is awake; empty while idle."""
        return self._why if self._gear is Gear.AWAKE else ""

    @property
    def gop_s(self) -> float | None:
        """Seconds between keyframes: the longest of the last gaps; None while unknown."""
        return max(self._gaps) if self._gaps else None

    @property
    def sparable(self) -> bool:
        """Whether keyframes come often enough to leave out what lies before them, for want of time."""
        gop = self.gop_s
        return self._key is not None and not self._partial and (gop is None or gop <= _SPARED_S)

    def packet(self, time: float, *, keyframe: bool, partial: bool = False) -> None:
        """A packet came.

        Args:
            time: When.
            keyframe: Whether its picture needs no other.
            partial: Whether it only refreshes a part of the picture, as with intra refresh.
        """
        self._partial |= partial
        if self._began is None or time < self._began:
            self._began = time
        self._note_step(time)
        if not keyframe:
            return
        if self._key is not None and time > self._key and self._whole:
            self._gaps.append(time - self._key)
        self._key = time
        self._whole = True

    def _note_step(self, time: float) -> None:
        """Packets that are missing, or times that jump, must not pass for a long GOP."""
        before, self._before = self._before, time
        if before is None:
            return
        step = time - before
        if step > max(_LEAP_S, _LEAP * self._step) or step < -_LEAP_S:
            self._whole = False
            self._key = None if self._key is None else self._key + step
        elif step > 0:
            self._step = step if self._step == inf else self._step + 0.1 * (step - self._step)

    def stir(self, time: float, why: str) -> None:
        """There was something to see at ``time``: motion that is no nuisance, a new scene, a lost track."""
        self._hold(time + self._policy.calm_s, why)

    def unseen(self, time: float) -> None:
        """A packet was passed over while awake: whether all was calm, the next keyframe must show."""
        self._until = max(self._until, time + _UNSEEN_S)

    def damage(self, time: float) -> None:
        """A packet could not be decoded."""
        self._hold(time + self._policy.error_s, "packets could not be decoded")

    def reopened(self) -> None:
        """The stream was opened again: nothing that was measured holds any more."""
        self._gaps.clear()
        self._key = self._began = self._before = None
        self._step = inf
        self._whole = True
        self._partial = False
        self._until = -inf
        self._gear, self._why = Gear.AWAKE, "the stream has just been opened"

    def shift(self, now: float) -> Gear:
        """The gear from ``now`` (the newest packet's time) on."""
        # After a clock was set back nothing may hold the camera awake until the old time comes round again.
        self._until = min(self._until, now + max(self._policy.calm_s, self._policy.error_s))
        doubt = self._doubt(now)
        if doubt:
            self._gear, self._why = Gear.AWAKE, doubt
        elif now < self._until:
            self._gear = Gear.AWAKE
        else:
            self._gear, self._why = Gear.IDLE, ""
        return self._gear

    def _hold(self, until: float, why: str) -> None:
        if until >= self._until:
            self._until, self._why = until, why

    def _doubt(self, now: float) -> str:
        """Why keyframes alone cannot be relied upon; empty when they can."""
        policy = self._policy
        if not policy.gate or self._partial:
            return _NO_GATE if not policy.gate else _REFRESHED
        limit = policy.max_quiet_gap_s
        remedy = f"set its keyframe interval to {limit:g} s or less, or raise max_quiet_gap_s"
        if self._key is None:
            waited = 0.0 if self._began is None else now - self._began
            return f"no keyframe in {waited:.0f} s: {remedy}" if waited > limit else "no keyframe yet"
        silence = now - self._key
        if silence > limit * _SLACK:
            return f"no keyframe for {silence:.0f} s: {remedy}"
        gop = self.gop_s
        if gop is None or len(self._gaps) < policy.gaps:
            return "its keyframes are being measured"
        if gop > limit * _SLACK:
            return f"a keyframe only every {gop:.1f} s: {remedy}"
        return ""
