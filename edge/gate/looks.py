"""When each camera is looked at, and when all of its picture is."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

_TICK = 1e-3


@dataclass(frozen=True, slots=True)
class LookPolicy:
    """How often.

    Attributes:
        fps: Looks a second while awake.
        floor_s: Under load rates fall evenly down to a look in so many seconds; who waits longer goes first.
        full_every: Looks from one full look to the next: what never moved is found then.
        full_s: Seconds from one full look to the next, whatever the gate says and in either gear.
    """

    fps: float = 5.0
    floor_s: float = 2.0
    full_every: int = 50
    full_s: float = 60.0


class Turn:
    """One camera's place in the schedule.

    Args:
        policy: How often.
        now: When the camera joined, seconds of any steady clock.
    """

    def __init__(self, policy: LookPolicy, now: float) -> None:
        self._policy = policy
        self._last = now
        self._last_full = -inf
        self._since_full = 0

    def waited(self, now: float) -> float:
        """Seconds since the last look."""
        return max(0.0, now - self._last)

    def due(self, now: float) -> bool:
        """Whether it is time for the next look."""
        return self._last_full == -inf or self.waited(now) >= 1.0 / self._policy.fps - _TICK

    def late(self, now: float) -> bool:
        """Whether the camera waits longer than its floor: the box is overloaded."""
        return self.waited(now) > self._policy.floor_s

    def wants_all(self, now: float, doubt: str = "") -> bool:
        """Whether the next look should show the whole picture.

        Args:
            now: The time.
            doubt: Why the gate cannot be relied upon; empty when it can.
        """
        policy = self._policy
        return (
            bool(doubt)
            or self._since_full + 1 >= policy.full_every
            or now - self._last_full >= policy.full_s - _TICK
        )

    def looked(self, now: float, *, full: bool) -> None:
        """The camera was served."""
        self._last = now
        if full:
            self._last_full, self._since_full = now, 0
        else:
            self._since_full += 1

    def urgency(self, now: float) -> tuple[float, float]:
        """Sort key, the greatest goes first: floors overrun, then periods overrun."""
        floors = self.waited(now) / self._policy.floor_s
        return (floors if floors > 1.0 else 0.0, self.waited(now) * self._policy.fps)


def in_turn(turns: Mapping[str, Turn], now: float) -> list[str]:
    """Cameras by how badly they need a look; equals keep their order."""
    return sorted(turns, key=lambda name: turns[name].urgency(now), reverse=True)
