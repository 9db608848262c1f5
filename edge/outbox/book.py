"""The spool's book: one row of numbers that changes in the same transaction as the alerts it counts."""

import secrets
import sqlite3
from dataclasses import astuple, dataclass, fields
from typing import Self

from messages import SpoolHealth

SCHEMA = """
CREATE TABLE book (
    session TEXT NOT NULL,
    seq INTEGER NOT NULL,
    lived_s REAL NOT NULL,
    waiting INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    spooled INTEGER NOT NULL,
    published INTEGER NOT NULL,
    receipted INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    pictures_dropped INTEGER NOT NULL,
    alerts_dropped INTEGER NOT NULL
) STRICT;
"""


@dataclass(slots=True)
class Book:
    """All that a spool knows about its session; the fields are the table's columns, in order.

    Attributes:
        session: Made with the file.
        seq: The last number used.
        lived_s: Seconds that workers have run on this file: the clock of the alerts' age.
        waiting: Alerts in the file.
        bytes: Bytes of their payloads.
        spooled: Alerts ever written.
        published: Of these, acknowledged by a broker at least once.
        receipted: Of these, committed by central.
        rejected: Of these, refused by central.
        pictures_dropped: Pictures given up.
        alerts_dropped: Alerts given up.
    """

    session: str
    seq: int = 0
    lived_s: float = 0.0
    waiting: int = 0
    bytes: int = 0
    spooled: int = 0
    published: int = 0
    receipted: int = 0
    rejected: int = 0
    pictures_dropped: int = 0
    alerts_dropped: int = 0

    @classmethod
    def load(cls, db: sqlite3.Connection) -> Self:
        """The book of this file; a new file gets a new session."""
        row = db.execute(_SELECT).fetchone()
        if row is not None:
            return cls(*row)
        book = cls(session=secrets.token_hex(8))
        db.execute(_INSERT, astuple(book))
        return book

    def save(self, db: sqlite3.Connection) -> None:
        """Write every number, inside the caller's transaction."""
        db.execute(_UPDATE, astuple(self))

    def removed(self, size: int) -> None:
        """One alert of ``size`` bytes has left the file."""
        self.waiting -= 1
        self.bytes -= size

    def health(self, oldest_s: float) -> SpoolHealth:
        """As the health message tells it."""
        return SpoolHealth(
            waiting=self.waiting,
            bytes=self.bytes,
            oldest_s=round(oldest_s, 3),
            spooled=self.spooled,
            published=self.published,
            receipted=self.receipted,
            rejected=self.rejected,
            pictures_dropped=self.pictures_dropped,
            alerts_dropped=self.alerts_dropped,
        )


# By name: a later program's book may have more columns, in another order.
_NAMES = [field.name for field in fields(Book)]
_SELECT = f"SELECT {', '.join(_NAMES)} FROM book"  # noqa: S608 - names of ours
_INSERT = f"INSERT INTO book ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608
_UPDATE = """
UPDATE book SET session = ?, seq = ?, lived_s = ?, waiting = ?, bytes = ?, spooled = ?, published = ?,
    receipted = ?, rejected = ?, pictures_dropped = ?, alerts_dropped = ?
"""
