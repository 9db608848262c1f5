"""What the detector's side knows of one camera: what deserves a look, when, and what the looks mean."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from edge.detect.detections import Boxes
from edge.detect.registry import Detector
from edge.gate.attention import Attention, AttentionPolicy
from edge.gate.boxes import NOWHERE
from edge.gate.gears import Gear
from edge.gate.looks import LookPolicy, Turn
from edge.gate.packing import Order
from edge.gate.unpacking import Found
from edge.ingest.geared import Sample
from edge.pipeline import CameraPipeline, Look

Stir = Callable[[float, str], None]
"""Wakes a camera: takes the time of the picture that showed something, and what."""


class Eye:
    """One camera. Samples come in the order of their capture, from one thread; no clock is read.

    Args:
        name: Camera id.
        pipeline: Its tracker and rules.
        stir: Wakes it.
        policy: What of its pictures is looked at.
        schedule: How often it is looked at whole.
        now: Seconds of the steady clock that `order` and `settle` are told, too.

    Attributes:
        name: Camera id.
        turn: Its place in the schedule.
        pipeline: Its tracker and rules.
    """

    def __init__(
        self,
        name: str,
        pipeline: CameraPipeline,
        stir: Stir,
        *,
        policy: AttentionPolicy,
        schedule: LookPolicy,
        now: float,
    ) -> None:
        self.name = name
        self.turn = Turn(schedule, now)
        self.pipeline = pipeline
        self._stir = stir
        self._policy = policy
        self._attention: Attention | None = None
        self._sample: Sample | None = None
        self._doubt = ""
        self._lost: Boxes = NOWHERE
        self._looked = -np.inf

    @property
    def sample(self) -> Sample | None:
        """What waits to be looked at."""
        return self._sample

    def offer(self, sample: Sample) -> bool:
        """Take a sample in.

        Returns:
            Whether it waits to be looked at now. It does not where it showed something new to an idle camera,
            which then wakes and brings what came before it, too.
        """
        time = sample.frame.time
        if self._looked - _LATE_S < time <= self._looked:
            return False
        if sample.motion is not None:
            news = self._observe(sample)
            if news:
                self._stir(time, news)
                if sample.gear is Gear.IDLE:
                    return False
        self._sample = sample
        return True

    def order(self, now: float) -> Order:
        """What of the waiting sample should be looked at."""
        sample, attention = self._waiting()
        time, full = sample.frame.time, self.turn.wants_all(now, self._doubt)
        order = attention.order(time, self._lost, full=full)
        picture = order.size[0] * order.size[1]
        if not order.full and any(region.area >= _LARGE * picture for region in order.regions):
            return attention.order(time, self._lost, full=True)
        return order

    def settle(self, order: Order, found: Found, now: float) -> Look:
        """The waiting sample was looked at.

        Args:
            order: As it was served.
            found: What was seen.
            now: The steady clock.
        """
        sample, attention = self._waiting()
        frame = sample.frame
        detections = attention.settle(order, found, frame.time)
        self.turn.looked(now, full=order.full)
        self._sample = None
        self._looked = frame.time
        look = replace(self.pipeline.look(frame, detections), kept=sample.kept)
        tracks = look.scene.tracks
        self._lost = np.asarray(tracks.boxes[~tracks.seen], np.float32)
        return look

    def whole(self, sample: Sample, detector: Detector) -> Look:
        """A look at one whole picture by itself, whatever moves: what sharing canvases is compared with."""
        frame = sample.frame
        return self.pipeline.look(frame, detector.detect([frame.image])[0])

    def give_up(self) -> None:
        """The waiting sample cannot be looked at."""
        self._sample = None

    def _observe(self, sample: Sample) -> str:
        """What is new in a sample; empty when nothing is."""
        motion, size = sample.motion, sample.frame.size
        if motion is None:
            return ""
        if self._attention is None or self._attention.size != size:
            self._attention = Attention(self.name, size, self._policy)
            self._lost = NOWHERE
        self._doubt = motion.doubt
        news = self._attention.observe(motion, sample.frame.time)
        return motion.doubt or ("motion" if news else "")

    def _waiting(self) -> tuple[Sample, Attention]:
        if self._sample is None or self._attention is None:
            msg = f"no sample of {self.name} waits"
            raise RuntimeError(msg)
        return self._sample, self._attention


_LATE_S = 30.0
"""A picture that seems older than the last one by more is new, and the clock was set back."""

_LARGE = 0.12
"""A region of this share of the picture shows little but one thing, and what surrounds it tells what that is:
seen from above by itself, a car is a telephone. Then the whole picture is looked at, for little more."""
