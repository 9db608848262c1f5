"""How a session gets on, told to health."""

from dataclasses import dataclass

from edge.gate.gears import Gear, GearBox
from edge.ingest.decode import Decoder
from edge.ingest.geared import GearedStream
from edge.ingest.status import CameraStatus

_SPARED = "the box is overloaded: of this camera it decodes only a part; give it fewer cameras"


@dataclass(slots=True)
class Progress:
    """Tells health how a session gets on, cheaply: while idle, most packets say nothing new."""

    status: CameraStatus
    stream: GearedStream
    decoder: Decoder
    gears: GearBox
    decoded: int = 0
    skipped: int = 0
    told: int = 0
    errors: int = 0
    gear: Gear = Gear.AWAKE
    spared: bool = False

    def note(self, now: float) -> bool:
        """One packet was fed; whether there was progress: a picture, or a packet that was rightly skipped."""
        stream, errors = self.stream, self.decoder.errors
        if stream.decoded == self.decoded and errors == self.errors:
            idle, self.skipped = stream.skipped > self.skipped, stream.skipped
            if idle:
                self.status.alive(now)
            elif self.gears.gear is not self.gear or stream.spared is not self.spared:
                self._shifted()
            return idle
        pictures = stream.decoded - self.decoded
        if pictures:
            self.status.pictures(
                pictures,
                errors - self.errors,
                size=stream.size,
                time=stream.time,
                skipped=stream.skipped - self.told,
            )
            self.told = stream.skipped
        else:
            self.status.damaged(errors - self.errors)
        self._shifted()
        self.decoded, self.errors = stream.decoded, errors
        return bool(pictures)

    def _shifted(self) -> None:
        self.gear, self.spared = self.gears.gear, self.stream.spared
        self.status.shifted(self.gear, self.gears.reason, self.gears.gop_s)
        self.status.remark("relief", _SPARED if self.spared else "")
