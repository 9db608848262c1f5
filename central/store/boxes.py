"""Boxes, their sessions and their cameras."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import msgspec
from sqlalchemy import Connection, bindparam, case, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from central.store.models import Box, BoxSession, Camera
from central.store.upsert import insert_into, put, table
from messages import BoxState, Health
from messages.topics import BoxTopics

_COUNTS = ("alerts", "duplicates", "rejected", "pictures_refused")
_box = table(Box).c
_ADD_TALLY = (
    update(table(Box))
    .where(_box.id == bindparam("row_id"))
    .values(last_seen=bindparam("seen"), **{name: _box[name] + bindparam(f"add_{name}") for name in _COUNTS})
)


@dataclass(slots=True)
class Tally:
    """What a batch adds to a box's figures.

    Attributes:
        seen: Latest arrival.
        alerts: Distinct alerts taken in.
        duplicates: Alerts that were known already.
        rejected: Messages put to the dead letters.
        pictures_refused: Pictures not stored.
    """

    seen: datetime
    alerts: int = 0
    duplicates: int = 0
    rejected: int = 0
    pictures_refused: int = 0


@dataclass(slots=True)
class SessionTally:
    """What a batch adds to a session: its highest number, and how many distinct alerts."""

    seen: datetime
    max_seq: int
    received: int = 0


def find_boxes(connection: Connection, boxes: Iterable[BoxTopics]) -> dict[BoxTopics, int]:
    """Row ids of the known ones among ``boxes``."""
    wanted = sorted({(box.site, box.box) for box in boxes})
    statement = select(Box.id, Box.site, Box.name).where(tuple_(Box.site, Box.name).in_(wanted))
    return {BoxTopics(site, name): row_id for row_id, site, name in connection.execute(statement)}


def count_boxes(connection: Connection) -> int:
    """How many boxes have ever spoken."""
    return connection.execute(select(func.count()).select_from(Box)).scalar_one()


def add_boxes(connection: Connection, boxes: Sequence[BoxTopics], seen: datetime) -> None:
    """Enter boxes that speak for the first time."""
    rows = [{"site": box.site, "name": box.box, "first_seen": seen, "last_seen": seen} for box in boxes]
    if rows:
        connection.execute(insert_into(connection.dialect.name, Box).on_conflict_do_nothing(), rows)


def add_tallies(connection: Connection, tallies: Mapping[int, Tally]) -> None:
    """Add up what boxes sent."""
    if not tallies:
        return
    rows = [
        {"row_id": row_id, "seen": tally.seen, **{f"add_{name}": getattr(tally, name) for name in _COUNTS}}
        for row_id, tally in sorted(tallies.items())
    ]
    connection.execute(_ADD_TALLY, rows)


def add_sessions(connection: Connection, tallies: Mapping[tuple[int, str], SessionTally]) -> None:
    """Note which sequence numbers have come."""
    if not tallies:
        return
    rows = [
        {
            "box_id": box_id,
            "session": session,
            "first_seen": tally.seen,
            "last_seen": tally.seen,
            "max_seq": tally.max_seq,
            "received": tally.received,
        }
        for (box_id, session), tally in sorted(tallies.items())
    ]
    connection.execute(_adding_sessions(connection.dialect.name), rows)


@cache
def _adding_sessions(dialect: str) -> postgresql.Insert | sqlite.Insert:
    statement = insert_into(dialect, BoxSession)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["box_id", "session"],
        set_={
            "last_seen": new.last_seen,
            "received": BoxSession.received + new.received,
            "max_seq": case((new.max_seq > BoxSession.max_seq, new.max_seq), else_=BoxSession.max_seq),
        },
    )


def save_state(connection: Connection, box_id: int, state: BoxState) -> None:
    """A box came or went."""
    values = {"online": state.online, "session": state.session, "version": state.version}
    connection.execute(update(Box).where(Box.id == box_id).values(values))


def save_health(connection: Connection, box_id: int, health: Health, received: datetime) -> None:
    """A box's health, and its cameras: those that it no longer lists are gone."""
    summary = msgspec.json.encode(msgspec.structs.replace(health, cameras=[])).decode()
    values = {
        "health": summary,
        "health_received": received,
        "session": health.session,
        "version": health.version,
        "online": not health.stopping,
    }
    connection.execute(update(Box).where(Box.id == box_id).values(values))
    names = [camera.camera for camera in health.cameras]
    connection.execute(delete(Camera).where(Camera.box_id == box_id, Camera.camera.not_in(names)))
    rows = [
        {
            "box_id": box_id,
            "camera": camera.camera,
            "place": camera.place,
            "state": camera.state,
            "health": msgspec.json.encode(camera).decode(),
            "updated": received,
        }
        for camera in health.cameras
    ]
    put(connection, Camera, rows)
