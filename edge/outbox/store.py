"""What a worker needs of a spool: the box's own file, or the way to the process that has it."""

from collections.abc import Iterable
from typing import Protocol

from edge.memory import Memory
from edge.outbox.spool import MakeAlert
from messages import SpoolHealth


class AlertStore(Protocol):
    """See `edge.outbox.spool.Spool`, which is one; every method may raise `StoreError`."""

    session: str

    def append(self, make: MakeAlert, memory: Memory | None = None) -> object:
        """Number an alert and put it on disk, with what its rule remembers, in one transaction."""
        ...

    def remember(self, memories: Iterable[Memory]) -> None:
        """Put on disk what rules remember."""
        ...

    def memories(self) -> list[Memory]:
        """What rules remembered when it was last written."""
        ...

    def stats(self) -> SpoolHealth:
        """What waits, and what has happened in this session."""
        ...

    def close(self) -> None:
        """Be done with it; what is in it stays."""
        ...
