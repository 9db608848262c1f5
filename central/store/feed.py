"""The persisted change feed: what desks follow live, and catch up with after a break."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from central.events.view import StreamPayload
from central.store.models import Stream
from central.store.upsert import crosses, last_number, table, take_numbers


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One change.

    Attributes:
        id: Its number; grows without holes.
        kind: Name of the server-sent event.
        payload: JSON.
    """

    id: int
    kind: str
    payload: str


def append(connection: Connection, changes: Sequence[StreamPayload], at: datetime, keep: int) -> int:
    """Add changes; the last number, or 0 without any. Rows older than the last ``keep`` go in time."""
    numbers = take_numbers(connection, "stream", len(changes))
    if not numbers:
        return 0
    rows = [
        {
            "id": number,
            "kind": "event",
            "event_id": change.event.id,
            "payload": change.model_dump_json(by_alias=True),
            "at": at,
        }
        for number, change in zip(numbers, changes, strict=True)
    ]
    connection.execute(insert(table(Stream)), rows)
    if crosses(numbers):
        connection.execute(delete(Stream).where(Stream.id <= numbers[-1] - keep))
    return numbers[-1]


def position(connection: Connection) -> int:
    """Number of the newest change, 0 before the first."""
    return last_number(connection, "stream")


def oldest(connection: Connection) -> int | None:
    """Number of the oldest change kept."""
    return connection.execute(select(func.min(Stream.id))).scalar_one_or_none()


def after(connection: Connection, number: int, limit: int) -> list[FeedRow]:
    """The changes after ``number``, oldest first, at most ``limit``."""
    statement = (
        select(Stream.id, Stream.kind, Stream.payload)
        .where(Stream.id > number)
        .order_by(Stream.id)
        .limit(limit)
    )
    return [FeedRow(row.id, row.kind, row.payload) for row in connection.execute(statement)]
