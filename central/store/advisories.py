"""Advisory letters in the database."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from central.people.scope import Scope
from central.reports.advisory import State
from central.store.models import Event
from central.store.models_advisory import Advisory
from central.store.upsert import table, take_numbers

_row = table(Advisory).c


def draft(connection: Connection, year: int, **fields: object) -> int:
    """Add a draft with the year's next number; its row id."""
    [number] = take_numbers(connection, f"advisory-{year}", 1)
    values = {"number": f"{year}-{number:04}", "state": State.DRAFT, **fields}
    added = connection.execute(insert(Advisory).values(values).returning(_row.id))
    row_id: int = added.scalar_one()
    return row_id


def one(connection: Connection, row_id: int, within: Scope) -> Row[Any] | None:
    """A letter of these orgs."""
    statement = select(table(Advisory)).where(_row.id == row_id, within.where(Advisory.org))
    return connection.execute(statement).one_or_none()


def change(connection: Connection, row_id: int, was: State, **fields: object) -> bool:
    """Change a letter that still is in the state ``was``; False when it no longer is."""
    done = connection.execute(
        update(Advisory).where(_row.id == row_id, _row.state == was).values(**fields).returning(_row.id)
    )
    return done.one_or_none() is not None


def page(
    connection: Connection,
    within: Scope,
    state: State | None,
    now: datetime,
    *,
    before: int | None,
    limit: int,
) -> list[Row[Any]]:
    """Letters of these orgs, newest first; ``OVERDUE`` are those sent whose day has passed."""
    statement = select(table(Advisory)).where(within.where(Advisory.org))
    if state is not None:
        statement = statement.where(_row.state == (State.SENT if state is State.OVERDUE else state))
    if state is State.OVERDUE:
        statement = statement.where(_row.due < now)
    if state is State.SENT:
        statement = statement.where(_row.due >= now)
    if before is not None:
        statement = statement.where(_row.id < before)
    return list(connection.execute(statement.order_by(_row.id.desc()).limit(limit)))


def overdue(connection: Connection, within: Scope, now: datetime) -> int:
    """How many letters of these orgs wait for an answer too long."""
    statement = (
        select(func.count())
        .select_from(Advisory)
        .where(within.where(Advisory.org), _row.state == State.SENT, _row.due < now)
    )
    return connection.execute(statement).scalar_one()


def happened(
    connection: Connection, place: str, kind: str | None, since: datetime, until: datetime
) -> tuple[int, str | None]:
    """How many events a place had, and of which kind most of them were."""
    statement = (
        select(Event.kind, func.count().label("events"))
        .where(Event.place == place, Event.received >= since, Event.received <= until)
        .group_by(Event.kind)
        .order_by(func.count().desc(), Event.kind)
    )
    counts = {str(row.kind): row.events for row in connection.execute(statement)}
    chosen = kind or next(iter(counts), None)
    return counts.get(chosen or "", 0), chosen
