"""Pictures that people have sent, in the store: kept until used, with their event from then on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from central.store.evidence import StoredFile
from central.store.models import Evidence
from central.store.models_dispatch import Upload
from central.store.upsert import table

UNUSED_FOR = timedelta(hours=24)
"""A picture that no act and no report has used goes after this."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that somebody sent.

    Attributes:
        id: Evidence id.
        event_id: The event that it shows, None while it is not used.
        actor: Who sent it.
        file: Where it lies.
        sha256: Hash of the file.
        width: Pixels.
        height: Pixels.
        blurred: Regions that redaction covered.
        received: When it came.
    """

    id: str
    event_id: int | None
    actor: str
    file: str
    sha256: str
    width: int
    height: int
    blurred: int
    received: datetime


_FIELDS = tuple(Picture.__dataclass_fields__)
_COLUMNS = [table(Upload).c[name] for name in _FIELDS]


def add(connection: Connection, picture: Picture, stored: StoredFile) -> None:
    """Keep a picture."""
    values = {name: getattr(picture, name) for name in _FIELDS}
    connection.execute(insert(table(Upload)).values(**values, size=stored.size))


def by_id(connection: Connection, picture_id: str) -> Picture | None:
    """One picture."""
    row = connection.execute(select(*_COLUMNS).where(Upload.id == picture_id)).one_or_none()
    return Picture(*row) if row else None


def of_event(connection: Connection, event_id: int, limit: int = 100) -> list[Picture]:
    """An event's pictures, newest first."""
    statement = select(*_COLUMNS).where(Upload.event_id == event_id).order_by(Upload.received.desc())
    return [Picture(*row) for row in connection.execute(statement.limit(limit))]


def _usable(event_id: int | None, actor: str) -> ColumnElement[bool]:
    """Free ones of the actor's own, and those that the event has already."""
    free = and_(Upload.event_id.is_(None), Upload.actor == actor)
    return free if event_id is None else or_(free, Upload.event_id == event_id)


def usable(
    connection: Connection, ids: Collection[str], actor: str, event_id: int | None = None
) -> frozenset[str]:
    """Those of ``ids`` that the actor may use for a new event, or for this one."""
    if not ids:
        return frozenset()
    statement = select(Upload.id).where(Upload.id.in_(ids), _usable(event_id, actor))
    return frozenset(connection.execute(statement).scalars())


def use(connection: Connection, ids: Sequence[str], actor: str, event_id: int) -> None:
    """From now on they are pictures of this event."""
    if ids:
        mine = and_(Upload.id.in_(ids), _usable(None, actor))
        connection.execute(update(Upload).where(mine).values(event_id=event_id))


def drop_unused(connection: Connection, now: datetime) -> list[str]:
    """Forget pictures that nobody has used in time; the files that nothing refers to any more."""
    unused = and_(Upload.event_id.is_(None), Upload.received < now - UNUSED_FOR)
    gone = {
        row.sha256: row.file for row in connection.execute(select(Upload.sha256, Upload.file).where(unused))
    }
    if not gone:
        return []
    connection.execute(delete(Upload).where(unused))
    kept = (
        select(Upload.sha256)
        .where(Upload.sha256.in_(gone))
        .union(select(Evidence.sha256).where(Evidence.sha256.in_(gone)))
    )
    left = set(connection.execute(kept).scalars())
    return [file for digest, file in gone.items() if digest not in left]
