"""The loop that looks: one thread serves every camera with a fresh picture, in turn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock

from edge.detect.registry import Detector
from edge.frame import Frame
from edge.ingest.slot import LatestSlots
from edge.ingest.status import CameraStatus
from edge.pipeline import CameraPipeline, Look
from placewatch.clock import Clock
from placewatch.logs import get_logger

_POLL_S = 0.5


@dataclass(slots=True)
class Meter:
    """Mean of a duration over a period; written by one thread, read by another."""

    _total: float = 0.0
    _count: int = 0
    _lock: Lock = field(default_factory=Lock)

    def add(self, seconds: float) -> None:
        """One more measurement."""
        with self._lock:
            self._total += seconds
            self._count += 1

    def mean_ms(self) -> float:
        """Mean since the last call, milliseconds; 0 when nothing was measured."""
        with self._lock:
            mean = self._total / self._count if self._count else 0.0
            self._total, self._count = 0.0, 0
            return 1000.0 * mean


@dataclass(slots=True)
class InferenceLoop:
    """Takes the newest picture of each camera in turn through detector, tracker and rules.

    Attributes:
        detector: Shared by all cameras.
        slots: Where pictures wait.
        pipelines: One a camera.
        statuses: One a camera.
        report: Takes a look in which something changed; must not block.
        clock: Time.
        meter: Detector time per picture.
    """

    detector: Detector
    slots: LatestSlots[Frame]
    pipelines: Mapping[str, CameraPipeline]
    statuses: Mapping[str, CameraStatus]
    report: Callable[[str, Look], None]
    clock: Clock
    meter: Meter = field(default_factory=Meter)
    _failing: bool = False

    def run(self, stop: Event) -> None:
        """Look until ``stop`` is set; a detector that fails is tried again with the next picture."""
        while not stop.is_set():
            taken = self.slots.take(_POLL_S)
            if taken is not None:
                self._serve(*taken)

    def _serve(self, name: str, frame: Frame) -> None:
        try:
            began = self.clock.monotonic()
            detections = self.detector.detect([frame.image])[0]
            self.meter.add(self.clock.monotonic() - began)
            look = self.pipelines[name].look(frame, detections)
        except Exception as error:
            # A picture that breaks the detector must not blind the other cameras: say it, go on.
            reason = str(error) or type(error).__name__
            self.statuses[name].blind(f"its pictures cannot be examined: {reason}")
            if not self._failing:
                logger = get_logger(camera=name)
                logger.exception("look_failed")
            self._failing = True
            return
        self._failing = False
        self.statuses[name].detected()
        if look.changes or look.memories:
            self.report(name, look)
