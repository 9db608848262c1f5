"""Tasks and positions of units in the store."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, Row, func, insert, select, update

from central.dispatch.nearest import Point, Standing
from central.dispatch.tasks import Task
from central.store import shifts
from central.store.models_dispatch import TaskRow, UnitPosition
from central.store.upsert import put, table

_FIELDS = Task.__struct_fields__
_task = table(TaskRow).c
_COLUMNS = [_task[name] for name in _FIELDS]


def _read(row: Row[Any]) -> Task:
    return Task(**dict(zip(_FIELDS, row, strict=True)))


def live_tasks(connection: Connection, event_ids: Iterable[int]) -> dict[int, list[Task]]:
    """Live tasks by event; whoever holds the events' locks may change them."""
    wanted = sorted(set(event_ids))
    found: dict[int, list[Task]] = {event_id: [] for event_id in wanted}
    statement = (
        select(*_COLUMNS).where(_task.event_id.in_(wanted), _task.ended_at.is_(None)).order_by(_task.id)
    )
    for row in connection.execute(statement) if wanted else ():
        task = _read(row)
        found[task.event_id].append(task)
    return found


def tasks_of_event(connection: Connection, event_id: int, limit: int = 100) -> list[Task]:
    """An event's tasks, newest first."""
    statement = select(*_COLUMNS).where(_task.event_id == event_id).order_by(_task.id.desc()).limit(limit)
    return [_read(row) for row in connection.execute(statement)]


def task_by_id(connection: Connection, task_id: int) -> Task | None:
    """One task."""
    row = connection.execute(select(*_COLUMNS).where(_task.id == task_id)).one_or_none()
    return _read(row) if row else None


def tasks_of_units(
    connection: Connection, units: Collection[str], *, live: bool | None, before: int | None, limit: int
) -> list[Task]:
    """Tasks of units, newest first."""
    statement = select(*_COLUMNS).where(_task.unit.in_(units)).order_by(_task.id.desc()).limit(limit)
    if live is not None:
        statement = statement.where(_task.ended_at.is_(None) if live else _task.ended_at.is_not(None))
    if before is not None:
        statement = statement.where(_task.id < before)
    return [_read(row) for row in connection.execute(statement)]


def save_tasks(connection: Connection, tasks: Sequence[Task]) -> None:
    """Add tasks without an id, replace the others."""
    new = [asdict(task) for task in tasks if not task.id]
    for row in new:
        del row["id"]
    if new:
        connection.execute(insert(table(TaskRow)), new)
    for task in tasks:
        if task.id:
            connection.execute(update(TaskRow).where(TaskRow.id == task.id).values(asdict(task)))


def standings(connection: Connection, now: datetime) -> dict[str, Standing]:
    """Load, position and shift of every unit that has any of them at ``now``."""
    loads = connection.execute(
        select(_task.unit, func.count()).where(_task.ended_at.is_(None)).group_by(_task.unit)
    )
    carried: dict[str, int] = {row[0]: row[1] for row in loads}
    places = {row.unit: row for row in connection.execute(select(UnitPosition.__table__))}
    on_shift = shifts.at(connection, now)
    return {
        unit: Standing(
            carried.get(unit, 0),
            (places[unit].longitude, places[unit].latitude) if unit in places else None,
            places[unit].at if unit in places else None,
            on_shift.get(unit),
        )
        for unit in carried.keys() | places.keys() | on_shift.keys()
    }


def save_position(connection: Connection, unit: str, point: Point, at: datetime) -> None:
    """Where a unit is now, in place of where it was."""
    put(connection, UnitPosition, [{"unit": unit, "longitude": point[0], "latitude": point[1], "at": at}])
