"""The loop that makes alerts: redaction and the spool's disk keep neither cameras nor detector waiting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Lock

from edge.alerts import Draft
from edge.evidence import BUSY, Picture
from edge.memory import Memory
from edge.outbox.intake import Intake
from edge.pipeline import Change, Look
from edge.reporting import CameraReporter
from placewatch.logs import get_logger

MOST_PICTURES = 8
"""Raw pictures that may wait for redaction; a 4K picture has 25 MB. Later alerts go without, and say so."""

_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class _Job:
    """One look's changes, and the picture for their evidence or why it is not at hand."""

    camera: str
    reporter: CameraReporter
    time: float
    changes: tuple[Change, ...]
    picture: Picture | str
    memories: tuple[Memory, ...] = ()


class AlertLoop:
    """Takes looks in which something changed, in order, and puts their alerts into the spool.

    Args:
        reporters: One a camera; looked up when something is reported, by the thread that changes them.
        intake: The way into the spool.
        announced: Told each alert that is on its way and the time of its picture (Unix seconds); must not
            block.
    """

    def __init__(
        self,
        reporters: Mapping[str, CameraReporter],
        intake: Intake,
        announced: Callable[[Draft, float], None] = lambda _draft, _time: None,
    ) -> None:
        self._announced = announced
        self._reporters = reporters
        self._intake = intake
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._pictures = 0
        self._lock = Lock()

    def report(self, camera: str, look: Look) -> None:
        """Take over a look; returns at once."""
        reporter = self._reporters[camera]
        if not look.changes:
            self._jobs.put(_Job(camera, reporter, look.frame.time, (), "", look.memories))
            return
        with self._lock:
            busy = self._pictures >= MOST_PICTURES
            self._pictures += not busy
        picture = BUSY if busy else Picture(look.frame, look.detections)
        self._jobs.put(_Job(camera, reporter, look.frame.time, look.changes, picture, look.memories))

    def report_blind(self, camera: str, time: float, changes: tuple[Change, ...], why: str) -> None:
        """Take over changes that no picture shows; returns at once.

        Args:
            camera: Whose.
            time: Unix seconds.
            changes: What changed.
            why: Why there is no picture.
        """
        self._jobs.put(_Job(camera, self._reporters[camera], time, changes, why[:500]))

    def finish(self) -> None:
        """Let `run` end when everything reported so far is done."""
        self._jobs.put(None)

    def run(self) -> None:
        """Work until `finish`."""
        while True:
            try:
                job = self._jobs.get(timeout=_RETRY_S)
            except Empty:
                self._intake.retry()
                continue
            if job is None:
                break
            self._handle(job)
        self._intake.retry()

    def _handle(self, job: _Job) -> None:
        logger = get_logger(camera=job.camera)
        try:
            drafts = job.reporter.drafts(job.changes, job.time, job.picture)
            for change, draft in zip(job.changes, drafts, strict=True):
                self._intake.put(draft, change.memory)
                _tell(draft)
                self._announced(draft, job.time)
            self._intake.remember(job.memories)
        except Exception:
            # One alert that cannot be made must not stop those of the other cameras.
            logger.exception("alert_failed")
        finally:
            if isinstance(job.picture, Picture):
                with self._lock:
                    self._pictures -= 1


def _tell(draft: Draft) -> None:
    data = draft.data
    logger = get_logger(box=draft.box, camera=data.camera, alert_id=data.alert_id)
    logger.info(
        "alert",
        phase=str(draft.phase),
        kind=str(data.kind),
        place=data.place,
        zone=data.zone,
        count=data.count,
        confidence=round(data.confidence, 2),
        picture=data.evidence_missing or "redacted",
    )
