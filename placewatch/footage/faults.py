"""Faults that a camera may have, injected between the clip and the wire."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from placewatch.footage.clip import Clip
from placewatch.footage.timeline import CLOCK_RATE

_WRAP = 1 << 32


class Times(StrEnum):
    """What the timestamps of a camera are worth."""

    TRUE = "true"
    FROZEN = "frozen"
    """Every picture has the same."""
    RANDOM = "random"
    BACKWARDS = "backwards"


@dataclass(slots=True)
class Faults:
    """What is wrong with one stream now; every field may be changed while it is watched, from any thread.

    Attributes:
        stalled: Nothing is sent, the connection stays.
        disconnect: Clients are thrown out, and new ones refused, as by a camera that restarts.
        corrupt: Part of the packets whose bytes are damaged, 0..1.
        loss: Part of the packets that never arrive, 0..1; their sequence numbers are missing.
        burst_s: Pictures come in bursts, all of so many seconds at once, as over a congested link.
        skew_s: Seconds added to timestamps from now on (a clock jump).
        wrap_s: Timestamps begin so that RTP time, which has 32 bits, wraps at this second of each client's
            stream; None begins at zero.
        times: What the timestamps are worth.
        instead: Sent in place of the camera's own clip from the next picture on, on the same session: another
            resolution, or another codec, which a client notices only by asking anew.
        audio: There is an audio track beside the video.
        random: Source of chance; give a seeded one to repeat a run.
    """

    stalled: bool = False
    disconnect: bool = False
    corrupt: float = 0.0
    loss: float = 0.0
    burst_s: float = 0.0
    skew_s: float = 0.0
    wrap_s: float | None = None
    times: Times = Times.TRUE
    instead: Clip | None = None
    audio: bool = False
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def timestamp(self, ticks: int) -> int:
        """RTP time, 0 to 2**32 - 1, of a picture at ``ticks`` (90 kHz) of the client's stream."""
        if self.times is Times.RANDOM:
            return int(self.random.integers(_WRAP))
        if self.times is Times.FROZEN:
            return 0
        if self.times is Times.BACKWARDS:
            ticks = -ticks
        begin = 0 if self.wrap_s is None else _WRAP - round(self.wrap_s * CLOCK_RATE)
        return (begin + ticks + round(self.skew_s * CLOCK_RATE)) % _WRAP

    def due(self, seconds: float) -> float:
        """When a picture that is due at ``seconds`` is sent."""
        return seconds if self.burst_s <= 0 else np.ceil(seconds / self.burst_s) * self.burst_s

    def damage(self, payloads: list[bytes]) -> list[bytes]:
        """The payloads, some of them with bytes overwritten behind their headers."""
        if not self.corrupt:
            return payloads
        return [self._damaged(part) if self.random.random() < self.corrupt else part for part in payloads]

    def lose(self, packets: list[bytes]) -> list[bytes]:
        """The packets that arrive."""
        if not self.loss:
            return packets
        return [packet for packet in packets if self.random.random() >= self.loss]

    def _damaged(self, part: bytes) -> bytes:
        if len(part) < 16:
            return part
        at = int(self.random.integers(8, len(part)))
        return part[:at] + self.random.bytes(min(8, len(part) - at)) + part[at + 8 :]
