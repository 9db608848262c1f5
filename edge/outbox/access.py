"""The spool's file, used by one thread at a time, with errors in words."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from edge.outbox.tables import SpoolFile
from placewatch.errors import StoreError


class Access:
    """Shared by everything that keeps something in the file.

    Args:
        file: The open file.

    Attributes:
        db: Its connection; only inside `guarded` or `transaction`.
    """

    def __init__(self, file: SpoolFile) -> None:
        self._file = file
        self.db = file.db
        self._lock = threading.RLock()

    @contextmanager
    def guarded(self) -> Iterator[sqlite3.Connection]:
        """One thread at a time.

        Raises:
            StoreError: The disk is full or broken.
        """
        with self._lock:
            try:
                yield self.db
            except sqlite3.Error as error:
                raise StoreError(
                    f"the spool cannot be used: {error}",
                    where=str(self._file.path),
                    remedy="free or mend the disk; the worker goes on and tries again",
                ) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing.

        Raises:
            StoreError: The disk is full or broken; nothing was changed.
        """
        with self.guarded() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()
