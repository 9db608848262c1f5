"""Time limits in the store, and which events time has something to say about."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from central.events.deadlines import Deadline
from central.events.effects import BY_CAMERA
from central.events.timing import SETTLING
from central.events.vocabulary import EventState
from central.setup import Tables
from central.store.bulk import Bulk
from central.store.models import DeadlineRow, Event
from central.store.terms import is_open
from central.store.upsert import table

_deadlines = Bulk(DeadlineRow, Deadline)
_COLUMNS = [table(DeadlineRow).c[name] for name in Deadline.__struct_fields__]


def load_deadlines(connection: Connection, events: Iterable[int]) -> dict[int, list[Deadline]]:
    """The limits of ``events``, by event; whoever holds the events' locks may change them."""
    wanted = sorted(set(events))
    found: dict[int, list[Deadline]] = {event: [] for event in wanted}
    if wanted:
        statement = select(*_COLUMNS).where(DeadlineRow.event_id.in_(wanted))
        for row in connection.execute(statement):
            deadline = Deadline(**dict(zip(Deadline.__struct_fields__, row, strict=True)))
            found[deadline.event_id].append(deadline)
    return found


def save_deadlines(connection: Connection, rows: Sequence[Deadline]) -> None:
    """Add or replace limits."""
    ordered = sorted(rows, key=lambda row: (row.event_id, row.round, row.step))
    _deadlines.put(connection, ordered)


def events_due(connection: Connection, tables: Tables, now: datetime, limit: int) -> list[int]:
    """Ids of events about which time has something to say, at most about ``limit`` of each sort.

    Nothing is locked: take them with ``SKIP LOCKED``, then look again.
    """
    statements = [
        select(DeadlineRow.event_id).where(DeadlineRow.next_at <= now).order_by(DeadlineRow.next_at),
        select(Event.id).where(Event.suspended_until <= now).order_by(Event.suspended_until),
        select(Event.id).where(Event.shelved_until <= now).order_by(Event.shelved_until),
        select(Event.id)
        .where(is_open(), Event.vouch_at <= now, _left_to_the_camera(tables))
        .order_by(Event.vouch_at),
    ]
    found: set[int] = set()
    for statement in statements:
        found.update(connection.execute(statement.limit(limit)).scalars())
    return sorted(found)


def _left_to_the_camera(tables: Tables) -> ColumnElement[bool]:
    settings = tables.lifecycle.file
    return or_(
        and_(Event.state == EventState.HANDLED, Event.colour.in_(settings.camera_verifies)),
        and_(Event.state.in_(SETTLING), Event.colour.in_(settings.camera_settles)),
        and_(
            Event.state == EventState.VERIFIED,
            Event.verified_by == BY_CAMERA,
            Event.colour.in_(settings.camera_closes),
        ),
    )
