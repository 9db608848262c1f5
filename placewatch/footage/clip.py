"""A recorded clip as a camera would send it: an endless row of encoded pictures with times."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from placewatch.errors import StreamError
from placewatch.footage.demux import Packet, packets, probe, unreadable
from placewatch.footage.nal import ParameterSets
from placewatch.footage.timeline import Stamps, Timeline, timeline

HOLD_BYTES = 256 * 1024 * 1024
"""A larger clip is read from its file in every round instead of being held in memory."""

Nals = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """A whole clip.

    Attributes:
        name: Its name on the server.
        path: The file.
        codec: ``h264`` or ``hevc``.
        width: Pixels.
        height: Pixels.
        parameters: Parameter sets (H.264: SPS, PPS; H.265: VPS, SPS, PPS) of its first keyframe.
        timeline: Its pictures' times, in decoding order, beginning with a keyframe.
        held: NAL units of every picture of the timeline; None when every round reads them from the file.
    """

    name: str
    path: Path
    codec: str
    width: int
    height: int
    parameters: Nals
    timeline: Timeline
    held: tuple[Nals, ...] | None

    @property
    def held_bytes(self) -> int:
        """Bytes of memory that its pictures take."""
        return sum(len(nal) for nals in self.held or () for nal in nals)

    def pictures(self) -> Iterator[Nals]:
        """NAL units of all pictures of the timeline, once through.

        Raises:
            StreamError: The file cannot be read any more, or became shorter.
        """
        if self.held is not None:
            yield from self.held
            return
        wanted = iter(self.timeline.source.tolist())
        number = next(wanted)
        for index, packet in enumerate(packets(self.path)):
            if index == number:
                yield packet.nals
                number = next(wanted, -1)
                if number < 0:
                    return
        raise StreamError(
            "became shorter while it is served", where=str(self.path), remedy="start the server again"
        )


def load_clip(path: Path, name: str, *, hold_bytes: int = HOLD_BYTES) -> Clip:
    """Read all packets of an H.264 or H.265 clip.

    Args:
        path: The file.
        name: The stream's name.
        hold_bytes: Hold the pictures in memory when the file is no larger than this.

    Raises:
        StreamError: Not a video, another codec, or no keyframe.
    """
    form = probe(path)
    notes = _Notes(hold_bytes if path.stat().st_size <= hold_bytes else 0)
    for packet in packets(path):
        notes.add(packet)
    times = timeline(notes.stamps(), form.step)
    if times is None:
        raise unreadable(path, "it has no keyframe")
    if not form.width or not form.height:
        raise unreadable(path, "its header is missing")
    held = None if notes.nals is None else tuple(notes.nals[index] for index in times.source)
    parameters = ParameterSets(form.codec, notes.first_key).held
    return Clip(name, path, form.codec, form.width, form.height, parameters, times, held)


class _Notes:
    """What is remembered of a clip's packets: times of all, bytes while they fit."""

    def __init__(self, hold_bytes: int) -> None:
        self.nals: list[Nals] | None = []
        self.first_key: Nals = ()
        self._left = hold_bytes
        self._dts, self._pts, self._key = array("q"), array("q"), array("b")

    def add(self, packet: Packet) -> None:
        self._dts.append(packet.dts)
        self._pts.append(packet.pts)
        self._key.append(packet.key)
        if packet.key and not self.first_key:
            self.first_key = packet.nals
        self._left -= sum(map(len, packet.nals))
        if self.nals is not None:
            self.nals.append(packet.nals)
            if self._left < 0:
                self.nals = None

    def stamps(self) -> Stamps:
        key = np.frombuffer(self._key, np.int8) if len(self._key) else np.zeros(0, np.int8)
        return Stamps(np.array(self._dts, np.int64), np.array(self._pts, np.int64), key.astype(np.bool_))
