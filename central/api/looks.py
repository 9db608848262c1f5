"""What was looked at a short while ago."""

import threading
from datetime import datetime, timedelta

AGAIN = timedelta(minutes=10)
"""Looking again at the same thing within this is the same look: a list that refreshes is no new viewing."""

_MOST = 100_000


class Looks:
    """What was looked at a short while ago; safe to share between threads."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._seen: dict[tuple[str, str, str], datetime] = {}
        self._lock = threading.Lock()

    def fresh(self, actor: str, kind: str, thing: str, now: datetime) -> bool:
        """Whether this look is a new one."""
        with self._lock:
            before = self._seen.get((actor, kind, thing))
            if before is not None and timedelta(0) <= now - before < AGAIN:
                return False
            if len(self._seen) >= _MOST:
                self._seen = {key: at for key, at in self._seen.items() if now - at < AGAIN}
            self._seen[(actor, kind, thing)] = now
            return True
