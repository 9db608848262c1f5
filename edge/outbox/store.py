"""What a worker needs of a spool: the box's own file, or the way to the process that has it."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from edge.memory import Memory
from edge.outbox.shelf import ShelfState
from edge.outbox.spool import MakeAlert
from messages import ClipPart, SpoolHealth


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

    def put_clip(self, parts: Sequence[ClipPart]) -> None:
        """Put an evidence clip on disk, until central has it or something more important needs the room."""
        ...

    def drop_clips(self) -> bool:
        """Give up all clips that wait, to make room; whether there were any."""
        ...

    def clips(self) -> ShelfState:
        """What waits of clips."""
        ...

    def close(self) -> None:
        """Be done with it; what is in it stays."""
        ...
