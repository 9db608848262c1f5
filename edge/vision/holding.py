"""A suspicion that must last before it counts."""

from dataclasses import dataclass
from typing import Final

_LEAST_LOOKS: Final = 3


@dataclass(slots=True)
class Holding:
    """How long a condition has held; a look or two that say otherwise do not end it at once.

    Attributes:
        gap_s: So long after the last look at which it held, a look that denies it ends it.
        since: Unix seconds at which it began; None while it does not hold.
    """

    gap_s: float
    since: float | None = None
    _last: float = 0.0
    _looks: int = 0

    def note(self, now: float, *, holds: bool) -> None:
        """One look."""
        if self.since is not None and (now < self.since or (not holds and now - self._last > self.gap_s)):
            self.clear()
        if holds:
            self.since = now if self.since is None else self.since
            self._last = now
            self._looks += 1

    def lasted(self, now: float, seconds: float) -> bool:
        """Whether it has held that long, and at more than a look or two."""
        return self.since is not None and now - self.since >= seconds and self._looks >= _LEAST_LOOKS

    def clear(self) -> None:
        """Start over."""
        self.since = None
        self._looks = 0
