"""The runner that looks for silence and for floods, and keeps the arrangement of open events true."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from central.setup import TablesNow
from central.store import arrange, feed, flood, silence
from central.store.engine import Store, first_line
from central.store.feed import EventChange
from placewatch.clock import Clock, utc
from placewatch.logs import get_logger

_WHOLE_EVERY = timedelta(minutes=1)


class Watchman:
    """Any number of processes may run one on the same store."""

    def __init__(
        self,
        store: Store,
        tables: TablesNow,
        clock: Clock,
        *,
        keep: int,
        listening: Callable[[], datetime | None],
        changed: Callable[[], None] = lambda: None,
        every_s: float = 5.0,
    ) -> None:
        """Work on ``store``.

        Args:
            store: The database.
            tables: The city's present tables.
            clock: What time it is.
            keep: Changes that the stream holds.
            listening: Since when this centre hears the boxes without a break; None while it does not. A deaf
                centre calls no box silent.
            changed: Called after each commit that changed something.
            every_s: Pause between two looks.
        """
        self._store = store
        self._tables = tables
        self._clock = clock
        self._keep = keep
        self._listening = listening
        self._changed = changed
        self._every_s = every_s
        self._whole: datetime | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watchman", daemon=True)
        self._log = get_logger(part="watchman")
        self._told = ""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End after the look at hand."""
        self._stop.set()
        self._thread.join(timeout_s)

    def look(self) -> int:
        """Do what there is to do now; how many events have changed.

        Raises:
            SQLAlchemyError: The database is away.
        """
        now, tables = utc(self._clock.now()), self._tables()
        count = 0
        since = self._listening()
        if since is not None and now - since > timedelta(seconds=tables.compression.file.silent_after_s):
            count += self._silence(now)
        with self._store.write() as connection:
            moved = flood.look(connection, tables, now)
            if self._whole is None or now - self._whole >= _WHOLE_EVERY:
                moved |= arrange.rearrange_all(connection, tables, now)
                self._whole = now
            changes = [EventChange(event) for event in sorted(moved)]
            feed.append(connection, changes, now, self._keep)
        if count or moved:
            self._changed()
        return count + len(moved)

    def _silence(self, now: datetime) -> int:
        try:
            with self._store.write() as connection:
                return silence.look(connection, self._tables(), self._keep, now)
        except IntegrityError:  # another process was faster
            return 0

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.look()
                self._told = ""
            except SQLAlchemyError as error:
                reason = first_line(error)
                if reason != self._told:
                    self._log.error("boxes and floods wait for the database", reason=reason)
                self._told = reason
