"""Reads what figures are made of."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

import msgspec
from sqlalchemy import Connection, String, func, select, type_coerce

from central.people.scope import Scope
from central.reports.cases import TOLD, Case, Happened, Subject, case_of
from central.reports.load import Arrival
from central.store.days import day_of
from central.store.models import Event, EventEntry
from central.store.terms import is_open


def cases(connection: Connection, within: Scope, since: datetime, until: datetime) -> list[Case]:
    """The events of ``within`` that were received in ``since`` (inclusive) to ``until`` (exclusive)."""
    chosen = (within.where(Event.org), Event.received >= since, Event.received < until)
    verb = type_coerce(EventEntry.verb, String)  # a report needs no word that this program does not know
    statement = (
        select(EventEntry.event_id, verb.label("verb"), EventEntry.at, EventEntry.data)
        .join(Event, Event.id == EventEntry.event_id)
        .where(*chosen, verb.in_(TOLD))
        .where(EventEntry.day.between(day_of(since), day_of(until)))  # no other partition is looked at
        .order_by(EventEntry.event_id, EventEntry.number)
    )
    timelines: dict[int, list[Happened]] = {
        event_id: [Happened(row.verb, row.at, msgspec.json.decode(row.data)) for row in rows]
        for event_id, rows in groupby(connection.execute(statement), key=lambda row: int(row.event_id))
    }
    return [
        case_of(subject, timelines.get(subject.event_id, [])) for subject in _subjects(connection, chosen)
    ]


def _subjects(connection: Connection, chosen: tuple[object, ...]) -> Iterator[Subject]:
    statement = select(
        Event.id,
        Event.place,
        Event.place_class,
        Event.kind,
        Event.item,
        Event.colour,
        Event.org,
        Event.site,
        Event.box,
        Event.camera,
        Event.received,
        Event.alerts,
        Event.episodes,
    ).order_by(Event.id)
    for condition in chosen:
        statement = statement.where(condition)  # type: ignore[arg-type]
    for row in connection.execute(statement):
        yield Subject(
            event_id=row.id,
            place=row.place,
            place_class=str(row.place_class or ""),
            kind=str(row.kind),
            item=row.item,
            colour=str(row.colour),
            org=row.org,
            camera=f"{row.site}/{row.box}/{row.camera}" if row.camera else "",
            received=row.received,
            alerts=row.alerts,
            episodes=row.episodes,
        )


def arrivals(connection: Connection, within: Scope, since: datetime, until: datetime) -> list[Arrival]:
    """New events of ``within`` in ``since`` (inclusive) to ``until`` (exclusive)."""
    statement = select(Event.received, Event.colour, Event.place, Event.kind, Event.org).where(
        within.where(Event.org), Event.received >= since, Event.received < until
    )
    return [
        Arrival(row.received, str(row.colour), (row.place, str(row.kind)), row.org)
        for row in connection.execute(statement)
    ]


def standing(connection: Connection, within: Scope) -> dict[str, int]:
    """How many events of ``within`` are open now, by the org that answers."""
    statement = (
        select(Event.org, func.count().label("events"))
        .where(within.where(Event.org), is_open())
        .group_by(Event.org)
    )
    return {row.org: row.events for row in connection.execute(statement)}
