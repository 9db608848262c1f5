"""Boxes, their sessions and their cameras."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, func, select, tuple_, update

from central.store.bulk import Bulk
from central.store.models import Box, BoxSession, Camera, Inbox
from central.store.upsert import insert_into, put
from messages import BoxState, Health
from messages.topics import BoxTopics

_COUNTS = ("alerts", "duplicates", "rejected", "pictures_refused")


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


class InboxKey(msgspec.Struct, frozen=True):
    """What makes an alert one of a kind, and when it came.

    Attributes:
        box_id: Row id of the box.
        message_id: Message id.
        session: Session of the box's spool.
        seq: Number in the session.
        received: When it reached this server.
    """

    box_id: int
    message_id: str
    session: str
    seq: int
    received: datetime


class _TallyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A `Tally` as a row: counts are added to what is there."""

    id: int
    last_seen: datetime
    alerts: int
    duplicates: int
    rejected: int
    pictures_refused: int


class _SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A `SessionTally` as a row: ``received`` is added, ``max_seq`` and ``last_seen`` only grow."""

    box_id: int
    session: str
    first_seen: datetime
    last_seen: datetime
    max_seq: int
    received: int


_inbox = Bulk(Inbox, InboxKey)
_tallies = Bulk(Box, _TallyRow)
_sessions = Bulk(BoxSession, _SessionRow)


def enter_inbox(connection: Connection, keys: Sequence[InboxKey]) -> set[tuple[int, str]]:
    """Enter dedupe keys; box and message id of those that were not known."""
    return {(box_id, message_id) for box_id, message_id in _inbox.enter(connection, keys)}


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
    rows = [
        _TallyRow(
            id=row_id,
            last_seen=tally.seen,
            alerts=tally.alerts,
            duplicates=tally.duplicates,
            rejected=tally.rejected,
            pictures_refused=tally.pictures_refused,
        )
        for row_id, tally in sorted(tallies.items())
    ]
    _tallies.update(connection, rows, ("last_seen", *_COUNTS), adding=_COUNTS)


def add_sessions(connection: Connection, tallies: Mapping[tuple[int, str], SessionTally]) -> None:
    """Note which sequence numbers have come."""
    rows = [
        _SessionRow(
            box_id=box_id,
            session=session,
            first_seen=tally.seen,
            last_seen=tally.seen,
            max_seq=tally.max_seq,
            received=tally.received,
        )
        for (box_id, session), tally in sorted(tallies.items())
    ]
    _sessions.put(
        connection, rows, adding=("received",), growing=("max_seq", "last_seen"), keeping=("first_seen",)
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
