"""The dead-letter table: messages that could not be taken in, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert

from central.store.models import DeadLetter
from central.store.text import printable
from central.store.upsert import crosses, table, take_numbers

KEPT_BYTES = 16 * 1024
"""Most payload bytes kept: an alert without its picture is far below."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message and what is wrong with it.

    Attributes:
        topic: As published.
        message_id: Its id, when it could be read.
        payload: As published, or its beginning.
        size: Bytes of the whole payload.
        reason: For people.
        received: When it came.
    """

    topic: str
    message_id: str | None
    payload: bytes
    size: int
    reason: str
    received: datetime


def append(connection: Connection, letters: Sequence[Letter], keep: int) -> None:
    """Add letters; those older than the last ``keep`` go in time, but stay counted."""
    numbers = take_numbers(connection, "dead_letter", len(letters))
    if not numbers:
        return
    rows = [
        {
            "id": number,
            "topic": printable(letter.topic, 1000),
            "message_id": letter.message_id,
            "payload": letter.payload[:KEPT_BYTES],
            "size": letter.size,
            "reason": printable(letter.reason),
            "received": letter.received,
        }
        for number, letter in zip(numbers, letters, strict=True)
    ]
    connection.execute(insert(table(DeadLetter)), rows)
    if crosses(numbers):
        connection.execute(delete(DeadLetter).where(DeadLetter.id <= numbers[-1] - keep))
