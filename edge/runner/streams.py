"""What each camera's stream does, told to the rule about the camera itself, which no picture reaches then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge.eye import Eye
from edge.ingest.status import CameraStatus
from edge.pipeline import Change
from edge.rules.camera_health import StreamReport
from placewatch.clock import Clock
from placewatch.logs import get_logger

PERIOD_S = 1.0
"""Streams are told about this often."""

ReportBlind = Callable[[str, float, tuple[Change, ...], str], None]
"""Takes camera, time (Unix seconds), what changed, and why no picture shows it; must not block."""


@dataclass(slots=True)
class StreamWatch:
    """Called on the thread that looks, because that is where a camera's rules live.

    Attributes:
        eyes: One a camera.
        statuses: One a camera.
        clock: Time.
        report: Takes what changed.
    """

    eyes: Mapping[str, Eye]
    statuses: Mapping[str, CameraStatus]
    clock: Clock
    report: ReportBlind
    _told: float | None = None

    def __call__(self) -> None:
        """One round of the loop."""
        now = self.clock.monotonic()
        if self._told is not None and 0 <= now - self._told < PERIOD_S:
            return
        self._told = now
        for name, eye in self.eyes.items():
            try:
                self._tell(name, eye)
            except Exception:
                # One camera's fault must not end the watch of the others.
                logger = get_logger(camera=name)
                logger.exception("stream_report_failed")

    def _tell(self, name: str, eye: Eye) -> None:
        status, time = self.statuses[name], self.clock.now()
        changes = eye.pipeline.report(StreamReport(status.down_s(), status.drift()), time)
        if changes:
            self.report(name, time, changes, status.why_down())
