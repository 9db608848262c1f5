"""Faults that a camera may have, injected between the clip and the wire."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class Faults:
    """What is wrong with one stream now; every field may be changed while it is watched, from any thread.

    Attributes:
        stalled: Nothing is sent, the connection stays.
        disconnect: Clients are thrown out, and new ones refused, as by a camera that restarts.
        corrupt: Part of the packets whose bytes are damaged, 0..1.
        loss: Part of the packets that never arrive, 0..1; their sequence numbers are missing.
        skew_s: Seconds added to timestamps from now on (a clock jump; 47721.858 s is one wrap of RTP time).
        random: Source of chance; give a seeded one to repeat a run.
    """

    stalled: bool = False
    disconnect: bool = False
    corrupt: float = 0.0
    loss: float = 0.0
    skew_s: float = 0.0
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

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
