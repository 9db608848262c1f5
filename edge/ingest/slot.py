"""Latest-frame slots: what lies between the cameras and the one detector that they share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class _Slot(Generic[T]):
    """One camera's place: at most one frame, never a queue."""

    fresh: list[T] = field(default_factory=list)
    dropped: int = 0


class LatestSlots(Generic[T]):
    """One latest-frame slot a camera; a slow taker makes frames drop, and never makes a camera wait.

    `put` is called by ingest threads, `take` by the inference thread. Takers are served round robin: after a
    camera has been served, every other camera with a fresh frame comes before it again.

    Args:
        names: The cameras, in the order in which they take turns.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._slots: dict[str, _Slot[T]] = {name: _Slot() for name in names}
        self._turn = list(names)
        self._changed = Condition()
        self._closed = False

    def put(self, name: str, frame: T) -> None:
        """Leave a camera's newest frame, replacing (and counting as dropped) one that nobody took."""
        with self._changed:
            slot = self._slots[name]
            slot.dropped += len(slot.fresh)
            slot.fresh[:] = [frame]
            self._changed.notify()

    def take(self, timeout: float | None = None) -> tuple[str, T] | None:
        """The next fresh frame in turn; None when ``timeout`` seconds brought none, or after `close`."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or any(s.fresh for s in self._slots.values()), timeout
            )
            for place, name in enumerate(self._turn):
                if self._slots[name].fresh:
                    self._turn.append(self._turn.pop(place))
                    return name, self._slots[name].fresh.pop()
            return None

    def dropped(self, name: str) -> int:
        """Frames of this camera that a newer one replaced before they were taken."""
        with self._changed:
            return self._slots[name].dropped

    def close(self) -> None:
        """Wake every waiting taker; frames that still lie here can be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
