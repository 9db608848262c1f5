"""Shifts of units in the store: when one is on duty, or off, whatever its weekly duty says."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from central.dispatch.roster import Shift
from central.store.models_dispatch import UnitShift
from central.store.upsert import table

_shift = table(UnitShift).c
_FIELDS = Shift.__struct_fields__
_COLUMNS = [_shift[name] for name in _FIELDS]


def _read(row: Row[Any]) -> Shift:
    return Shift(**dict(zip(_FIELDS, row, strict=True)))


def at(connection: Connection, now: datetime) -> dict[str, bool]:
    """What shifts say of ``now``, by unit; where one has it on duty and another off, it is on duty."""
    statement = select(_shift.unit, _shift.works).where(_shift.starts <= now, _shift.ends > now)
    said: dict[str, bool] = {}
    for unit, works in connection.execute(statement):
        said[unit] = works or said.get(unit, False)
    return said


def between(
    connection: Connection, units: Collection[str], start: datetime, end: datetime
) -> dict[str, list[Shift]]:
    """Shifts that touch a stretch of time, by unit, in order."""
    statement = select(*_COLUMNS).where(_shift.ends > start, _shift.starts < end)
    found: dict[str, list[Shift]] = {}
    for row in connection.execute(statement.order_by(_shift.starts, _shift.id)):
        if row.unit in units:
            found.setdefault(row.unit, []).append(_read(row))
    return found


def one(connection: Connection, unit: str, shift_id: int) -> Shift | None:
    """One shift of a unit."""
    chosen = select(*_COLUMNS).where(_shift.id == shift_id, _shift.unit == unit)
    row = connection.execute(chosen).one_or_none()
    return _read(row) if row else None


def add(connection: Connection, **fields: object) -> int:
    """Add a shift; ``fields`` are columns of `UnitShift`. Its row id."""
    row_id: int = connection.execute(insert(UnitShift).values(**fields).returning(_shift.id)).scalar_one()
    return row_id


def change(connection: Connection, shift_id: int, **fields: object) -> None:
    """Change columns of a shift."""
    connection.execute(update(UnitShift).where(_shift.id == shift_id).values(**fields))


def remove(connection: Connection, shift_id: int) -> None:
    """Take a shift away."""
    connection.execute(delete(UnitShift).where(_shift.id == shift_id))
