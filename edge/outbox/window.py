"""Which alerts are on their way, and when one must be sent again: decisions only, no sockets.

A message is *in flight* until the broker acknowledges it, and *open* until central's receipt. PUBACK promises
nothing (a broker that is killed forgets), so an open message is sent again when its receipt is late. While
central is silent altogether only a few are, as a probe: repeating a long queue every half minute would help
nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is sent at once.

    Attributes:
        in_flight: Most messages without the broker's acknowledgement.
        open: Most messages without central's receipt.
        resend_s: A receipt is late after this long; the wait doubles with each repeat of a message ...
        doublings: ... this many times.
        probe: Messages repeated at a time while central is silent.
        grace_s: Time that central has for the rest when it speaks again.
        stuck_s: A broker that has not acknowledged a message for this long is broken.
    """

    in_flight: int = 64
    open: int = 1000
    resend_s: float = 30.0
    doublings: int = 2
    probe: int = 8
    grace_s: float = 5.0
    stuck_s: float = 60.0


@dataclass(slots=True)
class _Sent:
    due: float
    times: int = 1


@dataclass(slots=True)
class Window:
    """The messages of one connection; times are seconds of a monotonic clock.

    Attributes:
        pace: How much is sent at once.
        cursor: The last number that was sent over this connection for the first time.
    """

    pace: Pace = field(default_factory=Pace)
    cursor: int = 0
    _open: dict[int, _Sent] = field(default_factory=dict)
    _flying: dict[int, tuple[int, float]] = field(default_factory=dict)
    _heard: float | None = None

    @property
    def waiting(self) -> int:
        """Messages without a receipt."""
        return len(self._open)

    def room(self) -> int:
        """How many new messages may be sent now."""
        return max(0, min(self.pace.in_flight - len(self._flying), self.pace.open - len(self._open)))

    def sent(self, seq: int, mid: int, now: float) -> None:
        """Number ``seq`` was handed to the broker as packet ``mid``."""
        if self._heard is None:
            self._heard = now
        self._flying[mid] = (seq, now)
        self.cursor = max(self.cursor, seq)
        before = self._open.get(seq)
        times = 1 if before is None else before.times + 1
        self._open[seq] = _Sent(now + self.pace.resend_s * 2 ** min(times - 1, self.pace.doublings), times)

    def acknowledged(self, mid: int) -> int | None:
        """The broker has packet ``mid``: the number it carried, or None for a packet of another kind."""
        seq, _ = self._flying.pop(mid, (None, 0.0))
        return seq

    def stuck(self, now: float) -> bool:
        """Whether the broker fails to acknowledge."""
        return any(now - at >= self.pace.stuck_s for _, at in self._flying.values())

    def settled(self, seqs: Iterable[int], now: float) -> None:
        """Central has spoken about these; what it has not spoken about yet gets a grace after a silence."""
        if self.silent(now):
            for one in self._open.values():
                one.due = min(one.due, now + self.pace.grace_s) if one.due > now else now + self.pace.grace_s
        self._heard = now
        for seq in seqs:
            self._open.pop(seq, None)

    def silent(self, now: float) -> bool:
        """Whether messages are open and no receipt has come for ``resend_s``."""
        return bool(self._open) and self._heard is not None and now - self._heard >= self.pace.resend_s

    def silence_s(self, now: float) -> float:
        """Seconds without a receipt while messages are open."""
        return now - self._heard if self._open and self._heard is not None else 0.0

    def overdue(self, now: float) -> list[int]:
        """Numbers to send again now, oldest first, as many as there is room for."""
        most = self.pace.in_flight - len(self._flying)
        if self.silent(now):
            most = min(most, self.pace.probe)
            oldest = sorted(self._open)[: self.pace.probe]
            late = [seq for seq in oldest if self._open[seq].due <= now]
        else:
            late = sorted(seq for seq, one in self._open.items() if one.due <= now)
        return late[: max(0, most)]

    def gone(self, seq: int) -> None:
        """The spool has given up number ``seq``."""
        self._open.pop(seq, None)
