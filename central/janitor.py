"""The runner that deletes what is past its time and makes room for the days ahead, once a day."""

import threading

from sqlalchemy.exc import SQLAlchemyError

from central.config import Keep
from central.store import days
from central.store.engine import Store, first_line
from central.store.evidence import EvidenceStore
from central.store.retention import clear
from placewatch.clock import Clock, utc
from placewatch.logs import get_logger

_FIRST_S, _EVERY_S = 600.0, 86_400.0


class Janitor:
    """Deletes by the rules of ``keep``; any number of processes may run one on the same store."""

    def __init__(self, store: Store, evidence: EvidenceStore, keep: Keep, clock: Clock) -> None:
        """Work on ``store`` and ``evidence``."""
        self._store = store
        self._evidence = evidence
        self._keep = keep
        self._clock = clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="janitor", daemon=True)
        self._log = get_logger(part="retention")

    def start(self) -> None:
        """Begin; the first look comes after ten minutes, when what waited at the start is taken in."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End after the transaction at hand."""
        self._stop.set()
        self._thread.join(timeout_s)

    def look(self) -> None:
        """Delete what is past its time, and say what was."""
        try:
            done = clear(self._store, self._evidence, self._keep, utc(self._clock.now()))
        except SQLAlchemyError as error:
            self._log.error("nothing more could be deleted; tried again tomorrow", reason=first_line(error))
            return
        if done.events or done.keys or done.days:
            self._log.info(
                "past its time, deleted",
                events=done.events,
                files=done.files,
                bytes=done.bytes,
                keys=done.keys,
                days=done.days,
                entries=done.entries,
            )
        if done.failed:
            self._log.error("could not be deleted", files=done.failed[:10], count=len(done.failed))

    def prepare(self) -> None:
        """Make the days ahead; until that succeeds, entries lie in the partition for everything else."""
        try:
            days.prepare(self._store, utc(self._clock.now()))
        except SQLAlchemyError as error:
            self._log.error("no partitions for the days ahead; tried again", reason=first_line(error))

    def _run(self) -> None:
        pause = _FIRST_S
        self.prepare()
        while not self._stop.wait(pause):
            self.prepare()
            self.look()
            pause = _EVERY_S
