"""The runner that lets time pass: a thread that asks the store, again and again, what is due."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from central.setup import Tables, TablesNow
from central.store.cases import Cases
from central.store.deadlines import events_due
from central.store.engine import Store, contended, first_line
from placewatch.clock import Clock, utc
from placewatch.logs import get_logger

_AT_A_TIME = 100


class Timekeeper:
    """Warns, escalates, ends pauses and lets cameras settle what they may.

    Any number of processes may run one on the same store: each takes events that no other holds, and looks at
    their limits once it has them. What was due while none ran is done at the start.
    """

    def __init__(
        self,
        store: Store,
        tables: TablesNow,
        clock: Clock,
        *,
        keep: int,
        changed: Callable[[], None] = lambda: None,
        every_s: float = 1.0,
    ) -> None:
        """Work on ``store``.

        Args:
            store: The database.
            tables: The city's present tables.
            clock: What time it is.
            keep: Changes that the stream holds.
            changed: Called after each commit that changed something.
            every_s: Pause between two looks.
        """
        self._store = store
        self._tables = tables
        self._clock = clock
        self._keep = keep
        self._changed = changed
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timekeeper", daemon=True)
        self._log = get_logger(part="timekeeper")
        self._failing = False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End after the look at hand."""
        self._stop.set()
        self._thread.join(timeout_s)

    def look(self) -> int:
        """Do everything that is due now, in transactions of a hundred events; how many events have changed.

        Raises:
            SQLAlchemyError: The database is away; nothing is missed, it is still due at the next look.
        """
        total = 0
        while True:
            now, tables = utc(self._clock.now()), self._tables()
            with self._store.read() as connection:
                due = events_due(connection, tables, now, _AT_A_TIME)
            if not due:
                return total
            done = self._elapse(due, tables, now)
            if done:
                self._changed()
            total += done
            if len(due) < _AT_A_TIME or not done:
                return total

    def _elapse(self, due: Sequence[int], tables: Tables, now: datetime) -> int:
        """All of them in one transaction; if one spoils it, each in its own, without that one."""
        try:
            with self._store.write() as connection:
                return Cases(connection, tables, self._keep).elapse(due, now)
        except SQLAlchemyError as error:
            if contended(error):  # another process got in between: all of it is due again at the next look
                return 0
            raise
        except Exception as error:  # noqa: BLE001 - one event must not stop the time of the others
            if len(due) == 1:
                self._log.error("time cannot go on for an event", event_id=due[0], exc_info=error)
                return 0
        return sum(self._elapse([event], tables, now) for event in due)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.look()
            except SQLAlchemyError as error:
                if not self._failing:
                    self._log.error("deadlines wait for the database", reason=first_line(error))
                self._failing = True
            else:
                self._failing = False
            self._stop.wait(self._every_s)
