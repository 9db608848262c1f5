"""How often one address may try: a sliding window in memory, for each process its own."""

import threading
from collections import deque

_MOST_ADDRESSES = 50_000


class Attempts:
    """Counts attempts; safe to share between threads."""

    def __init__(self, limit: int, window_s: float = 60.0) -> None:
        """Let ``limit`` attempts pass in any ``window_s`` seconds."""
        self._limit = limit
        self._window_s = window_s
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait_s(self, address: str, now: float) -> float:
        """Count an attempt at ``now`` (monotonic seconds); 0 when it passes, else how long to wait."""
        with self._lock:
            times = self._times.setdefault(address, deque())
            while times and times[0] <= now - self._window_s:
                times.popleft()
            if len(times) >= self._limit:
                return times[0] + self._window_s - now
            times.append(now)
            if len(self._times) > _MOST_ADDRESSES:
                self._forget(now)
            return 0.0

    def _forget(self, now: float) -> None:
        old = [one for one, times in self._times.items() if not times or times[-1] <= now - self._window_s]
        for address in old or list(self._times)[: _MOST_ADDRESSES // 2]:
            del self._times[address]
