"""When the picture in a packet was taken: told before it is decoded, if it ever is."""

from collections.abc import Callable
from dataclasses import dataclass

from edge.ingest.source import VideoPacket

_MOST_S = 1.0
"""Pictures that seem to lie farther from their packets than this have wrong timestamps."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a packet carries into its picture.

    Attributes:
        time: Capture time, Unix seconds.
        index: 0-based number of the packet in this stream.
    """

    time: float
    index: int


class Stamper:
    """Numbers packets and gives them the capture times of their pictures.

    Packets come in decoding order, so their decoding timestamps rise steadily and are what is placed in time;
    pictures of a stream with B-frames lie before or after by a constant or less.

    Args:
        place: Gives the Unix time of the packet with this decoding timestamp (seconds, None when missing).
        index: Number of the first packet.
    """

    def __init__(self, place: Callable[[float | None], float], index: int = 0) -> None:
        self._place = place
        self._delay = 0.0
        self.index = index

    def stamp(self, packet: VideoPacket) -> Stamp:
        """Note on the packet, for its picture, when it was captured."""
        dts, pts = packet_times(packet)
        time = self._place(pts if dts is None else dts)
        if dts is not None and pts is not None and 0.0 <= pts - dts <= _MOST_S:
            # The longest delay is the decoder's; what has it was captured when its packet came.
            self._delay = max(self._delay, pts - dts)
            time += pts - dts - self._delay
        stamp = Stamp(time, self.index)
        packet.opaque = stamp
        self.index += 1
        return stamp


def packet_times(packet: VideoPacket) -> tuple[float | None, float | None]:
    """Decoding and presentation timestamp, seconds from an arbitrary origin; None where missing."""
    dts, pts = packet.dts, packet.pts
    # Not float(): a fraction's takes longer than everything else that is done with a packet here.
    base = packet.time_base.numerator / packet.time_base.denominator
    return (None if dts is None else dts * base), (None if pts is None else pts * base)
