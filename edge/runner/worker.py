"""One box at work: a thread a camera, one that looks, one that makes alerts, one that publishes."""

import random as _random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Protocol

import cv2

from edge.config import BoxConfig, Camera
from edge.detect.registry import Detector
from edge.evidence import Redacts
from edge.ingest.errors import safe_url
from edge.ingest.geared import Sample, Stirs
from edge.ingest.reader import CameraReader
from edge.ingest.slot import LatestSlots
from edge.ingest.status import CameraStatus
from edge.ingest.tap import ClipTap
from edge.outbox.intake import Intake
from edge.outbox.publisher import Publisher
from edge.outbox.spool import Spool
from edge.outbox.store import AlertStore
from edge.pipeline import Look
from edge.redact.clip import Finds
from edge.reporting import CameraReporter, model_id
from edge.runner.alerting import AlertLoop
from edge.runner.clipping import ClipLoop
from edge.runner.herald import Herald
from edge.runner.inference import InferenceLoop
from edge.runner.snapshots import SnapshotLoop, TakesCommands
from edge.runner.streams import StreamWatch
from edge.watching import (
    canvas_detector,
    eye,
    gear_box,
    hardware,
    looks_per_s,
    motion_detector,
    ring_bounds,
    whole_looks,
)
from messages import CameraState, ClipHealth, Health
from messages.topics import BoxTopics
from placewatch import __version__
from placewatch.clock import Clock, SystemClock, utc
from placewatch.errors import StoreError
from placewatch.logs import get_logger

DRAIN_S = 10.0
"""How long a clean stop waits for central's receipts."""

_JOIN_S = 2.0
"""How long a clean stop waits for a camera; one that hangs in the network is left behind."""

_STAGGER_S = 0.05
"""Between the first attempts of two cameras: opening costs more than reading."""

HUNG_S = 60.0
"""A looking thread that has not come round for so long hangs; an overloaded one does every second."""

_MEND_S = 5.0
"""Wait after a fault of our own in a camera's thread."""


class Publishes(Protocol):
    """What takes alerts out of the spool (see `edge.outbox.publisher.Publisher`)."""

    @property
    def connected(self) -> bool:
        """Whether it can deliver right now."""
        ...

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self, drain_s: float = ...) -> bool:
        """End, after waiting for receipts; whether the spool is empty."""
        ...

    def publish_health(self, health: Health) -> bool:
        """Deliver a health message, or not: it is worth nothing later."""
        ...


