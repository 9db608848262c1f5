"""Latest-frame slots: what lies between the cameras and the one detector that they share."""

from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")

BACKLOG = 32
"""Frames of one camera that may lie here when they must not be replaced."""


@dataclass(slots=True)
class _Slot(Generic[T]):
    """One camera's place: frames that are kept, oldest first, and behind them at most one that is not."""

    kept: deque[T] = field(default_factory=deque)
    fresh: list[T] = field(default_factory=list)
    dropped: int = 0

    def __bool__(self) -> bool:
        return bool(self.kept or self.fresh)

    def pop(self) -> T:
        return self.kept.popleft() if self.kept else self.fresh.pop()


def _newest(newer: T, older: T) -> T:
    del older
    return newer


class LatestSlots(Generic[T]):
    """One latest-frame slot a camera; a slow taker makes frames drop, and never makes a camera wait.

    `put` is called by ingest threads, `take` and `take_each` by the inference thread. What must not be
    replaced (a keyframe of an idle camera, what was decoded in retrospect) waits in a small backlog instead.

    Args:
        names: The cameras, in the order in which they take turns.
        merge: Makes of a frame and of the older one that it replaces what is left in the slot.
        backlog: Kept frames of one camera; beyond them the oldest is dropped, and counted.
    """

    def __init__(
        self, names: Sequence[str], merge: Callable[[T, T], T] = _newest, *, backlog: int = BACKLOG
    ) -> None:
        self._slots: dict[str, _Slot[T]] = {name: _Slot() for name in names}
        self._turn = list(names)
        self._merge = merge
        self._backlog = backlog
        self._changed = Condition()
        self._closed = False

    def put(self, name: str, frame: T, *, keep: bool = False) -> None:
        """Leave a camera's newest frame, replacing (and counting as dropped) one that nobody took.

        Args:
            name: The camera.
            frame: Its frame.
            keep: No newer frame may replace it.
        """
        with self._changed:
            slot = self._slots.get(name)
            if slot is None:  # it left while this picture was on its way
                return
            if keep:
                slot.dropped += len(slot.fresh)
                slot.fresh.clear()
                slot.kept.append(frame)
                if len(slot.kept) > self._backlog:
                    slot.kept.popleft()
                    slot.dropped += 1
            else:
                slot.dropped += len(slot.fresh)
                slot.fresh[:] = [self._merge(frame, slot.fresh[0]) if slot.fresh else frame]
            self._changed.notify()

    def add(self, name: str) -> None:
        """A camera joins, at the end of the turn."""
        with self._changed:
            if name not in self._slots:
                self._slots[name] = _Slot()
                self._turn.append(name)

    def remove(self, name: str) -> None:
        """A camera leaves; what is put for it from now on is thrown away."""
        with self._changed:
            if self._slots.pop(name, None) is not None:
                self._turn.remove(name)

    def take(self, timeout: float | None = None) -> tuple[str, T] | None:
        """The next frame in turn; None when ``timeout`` seconds brought none, or after `close`.

        After a camera has been served, every other one with a frame comes before it again.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or any(self._slots.values()), timeout)
            for place, name in enumerate(self._turn):
                if self._slots[name]:
                    self._turn.append(self._turn.pop(place))
                    return name, self._slots[name].pop()
            return None

    def take_each(self, timeout: float | None = None, *, but: Collection[str] = ()) -> dict[str, T]:
        """The oldest frame of every camera that has one, after waiting for the first at most ``timeout``.

        Args:
            timeout: Seconds; None waits until there is one, or until `close`.
            but: Cameras whose frames stay where they are.
        """
        with self._changed:
            others = [(name, slot) for name, slot in self._slots.items() if name not in but]
            self._changed.wait_for(lambda: self._closed or any(slot for _, slot in others), timeout)
            return {name: slot.pop() for name, slot in others if slot}

    def drop(self, name: str) -> None:
        """Count a frame that was taken and then not looked at."""
        with self._changed:
            if name in self._slots:
                self._slots[name].dropped += 1

    def dropped(self, name: str) -> int:
        """Frames of this camera that were given up before anybody looked at them."""
        with self._changed:
            return self._slots[name].dropped if name in self._slots else 0

    def close(self) -> None:
        """Wake every waiting taker; frames that still lie here can be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
