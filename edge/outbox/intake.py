"""The way into the spool when the disk refuses: alerts wait in memory, in order, and are tried again."""

import threading
from collections import deque

from edge.outbox.spool import MakeAlert, Spool
from placewatch.errors import StoreError
from placewatch.logs import get_logger

MOST_WAITING = 500
"""Alerts kept in memory while the disk refuses; with pictures at most some 90 MB."""


class Intake:
    """Takes alerts without ever failing its caller.

    Args:
        spool: Where they go.
        most_waiting: Alerts kept in memory while the disk refuses; then the oldest are given up.
    """

    def __init__(self, spool: Spool, *, most_waiting: int = MOST_WAITING) -> None:
        self._spool = spool
        self._most = most_waiting
        self._lock = threading.Lock()
        self._waiting: deque[MakeAlert] = deque()
        self._given_up = 0
        self._refused = False
        self._log = get_logger()

    @property
    def waiting(self) -> int:
        """Alerts that are in memory only."""
        return len(self._waiting)

    @property
    def given_up(self) -> int:
        """Alerts that neither disk nor memory could hold."""
        return self._given_up

    def put(self, make: MakeAlert) -> bool:
        """Spool an alert behind those that wait in memory.

        Returns:
            Whether it is on disk.
        """
        with self._lock:
            self._waiting.append(make)
            if len(self._waiting) > self._most:
                self._waiting.popleft()
                self._given_up += 1
            return self._drain()

    def retry(self) -> bool:
        """Try again what waits; call it now and then.

        Returns:
            Whether all of it is on disk.
        """
        with self._lock:
            return self._drain()

    def _drain(self) -> bool:
        while self._waiting:
            try:
                self._spool.append(self._waiting[0])
            except StoreError as error:
                if not self._refused:
                    self._log.error("spool_refuses", reason=str(error), waiting_in_memory=len(self._waiting))
                self._refused = True
                return False
            except BaseException:
                self._waiting.popleft()  # an alert that cannot be made must not stop those behind it
                raise
            self._waiting.popleft()
        if self._refused:
            self._log.info("spool_takes_again", given_up=self._given_up)
        self._refused = False
        return True
