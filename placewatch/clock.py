"""Time as an argument: the only module that reads the system's clocks."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What time it is; injected everywhere so that tests and replay own it."""

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that only go forward, from an arbitrary origin."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> float:
        """Seconds since the Unix epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that only go forward, from an arbitrary origin."""
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told: for tests and for replay."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        """The time last set, in seconds since the Unix epoch."""
        return self._now

    def monotonic(self) -> float:
        """The time last set."""
        return self._now

    def set(self, now: float) -> None:
        """Move the clock to ``now`` (seconds since the Unix epoch)."""
        self._now = now

    def advance(self, seconds: float) -> None:
        """Move the clock forward by ``seconds``."""
        self._now += seconds


def utc(seconds: float) -> datetime:
    """Unix seconds as an aware UTC datetime, rounded to the millisecond that messages carry."""
    return datetime.fromtimestamp(round(seconds, 3), UTC)
