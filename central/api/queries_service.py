"""What the API reads of the service itself: counts, holes in what boxes sent, dead letters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from central.api.queries import theirs
from central.api.schemas_service import Counts, EventCounts
from central.events.vocabulary import Colour, EventState
from central.people.scope import WHOLE, Scope
from central.store.feed import position
from central.store.models import (
    Box,
    BoxSession,
    DeadLetter,
    Event,
    EventSum,
)
from central.store.terms import is_open, unsorted
from central.store.upsert import last_number


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A dead letter with the beginning of its payload."""

    id: int
    topic: str
    message_id: str | None
    reason: str
    size: int
    head: bytes
    received: datetime


def dead_letters(connection: Connection, before: int | None, limit: int) -> list[LetterRow]:
    """Dead letters, newest first."""
    head = func.substr(DeadLetter.payload, 1, 300)  # of an empty payload: NULL on SQLite
    statement = select(
        DeadLetter.id,
        DeadLetter.topic,
        DeadLetter.message_id,
        DeadLetter.reason,
        DeadLetter.size,
        head,
        DeadLetter.received,
    )
    if before is not None:
        statement = statement.where(DeadLetter.id < before)
    rows = connection.execute(statement.order_by(DeadLetter.id.desc()).limit(limit))
    return [LetterRow(row[0], row[1], row[2], row[3], row[4], bytes(row[5] or b""), row[6]) for row in rows]


def missing(connection: Connection) -> dict[int, int]:
    """Holes in sequence numbers, by row id of the box; boxes without any are left out."""
    hole = BoxSession.max_seq - BoxSession.received
    statement = select(BoxSession.box_id, func.sum(hole)).where(hole > 0).group_by(BoxSession.box_id)
    return {box_id: int(holes) for box_id, holes in connection.execute(statement)}


def counts(connection: Connection) -> Counts:
    """Sums of the whole city."""
    boxes = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Box.alerts), 0),
            func.coalesce(func.sum(Box.duplicates), 0),
            func.count().filter(Box.online.is_(True)),
        ).select_from(Box)
    ).one()
    return Counts(
        alerts_committed=int(boxes[1]),
        duplicates=int(boxes[2]),
        dead_letters=last_number(connection, "dead_letter"),
        missing=sum(missing(connection).values()),
        episodes=_told_of(connection, WHOLE)[1],
        boxes=boxes[0],
        boxes_online=boxes[3],
        stream_position=position(connection),
        events=_event_counts(connection, WHOLE),
    )


def counts_of(connection: Connection, within: Scope, boxes: Collection[int]) -> Counts:
    """Sums of a part of the city.

    Args:
        connection: A reading transaction.
        within: Its orgs.
        boxes: Row ids of the boxes with a camera there.
    """
    alerts, episodes = _told_of(connection, within)
    online = select(func.count()).select_from(Box).where(Box.id.in_(boxes), Box.online.is_(True))
    return Counts(
        alerts_committed=alerts,
        duplicates=None,
        dead_letters=None,
        missing=None,
        episodes=episodes,
        boxes=len(boxes),
        boxes_online=connection.execute(online).scalar_one(),
        stream_position=position(connection),
        events=_event_counts(connection, within),
    )


def _told_of(connection: Connection, within: Scope) -> tuple[int, int]:
    """Alerts and episodes of all events: the open ones looked at, the closed ones as they are summed."""
    opened = select(func.sum(Event.alerts), func.sum(Event.episodes)).where(is_open(), theirs(within))
    closed = select(func.sum(EventSum.alerts), func.sum(EventSum.episodes)).where(within.where(EventSum.home))
    parts = [connection.execute(statement).one() for statement in (opened, closed)]
    return sum(int(alerts or 0) for alerts, _ in parts), sum(int(episodes or 0) for _, episodes in parts)


def _event_counts(connection: Connection, within: Scope) -> EventCounts:
    words = (Event.colour, Event.state, Event.kind)
    opened = (
        select(
            *words,
            func.count(),
            func.count(Event.shown_at),
            func.count(Event.cleared_at),
            func.count(Event.unmapped),
            func.count(Event.hidden_by),
        )
        .where(is_open(), within.where(Event.home))
        .group_by(*(unsorted(word) for word in words))
    )
    summed = (EventSum.colour, EventSum.state, EventSum.kind)
    closed = (
        select(*summed, func.sum(EventSum.events), func.sum(EventSum.shown))
        .where(within.where(EventSum.home))
        .group_by(*summed)
        .having(func.sum(EventSum.events) > 0)
    )
    still_open: Sequence[Sequence[Any]] = connection.execute(opened).all()
    rows: list[Sequence[Any]] = [*still_open, *connection.execute(closed).all()]
    by_colour = {str(colour): 0 for colour in Colour}
    by_state = {str(state): 0 for state in EventState}
    by_kind: dict[str, int] = {}
    open_by_colour = dict(by_colour)
    for colour, state, kind, count, *_ in rows:
        by_colour[colour] += int(count)
        by_state[state] += int(count)
        by_kind[kind] = by_kind.get(kind, 0) + int(count)
    for colour, _state, _kind, count, *_ in still_open:
        open_by_colour[colour] += count
    return EventCounts(
        total=sum(by_colour.values()),
        open=sum(row[3] for row in still_open),
        cleared=sum(row[5] for row in still_open),
        unmapped=sum(row[6] for row in still_open),
        hidden=sum(row[7] for row in still_open),
        shown=sum(int(row[4]) for row in rows),
        by_colour=by_colour,
        open_by_colour=open_by_colour,
        by_state=by_state,
        by_kind=dict(sorted(by_kind.items())),
    )
