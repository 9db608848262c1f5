"""One of several processes of a box: a worker whose spool and broker are those of the main process."""

import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from types import FrameType

from edge.config import BoxConfig
from edge.models import load_models
from edge.outbox.remote import RemoteSpool, Report, Wire
from edge.runner.changes import changes
from edge.runner.ending import leave_behind
from edge.runner.parts import Outbox, Parts
from edge.runner.worker import Worker
from messages import Health, Snapshot
from placewatch.errors import PlacewatchError, StoreError
from placewatch.logs import LogFormat, configure, get_logger

MakeParts = Callable[[BoxConfig], Parts]
"""Loads what a worker is made of; a function of a module, for it is called in another process."""


def load_parts(config: BoxConfig) -> Parts:
    """The configured networks."""
    detector, redactor = load_models(config.detector)
    return Parts(detector, redactor, finder=redactor)


@dataclass(frozen=True, slots=True)
class Orders:
    """What a process is told at its start.

    Attributes:
        config: Its part of the box.
        folder: Of the configuration file.
        make_parts: Loads its networks.
        log_format: As the main process has it.
        verbose: Likewise.
    """

    config: BoxConfig
    folder: Path
    make_parts: MakeParts = load_parts
    log_format: LogFormat = "console"
    verbose: bool = False


class _Reports:
    """Stands in for the publisher: alerts are the main process's affair, health goes there by the wire."""

    connected = False

    def __init__(self, spool: RemoteSpool, gone: Event) -> None:
        self._spool = spool
        self._gone = gone
        self.healthy: Callable[[], bool] = lambda: True
        self.command: Callable[[bytes], None] = lambda _payload: None

    def start(self) -> None:
        """Nothing to begin."""

    def stop(self, drain_s: float = 0.0) -> bool:
        """Nothing waits here."""
        del drain_s
        return True

    def on_command(self, handler: Callable[[bytes], None]) -> None:
        """Central's commands come by the control wire."""
        self.command = handler

    def publish_snapshot(self, snapshot: Snapshot) -> bool:
        """Have the main process send a picture."""
        return self._spool.publish_snapshot(snapshot)

    def publish_health(self, health: Health) -> bool:
        """Tell the main process; when it is gone, this process has to end."""
        try:
            self._spool.report(Report(health, self.healthy()))
        except StoreError:
            self._gone.set()
            raise
        return True


def run_process(orders: Orders, wire: Wire, control: Wire) -> None:
    """A process's whole life: until the main process says so, or is gone.

    Args:
        orders: What to do.
        wire: Calls to the main process (see `edge.outbox.remote`).
        control: Brings central's commands as bytes and other configurations; anything else, its end above
            all, ends the work.
    """
    configure(fmt=orders.log_format, verbose=orders.verbose)
    stop = Event()
    _on_signals(stop)
    logger = get_logger(box=orders.config.box)
    try:
        parts = orders.make_parts(orders.config)
        spool = RemoteSpool(wire)
        reports = _Reports(spool, stop)
        worker = Worker(orders.config, orders.folder, parts, Outbox(spool, reports))
    except PlacewatchError as error:
        logger.error("worker_process_failed", reason=str(error))  # noqa: TRY400 - one line, meant for people
        raise SystemExit(error.exit_code) from error
    reports.healthy = worker.healthy
    obeying = Thread(target=_obey, args=(control, stop, reports, worker, orders), name="control", daemon=True)
    obeying.start()
    worker.run(stop)
    leave_behind(worker.hanging)


def _obey(control: Wire, stop: Event, reports: _Reports, worker: Worker, orders: Orders) -> None:
    config = orders.config
    with suppress(EOFError, OSError):
        while True:
            said = control.recv()
            if isinstance(said, bytes):
                reports.command(said)
            elif isinstance(said, BoxConfig):
                _reconfigure(worker, config, said, orders.make_parts)
                config = said
            else:
                break
    stop.set()


def _reconfigure(worker: Worker, old: BoxConfig, new: BoxConfig, make_parts: MakeParts) -> None:
    try:
        worker.reconfigure(new, make_parts(new) if changes(old, new).networks else None)
    except Exception:
        # The main process sees what becomes of the cameras, and takes the configuration back.
        logger = get_logger(box=new.box)
        logger.exception("config_not_applied")


def _on_signals(stop: Event) -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    # Ctrl-C reaches every process of the terminal; the main one says when it is time.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
