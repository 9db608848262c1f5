"""The writer's thread: batches to commits, outages waited out, poison set aside."""

import random
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from central.config import Ingest
from central.ingest.batch import Committed
from central.ingest.check import Checker, shorten
from central.ingest.inbound import AlertIn, ClipIn, Inbound, Read, Refused
from central.ingest.intake import Intake
from central.ingest.writer import Writer
from central.store.engine import contended, first_line, outage
from messages import encode
from placewatch.logs import get_logger

_BACKOFF_S = (0.2, 10.0)
_CONFLICT_TRIES = 3

Commits = Callable[[Sequence[Inbound], Committed], None]
"""Called after each commit with the messages that may now be acknowledged, and what they did."""


class Worker:
    """Takes batches from the intake until stopped."""

    def __init__(
        self, intake: Intake, checker: Checker, writer: Writer, config: Ingest, commits: Commits
    ) -> None:
        """Write what ``intake`` holds, and tell ``commits``."""
        self._intake = intake
        self._checker = checker
        self._writer = writer
        self._config = config
        self._commits = commits
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._log = get_logger(part="ingest")
        self.waiting_since: datetime | None = None

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def leave(self) -> None:
        """Finish the batch at hand and end; `join` waits for it."""
        self._stop.set()
        self._intake.close()

    def join(self, timeout_s: float) -> bool:
        """Wait for its end; False when it did not come in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        config = self._config
        while not self._stop.is_set():
            batch = self._intake.take(
                most=config.batch_size, fill_s=config.batch_ms / 1000, linger_s=config.linger_ms / 1000
            )
            if batch:
                self._settle([self._checker.read(message) for message in batch])

    def _settle(self, reads: Sequence[Read]) -> None:
        """Commit ``reads`` whatever it takes; only a stop leaves them to the broker."""
        conflicts = 0
        pause, longest = _BACKOFF_S
        while True:
            try:
                done = self._writer.write(reads)
            except IntegrityError as error:  # another central may have made the same event just now
                conflicts += 1
                if conflicts < _CONFLICT_TRIES:
                    continue
                self._split(reads, error)
                return
            except Exception as error:  # noqa: BLE001 - whatever one message does, the city goes on
                if contended(error):
                    continue
                if not outage(error):
                    self._split(reads, error)
                    return
                self._outage(error, pause)
                if self._stop.wait(pause * random.uniform(0.8, 1.2)):  # noqa: S311 - jitter, not a secret
                    return
                pause = min(pause * 2, longest)
            else:
                self._recovered()
                self._commits([read.source for read in reads], done)
                return

    def _split(self, reads: Sequence[Read], error: Exception) -> None:
        """One message spoils the batch: halve it until that one is alone, then set it aside."""
        if len(reads) > 1:
            middle = len(reads) // 2
            self._settle(reads[:middle])
            self._settle(reads[middle:])
            return
        read = reads[0]
        known = isinstance(error, SQLAlchemyError)
        reason = first_line(error) if known else f"{type(error).__name__}: {error}"
        trace = None if known else error  # the database's own words say it all; ours need the place
        self._log.error("message set aside", topic=read.source.topic, reason=reason, exc_info=trace)
        self._bury(withhold(read, f"cannot be written: {reason}"))

    def _bury(self, refused: Refused) -> None:
        """A dead letter must get through: a database that refuses even that is out of order."""
        pause, longest = _BACKOFF_S
        while True:
            try:
                done = self._writer.write([refused])
            except SQLAlchemyError as error:
                self._outage(error, pause)
                if self._stop.wait(pause):
                    return
                pause = min(pause * 2, longest)
            else:
                self._recovered()
                self._commits([refused.source], done)
                return

    def _outage(self, error: Exception, pause: float) -> None:
        if self.waiting_since is None:
            self.waiting_since = datetime.now().astimezone()
            self._log.error(
                "database does not take alerts; nothing is acknowledged, boxes and broker keep them",
                reason=first_line(error),
                retry_s=pause,
            )

    def _recovered(self) -> None:
        if self.waiting_since is not None:
            self._log.info("database takes alerts again", since=self.waiting_since.isoformat())
            self.waiting_since = None


def withhold(read: Read, reason: str) -> Refused:
    """A message that reads well but cannot be written, as a dead letter that keeps all but its picture."""
    if isinstance(read, ClipIn):
        return Refused(shorten(read.source, 0), reason, read.box, read.part.id)
    if not isinstance(read, AlertIn):
        return Refused(read.source, reason, read.box)
    data = msgspec.structs.replace(read.alert.data, evidence=None)
    facts = encode(msgspec.structs.replace(read.alert, data=data))
    return Refused(msgspec.structs.replace(read.source, payload=facts), reason, read.box, read.alert.id)
