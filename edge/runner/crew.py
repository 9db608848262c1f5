"""A big box: several processes share its cameras; spool, broker and health are one.

The main process has no camera. It keeps the spool and publishes from it; each worker process hands its
alerts over a pipe and goes on when they are on disk. A process that ends or hangs is started again with what
its rules remembered, which was written together with their alerts: nothing is told twice.
"""

import multiprocessing
import random as _random
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Event, Lock, Thread

from edge.config import BoxConfig
from edge.ingest.backoff import Backoff
from edge.outbox.remote import Answer, Call, Report, Wire, answered
from edge.outbox.shelf import ShelfState
from edge.outbox.spool import Spool
from edge.runner.changes import Changes, changes
from edge.runner.degraded import Degraded
from edge.runner.parts import Moves, Parts, Publishes, open_spool, over_mqtt
from edge.runner.process import Orders, run_process
from edge.runner.running import DRAIN_S, Running
from edge.runner.sharing import Part, put_together, shared_again, shared_out
from edge.runner.snapshots import TakesCommands
from edge.runner.worker import HUNG_S
from messages import ClipHealth, Health, Snapshot
from placewatch import __version__
from placewatch.clock import Clock, SystemClock, utc
from placewatch.logs import get_logger

START_S = 60.0
"""A process may take so long to load its networks before it counts as hung."""

_STOP_S = 10.0
"""How long a clean stop waits for a process."""

_BACKOFF = Backoff(first_s=0.5, cap_s=30.0)
_PROVEN_S = 60.0
"""A process that lived so long was good: its next end begins the backoff anew."""


@dataclass(slots=True)
class _Hand:
    """One worker process, over all its lives."""

    number: int
    config: BoxConfig
    health: Health | None = None
    heard: float = 0.0
    trouble: str = ""
    control: "Wire | None" = None
    process: SpawnProcess | None = None
    lock: Lock = field(default_factory=Lock)

    def part(self) -> Part:
        """As the health message needs it."""
        with self.lock:
            return Part(self.config, self.health, self.trouble)


