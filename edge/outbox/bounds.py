"""What a spool gives up when it must.

Pictures before facts, updates before opened and closed, then the oldest.
"""

import sqlite3
from dataclasses import dataclass

import msgspec

from edge.outbox.book import Book
from messages import Alert, MessageError, decode, encode

REASON = "the picture was given up to keep the spool within its bounds"
"""What `evidence_missing` says then."""

_OLDEST = "SELECT seq, bytes, lived_s FROM alert ORDER BY seq LIMIT 1"
_OLDEST_UPDATE = "SELECT seq, bytes, lived_s FROM alert WHERE is_update ORDER BY seq LIMIT 1"
_OLDEST_PICTURE = "SELECT seq, bytes, payload FROM alert WHERE has_picture ORDER BY seq LIMIT 1"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a spool may hold.

    Attributes:
        max_bytes: Sum of the payloads.
        max_age_s: Age of the oldest.
    """

    max_bytes: int
    max_age_s: float


def enforce(db: sqlite3.Connection, bounds: Bounds, book: Book) -> None:
    """Bring the spool within its bounds, inside the caller's transaction; ``book`` counts what is lost."""
    while (row := db.execute(_OLDEST).fetchone()) and row[2] < book.lived_s - bounds.max_age_s:
        _drop(db, book, row[0], row[1])
    while book.bytes > bounds.max_bytes and (row := db.execute(_OLDEST_PICTURE).fetchone()):
        _drop_picture(db, book, *row)
    for query in (_OLDEST_UPDATE, _OLDEST):
        while book.bytes > bounds.max_bytes and (row := db.execute(query).fetchone()):
            _drop(db, book, row[0], row[1])


def _drop(db: sqlite3.Connection, book: Book, seq: int, size: int) -> None:
    db.execute("DELETE FROM alert WHERE seq = ?", (seq,))
    book.removed(size)
    book.alerts_dropped += 1


def _drop_picture(db: sqlite3.Connection, book: Book, seq: int, size: int, payload: bytes) -> None:
    try:
        bare = without_picture(payload)
    except MessageError:  # of a later program: it is whole, or it is nothing
        db.execute("UPDATE alert SET has_picture = 0 WHERE seq = ?", (seq,))
        return
    db.execute(
        "UPDATE alert SET payload = ?, bytes = ?, has_picture = 0 WHERE seq = ?", (bare, len(bare), seq)
    )
    book.bytes -= size - len(bare)
    book.pictures_dropped += 1


def without_picture(payload: bytes) -> bytes:
    """The same alert without its evidence, saying why."""
    alert = decode(payload, Alert)
    data = msgspec.structs.replace(alert.data, evidence=None, evidence_missing=REASON)
    return encode(msgspec.structs.replace(alert, data=data))
