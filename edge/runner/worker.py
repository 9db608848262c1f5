"""One box at work: a thread a camera, one that looks, one that makes alerts, one that publishes."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from threading import Event, Lock, Thread

import cv2

from edge.config import BoxConfig
from edge.gate.relief import Relief
from edge.ingest.errors import safe_url
from edge.ingest.geared import Sample
from edge.ingest.slot import LatestSlots
from edge.outbox.intake import Intake
from edge.reporting import model_id
from edge.runner.alerting import AlertLoop
from edge.runner.changes import Changes, changes
from edge.runner.clipping import ClipLoop
from edge.runner.degraded import Degraded
from edge.runner.ending import alive
from edge.runner.inference import InferenceLoop
from edge.runner.parts import Moves, Outbox, Parts, open_spool
from edge.runner.post import STAGGER_S, Board, Post, PostMaker, await_posts
from edge.runner.running import DRAIN_S, Running
from edge.runner.snapshots import SnapshotLoop, TakesCommands
from edge.runner.streams import StreamWatch
from edge.watching import canvas_detector, whole_looks
from messages import ClipHealth, Health
from placewatch import __version__
from placewatch.clock import utc
from placewatch.logs import get_logger

_JOIN_S = 2.0
"""How long a clean stop waits for a camera; one that hangs in the network is left behind."""

HUNG_S = 60.0
"""A looking thread that has not come round for so long hangs; an overloaded one does every second."""


class Worker(Running):
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
        self._parts = parts
        self._spool_path = folder / config.spool.path
        if outbox is None:
            spool = open_spool(config, folder, parts.clock)
            outbox = Outbox(spool, parts.publisher(spool, config))
        super().__init__(config, outbox.publisher, parts.clock)
        self._spool = outbox.spool
        self._changing = Lock()
        self._slots: LatestSlots[Sample] = LatestSlots(
            [camera.id for camera in config.cameras], Sample.instead_of
        )
        self._relief = Relief()
        self._board = Board()
        maker = self._maker(config)
        for number, camera in enumerate(config.cameras):
            self._board.put(maker.post(camera, delay_s=number * STAGGER_S))
        self._clips = self._clip_loop()
        self._snapshots = self._snapshot_loop()
        announced = (lambda _draft, _time: None) if self._clips is None else self._clips.opened
        self._intake = Intake(self._spool)
        self._degraded = Degraded(parts.clock)
        self._alerts = AlertLoop(self._board.reporters, self._intake, announced)
        eyes, statuses = self._board.eyes, self._board.statuses
        self._inference = InferenceLoop(
            canvas_detector(config, parts.detector),
            self._slots,
            eyes,
            statuses,
            self._alerts.report,
            parts.clock,
            each_round=StreamWatch(eyes, statuses, parts.clock, self._alerts.report_blind),
            whole=whole_looks(config),
            looked=parts.looked,
        )
        self._resume()
        self._began = parts.clock.monotonic()
        self._halt = Event()
        self._looking = Thread(target=self._inference.run, args=(self._halt,), name="inference", daemon=True)
        self._alerting = Thread(target=self._alerts.run, name="alerts", daemon=True)
        self._others = [
            Thread(target=loop.run, name=name, daemon=True)
            for name, loop in (("clips", self._clips), ("snapshots", self._snapshots))
            if loop is not None
        ]

    def _maker(self, config: BoxConfig) -> PostMaker:
        parts = self._parts
        side = canvas_detector(config, parts.detector).canvases.side
        model = model_id(parts.detector)
        return PostMaker(config, parts, parts.redactor, model, side, self._slots, self._relief)

    def _clip_loop(self) -> ClipLoop | None:
        finder = self._parts.finder
        if finder is None:
            return None
        return ClipLoop(self._config, self._board.taps(), finder, self._spool.put_clip, self._clock)

    def _snapshot_loop(self) -> SnapshotLoop | None:
        publisher = self._publisher
        if not isinstance(publisher, TakesCommands):
            return None
        taps, redactor = self._board.taps(), self._parts.redactor
        loop = SnapshotLoop(self._config, taps, redactor, publisher.publish_snapshot, self._clock)
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

    def start(self) -> None:
        """Begin: returns at once."""
        cv2.setNumThreads(1)  # its pool would wake every core for each small picture
        config = self._config
        logger = get_logger(box=config.box)
        logger.info(
            "box_starting",
            site=config.site,
            cameras=len(config.cameras),
            model=model_id(self._parts.detector),
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
        cameras = (post.thread for post in self._board.posts.values())
        for thread in (self._alerting, self._looking, *self._others, *cameras):
            thread.start()
        if self._steward is not None:
            self._steward.start(self)

    def stop(self, *, drain_s: float = DRAIN_S) -> bool:
        """Stop cameras, finish what was seen, wait for receipts, say so, and go offline.

        Episodes that are open stay open: that the box stops is no reason to call a place clear.

        Returns:
            Whether central has every alert; what it has not stays in the spool.
        """
        logger = get_logger(box=self._config.box)
        logger.info("box_stopping")
        until = self._clock.monotonic() + drain_s
        if self._steward is not None:
            self._steward.stop()
        with self._changing:  # a change that is under way is finished first
            self._halt.set()
            posts = list(self._board.posts.values())
        for post in posts:
            post.halt.set()
        self._herald.stop()
        for loop in (self._clips, self._snapshots):
            if loop is not None:
                loop.finish()
        self._slots.close()
        self._looking.join(_JOIN_S)
        self._alerts.finish()
        self._alerting.join(max(_JOIN_S, drain_s))
        self._await(posts)
        for thread in self._others:
            thread.join(_JOIN_S)
        threads = [self._looking, self._alerting, *self._others, *(post.thread for post in posts)]
        self.hanging = alive(threads)
        empty = self._drained(self._spool, until)
        logger.info("box_stopped", all_receipted=empty)
        return empty

    def _await(self, posts: Iterable[Post]) -> None:
        await_posts(posts, self._clock.monotonic() + _JOIN_S, self._clock.monotonic)

    def health(self, *, stopping: bool = False) -> Health:
        """The box's health now; begins a new period for its rates."""
        effort = self._inference.meter.take()
        posts = dict(self._board.posts)
        cameras = [
            posts[camera.id].status.health(dropped=self._slots.dropped(camera.id), load=effort.load)
            for camera in self._config.cameras
            if camera.id in posts
        ]
        return Health(
            site=self._config.site,
            box=self._config.box,
            session=self._spool.session,
            time=utc(self._clock.now()),
            uptime_s=round(self._clock.monotonic() - self._began, 3),
            version=__version__,
            model=model_id(self._parts.detector),
            cameras=cameras,
            spool=self._spool.stats(),
            clips=self._clip_health(),
            detect_ms=round(effort.mean_ms, 2),
            detect_load=round(effort.load, 3),
            canvases_per_look=round(effort.canvases / effort.looks, 3) if effort.looks else 0.0,
            canvas_fill=round(effort.fill, 3),
            disk_free_bytes=shutil.disk_usage(self._spool_path.parent).free,
            config=self._config_health(),
            update=self._update_health(),
            degraded=self._degraded.look(self._intake),
            stopping=stopping,
        )

    def _clip_health(self) -> ClipHealth | None:
        if self._clips is None or not self._config.clips.make:
            return None
        return self._clips.health(self._spool.clips())

    def reconfigure(self, config: BoxConfig, parts: Parts | None = None) -> Changes:
        """Go on with another configuration: what it does not change goes on undisturbed, packets above all.

        Episodes that are open stay open where their rule is still there; the others are closed. Spool, status
        port and number of processes stay as they were at the start.

        Args:
            config: The box from now on.
            parts: With the networks that it names, where they are others than before.

        Returns:
            What it changed.

        Raises:
            TimeoutError: The thread that looks hangs; nothing but the streams of changed cameras was touched.
        """
        with self._changing:
            change = changes(self._config, config)
            if parts is not None:
                self._parts = replace(
                    self._parts, detector=parts.detector, redactor=parts.redactor, finder=parts.finder
                )
            fresh = self._maker(config).changed(self._board.posts, change)
            leaving = [self._board.posts[name] for name in (*change.removed, *change.reopened)]
            for post in leaving:
                post.halt.set()
            self._await(leaving)
            self._between(lambda: self._swap(config, change, fresh))
            self._herald.every_s = config.health_s
            if change.broker and isinstance(self._publisher, Moves):
                self._publisher.move(config.broker)
            for name in change.opened:
                fresh[name].thread.start()
        return change

    def _between(self, errand: Callable[[], None]) -> None:
        if self._looking.is_alive():
            self._inference.between(errand, HUNG_S)
        else:
            errand()

    def _swap(self, config: BoxConfig, change: Changes, fresh: dict[str, Post]) -> None:
        """On the thread that looks: no look is under way."""
        now, board, parts = self._clock.now(), self._board, self._parts
        for name in change.removed:
            pipeline = board.eyes[name].pipeline
            self._alerts.report_blind(name, now, pipeline.orphans(), "its camera is no longer configured")
            board.remove(name)
            self._slots.remove(name)
        for name, post in fresh.items():
            before = board.posts.get(name)
            self._slots.add(name)
            post.status.place = post.camera.place
            orphans = post.eye.pipeline.restore(before.eye.pipeline.memories()) if before else ()
            board.put(post)
            if orphans:
                self._alerts.report_blind(name, now, orphans, "its rule is no longer configured")
        self._inference.detector = canvas_detector(config, parts.detector)
        self._inference.whole = whole_looks(config)
        if self._clips is not None and parts.finder is not None:
            self._clips.reconfigure(config, board.taps(), parts.finder)
        if self._snapshots is not None:
            self._snapshots.reconfigure(config, board.taps(), parts.redactor)
        self._config = config