def over_mqtt(spool: Spool, config: BoxConfig) -> Publishes:
    """Publish to the configured broker."""
    topics = BoxTopics(config.site, config.box)
    return Publisher(spool, config.broker, topics, version=__version__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker is made of; tests and measurements bring their own.

    Attributes:
        detector: What sees.
        redactor: What covers.
        finder: What finds what must be covered in clips; None makes none.
        clock: Time.
        random: Numbers in [0, 1) for the backoff's jitter.
        publisher: Makes what takes alerts out of the spool.
        looked: Told camera and look of every look, on the thread that looks; must not block. The look's frame
            has its capture time, so this is where the delay from capture to detection can be read.
    """

    detector: Detector
    redactor: Redacts
    finder: Finds | None = None
    clock: Clock = field(default_factory=SystemClock)
    random: Callable[[], float] = _random.random
    publisher: Callable[[Spool, BoxConfig], Publishes] = over_mqtt
    looked: Callable[[str, Look], None] | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where a worker's alerts go.

    Attributes:
        spool: Where they wait.
        publisher: What takes them out and tells health.
    """

    spool: AlertStore
    publisher: Publishes


def open_spool(config: BoxConfig, folder: Path, clock: Clock) -> Spool:
    """The box's spool.

    Raises:
        StoreError: It cannot be opened.
    """
    limits = config.spool
    return Spool.open(
        folder / limits.path,
        clock=clock,
        max_bytes=limits.max_bytes,
        max_age_s=limits.max_age_s,
        clip_bytes=config.clips.max_bytes,
    )


class Worker:
    """Runs a box from `start` to `stop`.

    For comparison, `detector.looks: full` makes it the plain pipeline: every packet is decoded as its encoder
    meant it, and each sampled picture is converted and looked at whole, by itself. `gate: false` at a camera
    keeps that camera awake and changes nothing else.

    Args:
        config: The box.
        folder: What the spool's path is relative to: the folder of the configuration file.
        parts: What it is made of.
        outbox: Where alerts go; the box's own spool and its broker unless given.

    Raises:
        StoreError: The spool cannot be opened.
    """

    def __init__(self, config: BoxConfig, folder: Path, parts: Parts, outbox: Outbox | None = None) -> None:
        self._config = config
        self._clock = parts.clock
        self._random = parts.random
        self._model = model_id(parts.detector)
        self._spool_path = folder / config.spool.path
        if outbox is None:
            spool = open_spool(config, folder, parts.clock)
            outbox = Outbox(spool, parts.publisher(spool, config))
        self._spool, self._publisher = outbox.spool, outbox.publisher
        cameras = config.cameras
        self._slots: LatestSlots[Sample] = LatestSlots([camera.id for camera in cameras], Sample.instead_of)
        self._statuses = {
            camera.id: CameraStatus(camera.id, camera.place, camera.stall_s, parts.clock)
            for camera in cameras
        }
        reporters = {
            camera.id: CameraReporter(config, camera, parts.redactor, self._model) for camera in cameras
        }
        self._taps = {camera.id: ClipTap() for camera in cameras}
        self._clips = self._clip_loop(parts)
        self._snapshots = self._snapshot_loop(parts)
        announced = (lambda _draft, _time: None) if self._clips is None else self._clips.opened
        self._alerts = AlertLoop(reporters, Intake(self._spool), announced)
        self._stirs = {camera.id: Stirs() for camera in cameras}
        detector, now = canvas_detector(config, parts.detector), parts.clock.monotonic()
        side = detector.canvases.side
        eyes = {camera.id: eye(config, camera, self._stirs[camera.id].stir, side, now) for camera in cameras}
        self._inference = InferenceLoop(
            detector,
            self._slots,
            eyes,
            self._statuses,
            self._alerts.report,
            parts.clock,
            each_round=StreamWatch(eyes, self._statuses, parts.clock, self._alerts.report_blind),
            whole=whole_looks(config),
            looked=parts.looked,
        )
        self._resume()
        self._began = parts.clock.monotonic()
        self._halt = Event()
        self._herald = Herald(config, self.health, self._publisher.publish_health)
        self._readers = [self._camera_thread(n, camera) for n, camera in enumerate(cameras)]
        self._looking = Thread(target=self._inference.run, args=(self._halt,), name="inference", daemon=True)
        self._alerting = Thread(target=self._alerts.run, name="alerts", daemon=True)
        self._snapping = (
            None
            if self._snapshots is None
            else Thread(target=self._snapshots.run, name="snapshots", daemon=True)
        )
        self._clipping = (
            None if self._clips is None else Thread(target=self._clips.run, name="clips", daemon=True)
        )

    def _clip_loop(self, parts: Parts) -> ClipLoop | None:
        if parts.finder is None or not self._config.clips.make:
            return None
        return ClipLoop(self._config, self._taps, parts.finder, self._spool.put_clip, parts.clock)

    def _snapshot_loop(self, parts: Parts) -> SnapshotLoop | None:
        publisher = self._publisher
        if not isinstance(publisher, TakesCommands):
            return None
        loop = SnapshotLoop(self._config, self._taps, parts.redactor, publisher.publish_snapshot, parts.clock)
        publisher.on_command(loop.command)
        return loop

    def _resume(self) -> None:
        """Go on with the episodes that an earlier worker left open."""
        memories = self._spool.memories()
        for name, watching in self._inference.eyes.items():
            orphans = watching.pipeline.restore(memories)
            if orphans:
                why = "its rule is no longer configured"
                self._alerts.report_blind(name, self._clock.now(), orphans, why)

    def healthy(self) -> bool:
        """Whether alerts can come out at all: the threads live, and the one that looks has lately done so.

        Cameras that are away do not count: their threads try again by themselves.
        """
        threads = (self._alerting, self._looking)
        since = self._clock.monotonic() - self._inference.last_round
        return all(thread.is_alive() for thread in threads) and since < HUNG_S

    def run(
        self, stop: Event, *, drain_s: float = DRAIN_S, started: Callable[[], None] = lambda: None
    ) -> bool:
        """Work until ``stop`` is set, sending health as configured; then stop cleanly.

        Args:
            stop: Set by whoever wants the end.
            drain_s: Longest wait for central's receipts.
            started: Called once, when every thread runs.

        Returns:
            Whether central has every alert.
        """
        self.start()
        started()
        try:
            self._herald.work(stop)
        finally:
            empty = self.stop(drain_s=drain_s)
        return empty

    def start(self) -> None:
        """Begin: returns at once."""
        cv2.setNumThreads(1)  # its pool would wake every core for each small picture
        config = self._config
        logger = get_logger(box=config.box)
        logger.info(
            "box_starting",
            site=config.site,
            cameras=len(config.cameras),
            model=self._model,
            broker=f"{config.broker.host}:{config.broker.port}",
            spool=str(self._spool_path),
            waiting=self._spool.stats().waiting,
            version=__version__,
        )
        for camera in config.cameras:
            rules = [f"{rule.kind} at {rule.target}" for rule in camera.rules]
            logger.info(
                "camera_configured",
                camera=camera.id,
                url=safe_url(camera.url),
                place=camera.place,
                rules=", ".join(rules) or "none",
            )
        self._publisher.start()
        self._herald.start()
        for thread in (self._alerting, self._looking, self._clipping, self._snapping, *self._readers):
            if thread is not None:
                thread.start()

    def stop(self, *, drain_s: float = DRAIN_S) -> bool:
        """Stop cameras, finish what was seen, wait for receipts, say so, and go offline.

        Episodes that are open stay open: that the box stops is no reason to call a place clear.

        Returns:
            Whether central has every alert; what it has not stays in the spool.
        """
        logger = get_logger(box=self._config.box)
        logger.info("box_stopping")
        until = self._clock.monotonic() + drain_s
        self._halt.set()
        self._herald.stop()
        for loop in (self._clips, self._snapshots):
            if loop is not None:
                loop.finish()
        self._slots.close()
        self._looking.join(_JOIN_S)
        self._alerts.finish()
        self._alerting.join(max(_JOIN_S, drain_s))
        self._await_readers()
        if self._clipping is not None:
            self._clipping.join(_JOIN_S)
        try:
            empty = self._drain(until)
        except StoreError as error:
            logger.warning("spool_unreadable", reason=str(error))
            empty = False
        finally:
            self._spool.close()
        logger.info("box_stopped", all_receipted=empty)
        return empty

    def _drain(self, until: float) -> bool:
        while self._spool.stats().waiting and self._publisher.connected and self._clock.monotonic() < until:
            Event().wait(0.05)
        self._herald.tell(stopping=True)
        return self._publisher.stop(drain_s=max(0.1, until - self._clock.monotonic()))

    def health(self, *, stopping: bool = False) -> Health:
        """The box's health now; begins a new period for its rates."""
        effort = self._inference.meter.take()
        cameras = [
            status.health(dropped=self._slots.dropped(name), load=effort.load)
            for name, status in self._statuses.items()
        ]
        return Health(
            site=self._config.site,
            box=self._config.box,
            session=self._spool.session,
            time=utc(self._clock.now()),
            uptime_s=round(self._clock.monotonic() - self._began, 3),
            version=__version__,
            model=self._model,
            cameras=cameras,
            spool=self._spool.stats(),
            clips=self._clip_health(),
            detect_ms=round(effort.mean_ms, 2),
            detect_load=round(effort.load, 3),
            canvases_per_look=round(effort.canvases / effort.looks, 3) if effort.looks else 0.0,
            canvas_fill=round(effort.fill, 3),
            disk_free_bytes=shutil.disk_usage(self._spool_path.parent).free,
            stopping=stopping,
        )

    def _clip_health(self) -> ClipHealth | None:
        return None if self._clips is None else self._clips.health(self._spool.clips())

    def _camera_thread(self, number: int, camera: Camera) -> Thread:
        reader = CameraReader(
            camera,
            looks_per_s(self._config, camera),
            lambda sample: self._slots.put(camera.id, sample, keep=sample.kept),
            self._statuses[camera.id],
            self._clock,
            self._random,
            gears=gear_box(self._config, camera),
            motion=motion_detector(self._config),
            stirs=self._stirs[camera.id],
            hardware=hardware(self._config),
            ring=ring_bounds(self._config),
            tap=self._taps[camera.id],
        )

        def read() -> None:
            self._halt.wait(number * _STAGGER_S)
            while not self._halt.is_set():
                try:
                    reader.run(self._halt)
                except Exception as error:
                    # A fault of ours in one camera's thread must not end the watch of its places.
                    logger = get_logger(camera=camera.id)
                    logger.exception("camera_thread_failed")
                    self._statuses[camera.id].turn(CameraState.FAILED, f"internal error: {error}")
                    self._halt.wait(_MEND_S)

        return Thread(target=read, name=f"camera-{camera.id}", daemon=True)

    def _await_readers(self) -> None:
        until = self._clock.monotonic() + _JOIN_S
        for thread in self._readers:
            if thread.is_alive():
                thread.join(max(0.0, until - self._clock.monotonic()))