class Crew(Running):
    """Runs a box on several processes from `start` to `stop`; used like `edge.runner.worker.Worker`.

    Args:
        config: The box; `workers` says how many processes.
        folder: What the spool's path is relative to: the folder of the configuration file.
        orders: What the processes are told besides their part of the box.
        clock: Time.
        random: Numbers in [0, 1) for the backoff's jitter.
        publisher: Makes what takes alerts out of the spool.

    Raises:
        StoreError: The spool cannot be opened.
    """

    def __init__(
        self,
        config: BoxConfig,
        folder: Path,
        orders: Orders | None = None,
        *,
        clock: Clock | None = None,
        random: Callable[[], float] = _random.random,
        publisher: Callable[[Spool, BoxConfig], Publishes] = over_mqtt,
    ) -> None:
        clock = clock or SystemClock()
        self._spool_path = folder / config.spool.path
        self._spool = open_spool(config, folder, clock)
        super().__init__(config, publisher(self._spool, config), clock)
        self._orders = orders or Orders(config, folder)
        self._random = random
        if isinstance(self._publisher, TakesCommands):
            self._publisher.on_command(self._command)
        self._hands = [_Hand(number, part) for number, part in enumerate(shared_out(config), 1)]
        self._began = self._clock.monotonic()
        self._degraded = Degraded(clock)
        self._halt = Event()
        self._minders = [
            Thread(target=self._mind, args=(hand,), name=f"worker-{hand.number}", daemon=True)
            for hand in self._hands
        ]

    def start(self) -> None:
        """Begin: returns at once."""
        logger = get_logger(box=self._config.box)
        logger.info(
            "box_starting",
            site=self._config.site,
            cameras=len(self._config.cameras),
            workers=len(self._hands),
            broker=f"{self._config.broker.host}:{self._config.broker.port}",
            spool=str(self._spool_path),
            waiting=self._spool.stats().waiting,
            version=__version__,
        )
        self._publisher.start()
        self._herald.start()
        for thread in self._minders:
            thread.start()
        if self._steward is not None:
            self._steward.start(self)

    def stop(self, *, drain_s: float = DRAIN_S) -> bool:
        """Stop the processes, wait for receipts, say so, and go offline.

        Returns:
            Whether central has every alert; what it has not stays in the spool.
        """
        logger = get_logger(box=self._config.box)
        logger.info("box_stopping")
        until = self._clock.monotonic() + drain_s
        if self._steward is not None:
            self._steward.stop()
        self._halt.set()
        self._herald.stop()
        for hand in self._hands:
            self._dismiss(hand)
        for thread in self._minders:
            if thread.is_alive():
                thread.join(2 * _STOP_S)
        empty = self._drained(self._spool, until)
        logger.info("box_stopped", all_receipted=empty)
        return empty

    def reconfigure(self, config: BoxConfig, parts: Parts | None = None) -> Changes:
        """Go on with another configuration: each process changes its part, and cameras stay where they are.

        The number of processes stays as it was at the start.

        Args:
            config: The box from now on.
            parts: Proof that the networks it names can be loaded; each process loads its own.

        Returns:
            What it changed.
        """
        del parts
        change = changes(self._config, config)
        for hand, part in zip(
            self._hands, shared_again(config, [h.config for h in self._hands]), strict=True
        ):
            with hand.lock:
                hand.config = part
                if hand.control is not None:
                    with suppress(OSError):  # it has ended: its next life begins with this
                        hand.control.send(part)
        self._config = config
        self._herald.every_s = config.health_s
        if change.broker and isinstance(self._publisher, Moves):
            self._publisher.move(config.broker)
        return change

    def healthy(self) -> bool:
        """Whether alerts can come out: the processes are minded; those that end are started again."""
        return all(thread.is_alive() for thread in self._minders)

    def health(self, *, stopping: bool = False) -> Health:
        """The box's health now, as its processes last told theirs."""
        own = Health(
            site=self._config.site,
            box=self._config.box,
            session=self._spool.session,
            time=utc(self._clock.now()),
            uptime_s=round(self._clock.monotonic() - self._began, 3),
            version=__version__,
            model=self._config.detector.model,
            cameras=[],
            spool=self._spool.stats(),
            clips=_clips(self._spool.clips()),
            disk_free_bytes=shutil.disk_usage(self._spool_path.parent).free,
            config=self._config_health(),
            update=self._update_health(),
            degraded=self._degraded.look(),
            stopping=stopping,
        )
        order = [camera.id for camera in self._config.cameras]
        return put_together(own, [hand.part() for hand in self._hands], order)

    def processes(self) -> list[int]:
        """Process ids of those that live."""
        found = [hand.process.pid for hand in self._hands if hand.process is not None]
        return [number for number in found if number is not None]

    def _mind(self, hand: _Hand) -> None:
        """One process after the other, until the stop."""
        logger = get_logger(box=self._config.box, worker=hand.number)
        failures = 0
        while not self._halt.is_set():
            began = self._clock.monotonic()
            try:
                how = self._life(hand)
            except Exception as error:
                logger.exception("worker_process_not_minded")
                how = f"could not be started: {error}"
            if self._halt.is_set():
                return
            failures = 1 if self._clock.monotonic() - began >= _PROVEN_S else failures + 1
            wait = _BACKOFF.delay(failures, self._random())
            with hand.lock:
                hand.trouble = f"its worker process {how}; it is started again"
            logger.error("worker_process_ended", how=how, cameras=len(hand.config.cameras), retry_s=wait)
            self._halt.wait(wait)

    def _life(self, hand: _Hand) -> str:
        """Start a process and answer its calls until it ends; how it ended."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        control, heard = context.Pipe()
        orders = replace(self._orders, config=hand.config)
        process = context.Process(target=run_process, args=(orders, theirs, heard), daemon=True)
        process.start()
        theirs.close()
        heard.close()
        with hand.lock:
            hand.process, hand.control, hand.heard = process, control, self._clock.monotonic() + START_S
            if hand.config is not orders.config:  # it changed while the process was being made
                control.send(hand.config)
        if self._halt.is_set():
            self._dismiss(hand)
        try:
            hung = self._answer(hand, ours)
        finally:
            ours.close()
            with hand.lock:
                hand.process = hand.control = None
            control.close()
            process.join(_STOP_S)
            if process.is_alive():
                process.kill()
                process.join(_STOP_S)
        return hung or _end(process.exitcode)

    def _answer(self, hand: _Hand, wire: "Connection[Answer, object]") -> str:
        """Serve one process until its pipe ends; why it was given up, if it was."""
        methods: dict[str, Callable[..., object]] = {
            "session": lambda: self._spool.session,
            "append": self._append,
            "remember": self._spool.remember,
            "memories": self._spool.memories,
            "stats": self._spool.stats,
            "put_clip": self._spool.put_clip,
            "drop_clips": self._spool.drop_clips,
            "publish_snapshot": self._publish_snapshot,
        }
        patience = HUNG_S + hand.config.health_s
        while True:
            if wire.poll(1.0):
                try:
                    said = wire.recv()
                    if isinstance(said, Call):
                        wire.send(answered(said, methods))
                except (EOFError, OSError):
                    return ""
                if isinstance(said, Report) and not self._note(hand, said):
                    return self._give_up(hand)
            elif self._clock.monotonic() - hand.heard > patience:
                return self._give_up(hand)

    def _append(self, *arguments: object) -> None:
        # The alert itself need not travel back.
        self._spool.append(*arguments)  # type: ignore[arg-type]

    def _command(self, payload: bytes) -> None:
        """Central's commands go to every process; the one that has the camera answers."""
        for hand in self._hands:
            with hand.lock:
                if hand.control is not None:
                    with suppress(OSError):
                        hand.control.send(payload)

    def _publish_snapshot(self, snapshot: Snapshot) -> bool:
        publisher = self._publisher
        return isinstance(publisher, TakesCommands) and publisher.publish_snapshot(snapshot)

    def _note(self, hand: _Hand, report: Report) -> bool:
        with hand.lock:
            hand.health, hand.trouble = report.health, ""
            hand.heard = max(hand.heard, self._clock.monotonic())
        return report.healthy

    def _give_up(self, hand: _Hand) -> str:
        process = hand.process
        if process is not None:
            process.kill()
        return f"hung for {HUNG_S:.0f} s"

    def _dismiss(self, hand: _Hand) -> None:
        with hand.lock:
            if hand.control is not None:
                try:
                    hand.control.send("stop")
                except OSError:
                    return


def _clips(shelf: ShelfState) -> ClipHealth:
    """What the main process knows of clips; its processes add what they made."""
    return ClipHealth(waiting_bytes=shelf.waiting_bytes, dropped=shelf.dropped)


def _end(code: int | None) -> str:
    """How a process ended, in words."""
    if code is not None and code < 0:
        return f"was killed by signal {-code}"
    return f"ended with {code}"
