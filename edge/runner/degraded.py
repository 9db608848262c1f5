"""What keeps a box from its best and is no camera's fault: the disk, the clock, other programs."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.outbox.intake import Intake
from placewatch.clock import Clock

JUMP_S = 5.0
"""The wall clock may gain or lose so much against the steady one between two looks."""

_TOLD_S = 600.0
"""A jump is told for so long."""

BUSY = 0.95
"""Share of the processor's time in use from which on there is nothing left to take."""

OTHERS = 0.5
"""Share of the processor's time that others may take of a machine that is busy."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Processor time since the machine's start, seconds.

    Attributes:
        total: Of all processors.
        idle: Of it, unused.
        own: Of it, used by this program and its children.
    """

    total: float
    idle: float
    own: float


def read_effort(stat: Path = Path("/proc/stat")) -> Effort | None:
    """As Linux counts it; None where it does not."""
    try:
        fields = [float(each) for each in stat.read_text().split("\n", 1)[0].split()[1:9]]
        ticks = os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return None
    if len(fields) < 5:
        return None
    mine = os.times()
    own = mine.user + mine.system + mine.children_user + mine.children_system
    return Effort(sum(fields) / ticks, (fields[3] + fields[4]) / ticks, own)


def crowded(before: Effort, now: Effort) -> str:
    """What health says of other programs that leave this one too little; empty when they do not.

    Args:
        before: An earlier count.
        now: A later one.
    """
    total = now.total - before.total
    if total <= 0:
        return ""
    busy = 1.0 - (now.idle - before.idle) / total
    others = busy - (now.own - before.own) / total
    if busy < BUSY or others < OTHERS:
        return ""
    return f"other programs take {others:.0%} of the processor: cameras are looked at less often"


def jumped(wall_s: float, steady_s: float) -> float:
    """Seconds that the wall clock jumped while it should have gone ``steady_s``; 0 for none to speak of."""
    jump = wall_s - steady_s
    return jump if abs(jump) >= JUMP_S else 0.0


class Degraded:
    """Looks at each health message; one thread at a time.

    Args:
        clock: Time.
        effort: Counts processor time.
    """

    def __init__(self, clock: Clock, effort: Callable[[], Effort | None] = read_effort) -> None:
        self._clock, self._effort = clock, effort
        self._wall, self._steady = clock.now(), clock.monotonic()
        self._spent = effort()
        self._jump, self._until = 0.0, float("-inf")

    def look(self, intake: Intake | None = None) -> list[str]:
        """Sentences for the health message; none when all is well.

        Args:
            intake: The way into the spool, where this process has one.
        """
        found = [] if intake is None else [intake.trouble]
        return [text[:500] for text in (*found, self._clock_jump(), self._neighbours()) if text]

    def _clock_jump(self) -> str:
        wall, steady = self._clock.now(), self._clock.monotonic()
        jump = jumped(wall - self._wall, steady - self._steady)
        self._wall, self._steady = wall, steady
        if jump:
            self._jump, self._until = jump, steady + _TOLD_S
        if steady >= self._until:
            return ""
        return f"the clock jumped by {self._jump:+.0f} s: times of alerts before and after do not agree"

    def _neighbours(self) -> str:
        before, self._spent = self._spent, self._effort()
        return "" if before is None or self._spent is None else crowded(before, self._spent)
