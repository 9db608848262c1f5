"""Progress, not connection, is health: how long a stream has shown nothing new."""


class Watchdog:
    """Tells when no new picture has come for too long.

    Args:
        stall_s: Seconds without a picture after which the stream counts as stalled.
        now: The time at which waiting begins (any steady clock, seconds).
    """

    def __init__(self, stall_s: float, now: float) -> None:
        self._stall_s = stall_s
        self._since = now
        self._packets = 0

    def packet(self) -> None:
        """A packet came; it is no progress by itself."""
        self._packets += 1

    def picture(self, now: float) -> None:
        """A new picture came."""
        self._since = now
        self._packets = 0

    def waited(self, now: float) -> float:
        """Seconds since the last progress."""
        return max(0.0, now - self._since)

    def stalled(self, now: float) -> bool:
        """Whether it is time to reopen the stream."""
        return self.waited(now) >= self._stall_s

    def cause(self) -> str:
        """What the silence looks like, in words for the health message."""
        if self._packets:
            return f"{self._packets} packets came and none could be decoded"
        return "the camera sends nothing"
