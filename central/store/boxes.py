"""Boxes, their sessions and their cameras."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, delete, func, select, text, tuple_

from central.store.bulk import Bulk
from central.store.models import Box, BoxHealth, BoxSession, Camera, Inbox
from central.store.upsert import insert_into, table
from messages import BoxState, CameraState, Health
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


class _StateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A `BoxState` as a row."""

    id: int
    online: bool
    session: str
    version: str


class _HealthRow(msgspec.Struct, frozen=True, kw_only=True):
    """A `Health` as a row."""

    box_id: int
    health: str
    received: datetime
    listing: str


class _CameraRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a `CameraHealth` says of where and how a camera is, as a row."""

    box_id: int
    camera: str
    place: str
    state: CameraState


_inbox = Bulk(Inbox, InboxKey)
_states = Bulk(Box, _StateRow)
_healths = Bulk(BoxHealth, _HealthRow)
_cameras = Bulk(Camera, _CameraRow)
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


def boxes_as_said() -> Select[Any]:
    """Boxes, each with its last ``health`` (JSON) and ``health_received``, null where it said none yet."""
    said = (table(BoxHealth).c.health, table(BoxHealth).c.received.label("health_received"))
    return select(Box.__table__, *said).outerjoin(BoxHealth, BoxHealth.box_id == Box.id)


def health_of(connection: Connection, box: BoxTopics) -> dict[str, Any]:
    """What a box last said of itself (`messages.Health` as JSON objects); empty when it said nothing yet."""
    chosen = select(BoxHealth.health).join(Box, Box.id == BoxHealth.box_id)
    health = connection.execute(chosen.where(Box.site == box.site, Box.name == box.box)).scalar_one_or_none()
    found: dict[str, Any] = msgspec.json.decode(health) if health else {}
    return found


def lock_boxes(connection: Connection, ids: Collection[int]) -> None:
    """Hold rows of boxes until the end of the transaction, in one order.

    What follows updates them by joins, in whatever order the database finds them: two processes that have
    messages of the same boxes would wait for each other.
    """
    if ids and connection.dialect.name == "postgresql":  # SQLite has one writer
        connection.execute(_LOCK_BOXES, {"ids": sorted(ids)})


_LOCK_BOXES = text("SELECT id FROM box WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")


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


def save_states(connection: Connection, states: Mapping[int, BoxState]) -> None:
    """Boxes came or went."""
    rows = [
        _StateRow(id=box_id, online=state.online, session=state.session, version=state.version)
        for box_id, state in sorted(states.items())
    ]
    _states.update(connection, rows, ("online", "session", "version"))


def save_healths(connection: Connection, healths: Mapping[int, tuple[Health, datetime]]) -> None:
    """Boxes' health, each with when it came; the boxes' rows are locked (`lock_boxes`).

    Their cameras' rows are written where the list is another than what lies there; those that are no longer
    listed are gone.
    """
    states = [
        _StateRow(id=box_id, online=not health.stopping, session=health.session, version=health.version)
        for box_id, (health, _) in sorted(healths.items())
    ]
    _states.update(connection, states, ("online", "session", "version"))
    known = select(BoxHealth.box_id, BoxHealth.listing).where(BoxHealth.box_id.in_(list(healths)))
    listings = {row.box_id: row.listing for row in connection.execute(known)}
    rows = [
        _HealthRow(
            box_id=box_id,
            health=msgspec.json.encode(health).decode(),
            received=received,
            listing=listing_of(health),
        )
        for box_id, (health, received) in sorted(healths.items())
    ]
    _healths.put(connection, rows)
    changed = [row.box_id for row in rows if row.listing != listings.get(row.box_id)]
    if changed:
        _list_cameras(connection, {box_id: healths[box_id][0] for box_id in changed})


def listing_of(health: Health) -> str:
    """A hash of the cameras' ids, places and states, in any order."""
    said = sorted((camera.camera, camera.place, camera.state.value) for camera in health.cameras)
    return blake2b(msgspec.json.encode(said), digest_size=16).hexdigest()


def _list_cameras(connection: Connection, boxes: Mapping[int, Health]) -> None:
    listed = {
        (box_id, camera.camera): _CameraRow(
            box_id=box_id, camera=camera.camera, place=camera.place, state=camera.state
        )
        for box_id, health in boxes.items()
        for camera in health.cameras
    }
    _drop_others(connection, boxes, listed)
    _cameras.put(connection, [listed[key] for key in sorted(listed)])


def _drop_others(connection: Connection, boxes: Iterable[int], listed: Collection[tuple[int, str]]) -> None:
    """Cameras of ``boxes`` that are not ``listed`` go."""
    known = select(Camera.box_id, Camera.camera).where(Camera.box_id.in_(list(boxes)))
    gone: dict[int, list[str]] = {}
    for box_id, camera in connection.execute(known):
        if (box_id, camera) not in listed:
            gone.setdefault(box_id, []).append(camera)
    for box_id, cameras in gone.items():
        connection.execute(delete(Camera).where(Camera.box_id == box_id, Camera.camera.in_(cameras)))
