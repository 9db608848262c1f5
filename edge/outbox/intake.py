"""The way into the spool when the disk refuses: alerts wait in memory, in order, and are tried again."""

import threading
from collections import deque
from collections.abc import Sequence

from edge.memory import Memory
from edge.outbox.spool import MakeAlert
from edge.outbox.store import AlertStore
from placewatch.errors import StoreError
from placewatch.logs import get_logger
from placewatch.words import counted

MOST_WAITING = 500
"""Alerts kept in memory while the disk refuses; with pictures at most some 90 MB."""


class Intake:
    """Takes alerts without ever failing its caller.

    Args:
        spool: Where they go.
        most_waiting: Alerts kept in memory while the disk refuses; then the oldest are given up.
    """

    def __init__(self, spool: AlertStore, *, most_waiting: int = MOST_WAITING) -> None:
        self._spool = spool
        self._most = most_waiting
        self._lock = threading.Lock()
        self._waiting: deque[tuple[MakeAlert, Memory | None]] = deque()
        self._given_up = 0
        self._refused = False
        self._why = ""
        self._log = get_logger()

    @property
    def waiting(self) -> int:
        """Alerts that are in memory only."""
        return len(self._waiting)

    @property
    def given_up(self) -> int:
        """Alerts that neither disk nor memory could hold."""
        return self._given_up

    @property
    def trouble(self) -> str:
        """What health says of the disk; empty when it has always taken everything."""
        lost = f"{counted(self._given_up, 'was', 'were')} given up" if self._given_up else ""
        if self._refused:
            waits = f"the disk refuses alerts: {counted(len(self._waiting), 'waits', 'wait')} in memory"
            return f"{', '.join(filter(None, (waits, lost)))} ({self._why})"
        return f"the disk refused alerts; {lost}" if lost else ""

    def put(self, make: MakeAlert, memory: Memory | None = None) -> bool:
        """Spool an alert behind those that wait in memory.

        Args:
            make: The alert (see `Spool.append`).
            memory: What its rule remembers after it.

        Returns:
            Whether it is on disk.
        """
        with self._lock:
            self._waiting.append((make, memory))
            if len(self._waiting) > self._most:
                self._waiting.popleft()
                self._given_up += 1
            return self._drain()

    def remember(self, memories: Sequence[Memory]) -> None:
        """Write what rules remember, unless alerts wait in memory: states must not overtake them.

        A disk that refuses is no loss: the next time tells more.
        """
        with self._lock:
            if not memories or not self._drain():
                return
            try:
                self._spool.remember(memories)
            except StoreError as error:
                self._log.debug("memory_not_written", reason=str(error))

    def retry(self) -> bool:
        """Try again what waits; call it now and then.

        Returns:
            Whether all of it is on disk.
        """
        with self._lock:
            return self._drain()

    def _made_room(self) -> bool:
        """Give up the clips that wait, so that a fact finds room; whether there were any."""
        try:
            return self._spool.drop_clips()
        except StoreError:
            return False

    def _drain(self) -> bool:
        while self._waiting:
            try:
                self._spool.append(*self._waiting[0])
            except StoreError as error:
                if self._made_room():
                    continue
                if not self._refused:
                    self._log.error("spool_refuses", reason=str(error), waiting_in_memory=len(self._waiting))
                self._refused, self._why = True, error.message
                return False
            except BaseException:
                self._waiting.popleft()  # an alert that cannot be made must not stop those behind it
                raise
            self._waiting.popleft()
        if self._refused:
            self._log.info("spool_takes_again", given_up=self._given_up)
        self._refused = False
        return True
