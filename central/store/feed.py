"""The persisted change feed: what desks follow live, and catch up with after a break.

A row says which event changed and how; the event itself is read when somebody looks. A desk gets an event as
it is by then, once for all of its changes: nobody pays for a state that nobody has seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, func, select

from central.events.facts import EventFacts
from central.store.books import read_events
from central.store.bulk import Bulk
from central.store.models import Stream
from central.store.upsert import crosses, last_number, take_numbers


@dataclass(frozen=True, slots=True)
class EventChange:
    """One change of an event.

    Attributes:
        event_id: Row id.
        verbs: What happened, as in the timeline; empty for a mere refresh.
    """

    event_id: int
    verbs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedRow:
    """What a desk is told of one event.

    Attributes:
        id: Number of its latest change; grows.
        kind: Name of the server-sent event.
        payload: JSON.
        org: The org on the ground, whose people and those of the orgs above see the event.
    """

    id: int
    kind: str
    payload: str
    org: str


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A stretch of the feed.

    Attributes:
        rows: In order of their numbers.
        last: Number of the last change that is dealt with.
    """

    rows: list[FeedRow]
    last: int


Show = Callable[[EventFacts, Sequence[str]], str]
"""An event and what happened to it, as JSON."""


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    kind: str
    event_id: int
    payload: str
    at: datetime


_rows = Bulk(Stream, _Row)


def append(connection: Connection, changes: Sequence[EventChange], at: datetime, keep: int) -> int:
    """Add changes; the last number, or 0 without any. Rows older than the last ``keep`` go in time."""
    numbers = take_numbers(connection, "stream", len(changes))
    if not numbers:
        return 0
    rows = [
        _Row(
            id=number,
            kind="event",
            event_id=change.event_id,
            payload=msgspec.json.encode(change.verbs).decode(),
            at=at,
        )
        for number, change in zip(numbers, changes, strict=True)
    ]
    _rows.insert(connection, rows)
    if crosses(numbers):
        connection.execute(delete(Stream).where(Stream.id <= numbers[-1] - keep))
    return numbers[-1]


def position(connection: Connection) -> int:
    """Number of the newest change, 0 before the first."""
    return last_number(connection, "stream")


def oldest(connection: Connection) -> int | None:
    """Number of the oldest change kept."""
    return connection.execute(select(func.min(Stream.id))).scalar_one_or_none()


def after(connection: Connection, number: int, limit: int, show: Show) -> FeedPage:
    """What the changes after ``number`` amount to, each event once, at its latest change.

    When more than ``limit`` wait, mere refreshes are left out: in a flood nobody reads that a camera still
    sees what it saw, and the event's next step tells it anyway.

    Args:
        connection: Within a reading transaction.
        number: The last change that is known.
        limit: Most changes to deal with.
        show: How an event is put.
    """
    statement = (
        select(Stream.id, Stream.kind, Stream.event_id, Stream.payload)
        .where(Stream.id > number)
        .order_by(Stream.id)
        .limit(limit)
    )
    latest: dict[int, tuple[int, str, list[str]]] = {}
    changes = connection.execute(statement).all()
    for row in changes:
        verbs = latest.pop(row.event_id, (0, "", []))[2]  # taken out, so that the latest change comes last
        latest[row.event_id] = (row.id, row.kind, verbs + _verbs(row.payload))
        number = row.id
    if len(changes) == limit:
        latest = {event_id: change for event_id, change in latest.items() if change[2]}
    events = read_events(connection, latest)
    rows = [
        FeedRow(row_id, kind, show(events[event_id], verbs), events[event_id].home)
        for event_id, (row_id, kind, verbs) in latest.items()
        if event_id in events
    ]
    return FeedPage(rows, number)


def _verbs(payload: str) -> list[str]:
    """Rows of earlier versions hold the whole event beside the verbs."""
    held = msgspec.json.decode(payload)
    return list(held["verbs"] if isinstance(held, dict) else held)
