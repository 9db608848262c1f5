"""How much one session or token may ask for: a token bucket in memory, for each process its own."""

import threading

_MOST = 50_000


class Rates:
    """Counts requests; safe to share between threads.

    A caller that was quiet may ask for a whole minute's share at once, and for one more in each
    ``60 / per_minute`` seconds from then on.
    """

    def __init__(self, per_minute: int) -> None:
        """Let ``per_minute`` requests of one caller pass in a minute."""
        self._full = float(per_minute)
        self._per_s = per_minute / 60.0
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, caller: str, now: float) -> float:
        """Count a request at ``now`` (monotonic seconds); 0 when it passes, else how long to wait."""
        with self._lock:
            left, since = self._left.get(caller, (self._full, now))
            left = min(self._full, left + (now - since) * self._per_s)
            passes = left >= 1.0
            self._left[caller] = (left - 1.0 if passes else left, now)
            if len(self._left) > _MOST:
                self._forget(now)
            return 0.0 if passes else (1.0 - left) / self._per_s

    def _forget(self, now: float) -> None:
        """Drop those who are full again; they begin anew without a difference."""
        full = [
            one for one, (left, at) in self._left.items() if left + (now - at) * self._per_s >= self._full
        ]
        for caller in full or list(self._left)[: _MOST // 2]:
            del self._left[caller]
