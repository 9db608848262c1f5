"""The encoded packets of one camera's last seconds: what was not decoded at first can still be."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """One packet.

    Attributes:
        time: Its capture time, Unix seconds.
        keyframe: Whether decoding may begin here.
        size: Bytes.
        packet: The packet itself.
    """

    time: float
    keyframe: bool
    size: int
    packet: T


@dataclass(frozen=True, slots=True)
class RingBounds:
    """What a ring may hold; the older packets go first.

    Attributes:
        seconds: From the oldest packet to the newest, beyond the GOP that is being filled.
        bytes: Of all packets. A GOP that alone is larger cannot be kept.
    """

    seconds: float = 10.0
    bytes: int = 16 * 1024 * 1024


class PacketRing(Generic[T]):
    """Packets in the order of their decoding, always beginning with a keyframe.

    Args:
        bounds: How much is kept.
    """

    def __init__(self, bounds: RingBounds | None = None) -> None:
        self._bounds = bounds or RingBounds()
        self._entries: deque[Entry[T]] = deque()
        self._keyframes: deque[int] = deque()
        self._first = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """Bytes held."""
        return self._bytes

    @property
    def seconds(self) -> float:
        """From the oldest packet to the newest."""
        return self._entries[-1].time - self._entries[0].time if self._entries else 0.0

    def add(self, entry: Entry[T]) -> None:
        """Keep a packet; what comes before the first keyframe is of no use and is passed over."""
        if entry.keyframe:
            self._keyframes.append(self._first + len(self._entries))
        elif not self._entries:
            return
        self._entries.append(entry)
        self._bytes += entry.size
        while self._keyframes and self._full():
            self._drop_gop()

    def since(self, time: float) -> list[Entry[T]]:
        """Packets from the last keyframe at or before ``time`` on, else from the oldest; empty when none."""
        at = 0
        for number in self._keyframes:
            index = number - self._first
            if self._entries[index].time > time and index:
                break
            at = index
        return list(islice(self._entries, at, None))

    def clear(self) -> None:
        """Forget everything: the stream was opened again."""
        self._entries.clear()
        self._keyframes.clear()
        self._first = self._bytes = 0

    def __iter__(self) -> Iterator[Entry[T]]:
        return iter(self._entries)

    def _full(self) -> bool:
        if self._bytes > self._bounds.bytes:
            return True
        # The second GOP must by itself reach back far enough before the first may go.
        second = self._keyframes[1] - self._first if len(self._keyframes) > 1 else None
        return (
            second is not None and self._entries[-1].time - self._entries[second].time >= self._bounds.seconds
        )

    def _drop_gop(self) -> None:
        self._keyframes.popleft()
        end = self._keyframes[0] - self._first if self._keyframes else len(self._entries)
        for _ in range(end):
            self._bytes -= self._entries.popleft().size
        self._first += end
