"""Keeps with each open event who leads its group and who hides it, in the transaction of the change."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from central.events.compression import ALONE, FLOOD, Position, Standing, arrange
from central.events.facts import EventFacts
from central.events.vocabulary import SystemKind
from central.setup import Tables
from central.store.models import DeskFlood, Event
from central.store.upsert import table
from messages import Kind

_row = table(Event).c
_STANDING = [
    _row[name]
    for name in (
        "id",
        "place",
        "home",
        "kind",
        "colour",
        "fault",
        "site",
        "box",
        "camera",
        "shelved_until",
        "hands_on",
        "group_of",
        "hidden_by",
        "hidden_why",
        "shown_at",
        "received",
    )
]
_DEVICES = (str(Kind.CAMERA_HEALTH), *map(str, SystemKind))


@dataclass(frozen=True, slots=True)
class Moved:
    """An event whose position has changed.

    Attributes:
        id: Row id.
        position: Where it stands now.
        shown_at: When a desk was first shown it.
    """

    id: int
    position: Position
    shown_at: datetime | None


def matters(before: EventFacts | None, after: EventFacts) -> bool:
    """Whether a change of one event may move others: a mere refresh does not."""
    if before is None:
        return True
    return any(
        getattr(before, name) != getattr(after, name)
        for name in ("open", "colour", "merged_into", "fault", "shelved_until", "hands_on", "home")
    )


def rearrange(
    connection: Connection,
    tables: Tables,
    changed: Iterable[EventFacts],
    at: datetime,
    created: Collection[int] = (),
) -> dict[int, Moved]:
    """Look at everything around some events again, and write what has moved.

    Args:
        connection: Within the writing transaction that changed them.
        tables: The city's tables.
        changed: Events that are new or not as they were.
        at: This server's time.
        created: Ids of those that are new: entered as shown, which may be taken back here.
    """
    events = list(changed)
    if not events:
        return {}
    places = {event.place for event in events}
    devices = any(event.kind in _DEVICES for event in events)
    around = _row.place.in_(sorted(places))
    which = or_(around, _row.kind.in_(_DEVICES)) if devices else around
    return _write(connection, tables, which, at, created)


def rearrange_desks(
    connection: Connection, tables: Tables, homes: Collection[str], at: datetime
) -> dict[int, Moved]:
    """Look at all open events of some desks again: a flood has begun or ended there."""
    return _write(connection, tables, _row.home.in_(sorted(homes)), at) if homes else {}


def rearrange_all(connection: Connection, tables: Tables, at: datetime) -> dict[int, Moved]:
    """Look at everything: the table is another, or two processes did not see each other's events."""
    return _write(connection, tables, _row.id > 0, at)


def _write(
    connection: Connection,
    tables: Tables,
    which: ColumnElement[bool],
    at: datetime,
    created: Collection[int] = (),
) -> dict[int, Moved]:
    statement = select(*_STANDING).where(_row.open, _row.merged_into.is_(None), which)
    rows = connection.execute(statement).all()
    flooded = frozenset(connection.execute(select(DeskFlood.org)).scalars())
    standing = [
        Standing(
            id=row.id,
            place=row.place,
            home=row.home,
            kind=row.kind,
            colour=row.colour,
            fault=row.fault,
            box=f"{row.site}/{row.box}" if row.box else "",
            camera=row.camera
            if row.kind == SystemKind.NETWORK_DOWN
            else f"{row.site}/{row.box}/{row.camera}",
            shelved=row.shelved_until is not None,
            hands_on=row.hands_on,
        )
        for row in rows
    ]
    found = arrange(standing, tables.compression, flooded)
    moved: dict[int, Moved] = {}
    for row in rows:
        position = found.get(row.id, ALONE)
        earlier = None if row.id in created else row.shown_at
        shown = earlier or (_first_shown(row, at) if position.hidden_by is None else None)
        before = (row.group_of, row.hidden_by, row.hidden_why, row.shown_at)
        if before != (position.group, position.hidden_by, position.hidden_why, shown):
            moved[row.id] = Moved(row.id, position, shown)
    for one in sorted(moved.values(), key=lambda item: item.id):
        connection.execute(
            update(Event)
            .where(_row.id == one.id)
            .values(
                group_of=one.position.group,
                hidden_by=one.position.hidden_by,
                hidden_why=one.position.hidden_why,
                shown_at=one.shown_at,
            )
        )
    return moved


def _first_shown(row: Row[Any], at: datetime) -> datetime:
    """What the end of a flood brings back counts as of the flood, or the next one would begin with it."""
    if row.shown_at is not None:
        return row.shown_at  # type: ignore[no-any-return]
    return row.received if row.hidden_why == FLOOD else at
