"""Pieces of a camera's stream out of its packet ring, for evidence clips: what came before is still there."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from edge.gate.ring import Entry, PacketRing
from edge.ingest.source import Source, VideoPacket

MOST_WANTED = 8
"""Pieces of one camera that may be wanted at once; what is asked beyond is refused."""

REORDER_S = 0.5
"""Pictures of a stream with B-frames need packets of pictures that come after them."""

SET_BACK_S = 20.0
"""A packet so much older than what is wanted tells that the clock was set back, not that it is early."""


@dataclass(frozen=True, slots=True)
class Footage:
    """Encoded packets of one camera; raw, so it stays inside the process.

    Attributes:
        codec: Such as ``h264``.
        extradata: What a decoder needs besides the packets.
        entries: In order of decoding, from a keyframe on.
        begin: Unix seconds from which pictures are wanted.
        end: Up to which.
    """

    codec: str
    extradata: bytes | None
    entries: tuple[Entry[VideoPacket], ...]
    begin: float
    end: float

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(entry.size for entry in self.entries)


Take = Callable[[Footage], None]
"""Called with the piece, on the camera's thread: must not block."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    begin: float
    end: float
    take: Take


class ClipTap:
    """Pieces of one camera that somebody waits for; asked on any thread, served on the camera's."""

    def __init__(self) -> None:
        self._wanted: deque[_Wanted] = deque()

    @property
    def waiting(self) -> bool:
        """Whether anything is wanted: costs nothing to ask at every packet."""
        return bool(self._wanted)

    def want(self, begin: float, end: float, take: Take) -> bool:
        """Ask for the pictures from ``begin`` to ``end`` (Unix seconds), which may still lie ahead.

        Returns:
            Whether it will be served: ``take`` is then called once, as soon as ``end`` has come or the
            stream has ended.
        """
        if len(self._wanted) >= MOST_WANTED:
            return False
        self._wanted.append(_Wanted(begin, end, take))
        return True

    def packet(self, now: float, ring: PacketRing[VideoPacket], source: Source) -> None:
        """A packet of time ``now`` came: hand over what is complete."""
        for _ in range(len(self._wanted)):
            wanted = self._wanted.popleft()
            if wanted.end + REORDER_S <= now or now < wanted.begin - SET_BACK_S:
                _serve(wanted, ring, source)
            else:
                self._wanted.append(wanted)

    def ended(self, ring: PacketRing[VideoPacket], source: Source) -> None:
        """The stream is over: hand over what there is of everything that is wanted."""
        while self._wanted:
            _serve(self._wanted.popleft(), ring, source)


def _serve(wanted: _Wanted, ring: PacketRing[VideoPacket], source: Source) -> None:
    last = wanted.end + REORDER_S
    entries = tuple(entry for entry in ring.since(wanted.begin) if entry.time <= last)
    context = source.stream.codec_context
    wanted.take(Footage(source.info.codec, context.extradata, entries, wanted.begin, wanted.end))
