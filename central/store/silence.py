"""Raises and clears the events of silent boxes and dead parts of the network."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select, tuple_

from central.events.facts import EventFacts
from central.events.silence import BoxSeen, Dead, dead, silent_again, silent_event, spoken
from central.events.timeline import CENTRAL
from central.events.vocabulary import SystemKind
from central.setup import Tables
from central.store.books import EVENT_COLUMNS, event_facts
from central.store.cases import Cases, Change
from central.store.models import Box, Camera, Event
from central.store.terms import is_open
from central.store.upsert import table, take_event_ids
from messages import CameraState

_box, _camera = table(Box).c, table(Camera).c


def look(connection: Connection, tables: Tables, keep: int, now: datetime) -> int:
    """Raise what fell silent, clear what speaks again; how many events have changed.

    Args:
        connection: Within a writing transaction.
        tables: The city's tables.
        keep: Changes that the stream holds.
        now: This server's time.
    """
    found = {(item.zone, str(item.kind)): item for item in dead(_boxes(connection, tables, now), tables, now)}
    changes: list[Change] = []
    for event in _standing(connection):
        still = found.pop((event.zone, event.kind), None)
        changes += _changed(event, still, tables, now)
    numbers = take_event_ids(connection, len(found))
    for number, item in zip(numbers, found.values(), strict=True):
        event, notes = silent_event(item, number, now, tables)
        changes.append(Change(None, event, notes, CENTRAL))
    if changes:
        Cases(connection, tables, keep).save(changes, now)
    return len(changes)


def _changed(event: EventFacts, still: Dead | None, tables: Tables, now: datetime) -> list[Change]:
    if still is None and event.open_episodes:
        return [Change(event, *spoken(event, now, tables), CENTRAL)]
    if still is not None and not event.open_episodes:
        return [Change(event, *silent_again(event, now), CENTRAL)]
    return []


def _standing(connection: Connection) -> list[EventFacts]:
    statement = (
        select(*EVENT_COLUMNS)
        .where(Event.kind.in_([str(kind) for kind in SystemKind]), is_open())
        .order_by(Event.id)
        .with_for_update(skip_locked=True)
    )
    return [event_facts(row) for row in connection.execute(statement)]


def _boxes(connection: Connection, tables: Tables, now: datetime) -> list[BoxSeen]:
    """Boxes that may be silent, and those of networks: of a city's thousands only these are looked at."""
    members = {
        tuple(member.split("/")[:2])
        for network in tables.compression.file.networks
        for member in network.members
    }
    before = now - timedelta(seconds=tables.compression.file.silent_after_s)
    which = _box.last_seen <= before
    if members:
        which = or_(which, tuple_(_box.site, _box.name).in_(sorted(members)))
    rows = connection.execute(
        select(_box.id, _box.site, _box.name, _box.online, _box.last_seen).where(
            _box.online.is_not(None), which
        )
    ).all()
    cameras: dict[int, dict[str, str]] = {}
    away: dict[int, set[str]] = {}
    listed = select(_camera.box_id, _camera.camera, _camera.place, _camera.state)
    for camera in connection.execute(listed.where(_camera.box_id.in_([row.id for row in rows]))):
        cameras.setdefault(camera.box_id, {})[camera.camera] = camera.place
        if camera.state is not CameraState.STREAMING:
            away.setdefault(camera.box_id, set()).add(camera.camera)
    return [
        BoxSeen(
            row.site,
            row.name,
            row.online,
            row.last_seen,
            cameras.get(row.id, {}),
            frozenset(away.get(row.id, ())),
        )
        for row in rows
    ]
