"""Keeps with each open event who leads its group and who hides it, in the transaction of the change."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, String, or_, select, type_coerce

from central.events.compression import ALONE, FLOOD, Standing, arrange
from central.events.facts import EventFacts
from central.events.vocabulary import Colour, SystemKind
from central.setup import Tables
from central.store.bulk import Bulk
from central.store.models import DeskFlood, Event
from central.store.terms import is_open
from central.store.upsert import table
from messages import Fault, Kind

_row = table(Event).c
_PLAIN = (
    "id",
    "place",
    "home",
    "kind",
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
_STANDING = [
    *(type_coerce(_row[name], String).label(name) for name in ("colour", "fault")),  # words by our own tables
    *(_row[name] for name in _PLAIN),
]
_DEVICES = (str(Kind.CAMERA_HEALTH), *map(str, SystemKind))
_COLOURS = {str(colour): colour for colour in Colour}
_FAULTS: dict[str | None, Fault | None] = {None: None, **{str(fault): fault for fault in Fault}}


class Moved(Struct, frozen=True):
    """An event whose position has changed.

    Attributes:
        id: Row id.
        group_of: Leader of its group now.
        hidden_by: The event that hides it now.
        hidden_why: By which rule.
        shown_at: When a desk was first shown it.
    """

    id: int
    group_of: int | None
    hidden_by: int | None
    hidden_why: str | None
    shown_at: datetime | None


_moved = Bulk(Event, Moved)


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
    statement = select(*_STANDING).where(is_open(), _row.merged_into.is_(None), which)
    rows = connection.execute(statement).all()
    flooded = frozenset(connection.execute(select(DeskFlood.org)).scalars())
    found = arrange([_standing(row) for row in rows], tables.compression, flooded)
    moved: dict[int, Moved] = {}
    for row in rows:
        position = found.get(row.id, ALONE)
        earlier = None if row.id in created else row.shown_at
        shown = earlier or (_first_shown(row, at) if position.hidden_by is None else None)
        after = Moved(row.id, position.group, position.hidden_by, position.hidden_why, shown)
        if after != Moved(row.id, row.group_of, row.hidden_by, row.hidden_why, row.shown_at):
            moved[row.id] = after
    ordered = [moved[row_id] for row_id in sorted(moved)]
    _moved.update(connection, ordered, Moved.__struct_fields__)
    return moved


def _standing(row: Row[Any]) -> Standing:
    box = f"{row.site}/{row.box}"
    return Standing(
        id=row.id,
        place=row.place,
        home=row.home,
        kind=row.kind,
        colour=_COLOURS[row.colour],
        fault=_FAULTS[row.fault],
        box=box if row.box else "",
        camera=row.camera if row.kind == SystemKind.NETWORK_DOWN else f"{box}/{row.camera}",
        shelved=row.shelved_until is not None,
        hands_on=row.hands_on,
    )


def _first_shown(row: Row[Any], at: datetime) -> datetime:
    """What the end of a flood brings back counts as of the flood, or the next one would begin with it."""
    if row.shown_at is not None:
        return row.shown_at  # type: ignore[no-any-return]
    return row.received if row.hidden_why == FLOOD else at
