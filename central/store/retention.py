"""What is kept for how long: evidence by class of place, keys of alerts, timelines; events stay.

Evidence goes only with its event closed for long enough, and a file only when nothing refers to it any more.
A file is deleted before the transaction that forgets it commits: whatever interrupts that, the row is still
due and the next look deletes what is left, so no file outlives its row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)

from central.config import Keep
from central.store import days
from central.store.engine import Store
from central.store.evidence import EvidenceStore
from central.store.models import Box, Event, Evidence, Inbox
from central.store.models_dispatch import Upload
from messages import PlaceClass

_EVENTS_AT_A_TIME = 200


@dataclass(slots=True)
class Cleared:
    """What a look deleted, or would delete.

    Attributes:
        events: Closed events whose evidence is past its time.
        files: Files deleted, each seen to be gone afterwards.
        bytes: Their size.
        failed: Files that could not be deleted, with the reason; their rows stay, and they are tried again.
        keys: Keys of alerts.
        days: Days whose timelines went.
        entries: Entries that lay in them.
    """

    events: int = 0
    files: int = 0
    bytes: int = 0
    failed: list[str] = field(default_factory=list)
    keys: int = 0
    days: int = 0
    entries: int = 0


def due_before(keep: Keep, now: datetime) -> tuple[datetime, Mapping[PlaceClass, datetime]]:
    """Until when an event must have been closed for its evidence to go: in general, and by class of place."""
    by_class = {name: now - timedelta(days=days) for name, days in keep.evidence_days_by_class.items()}
    return now - timedelta(days=keep.evidence_days), by_class


def survey(store: Store, keep: Keep, now: datetime) -> Cleared:
    """What `clear` would delete now; nothing is touched. Files that several events share count for each."""
    found = Cleared()
    with store.read() as connection:
        found.events = _count(connection, select(Event.id).where(_due(keep, now)))
        for model in (Evidence, Upload):
            rows = select(func.count(), func.coalesce(func.sum(model.size), 0)).join(
                Event, Event.id == model.event_id
            )
            files, size = connection.execute(rows.where(_past(keep, now))).one()
            found.files, found.bytes = found.files + files, found.bytes + int(size)
        old = Inbox.received < now - timedelta(days=keep.key_days)
        found.keys = _count(connection, select(Inbox.message_id).where(old))
        if keep.timeline_days is not None:
            gone = days.past(connection, now - timedelta(days=keep.timeline_days))
            found.days, found.entries = len(gone), sum(days.count(connection, day) for day in gone)
    return found


def clear(store: Store, evidence: EvidenceStore, keep: Keep, now: datetime) -> Cleared:
    """Delete what is past its time, some events to a transaction.

    Raises:
        SQLAlchemyError: The database is away; what is deleted is deleted, the rest is still due.
    """
    done = Cleared()
    last = 0
    while True:
        with store.write() as connection:
            statement = select(Event.id).where(_due(keep, now), Event.id > last).order_by(Event.id)
            ids = list(connection.execute(statement.limit(_EVENTS_AT_A_TIME)).scalars())
            if not ids:
                break
            _forget_evidence(connection, evidence, ids, done)
        last = ids[-1]
    _forget_keys(store, now - timedelta(days=keep.key_days), done)
    if keep.timeline_days is not None:
        _forget_timelines(store, now - timedelta(days=keep.timeline_days), now, done)
    return done


def _due(keep: Keep, now: datetime) -> ColumnElement[bool]:
    """Closed for long enough, and with something to delete."""
    shown = [select(model.id).where(model.event_id == Event.id).exists() for model in (Evidence, Upload)]
    return and_(_past(keep, now), or_(*shown))


def _past(keep: Keep, now: datetime) -> ColumnElement[bool]:
    general, by_class = due_before(keep, now)
    moment: ColumnElement[datetime] = literal(general, Event.closed_at.type)
    if by_class:
        moments = {str(name): literal(at, Event.closed_at.type) for name, at in by_class.items()}
        moment = case(moments, value=Event.place_class, else_=moment)
    return and_(Event.open.is_(False), Event.closed_at < moment)


def _count(connection: Connection, rows: Select[int] | Select[str]) -> int:
    return connection.execute(select(func.count()).select_from(rows.subquery())).scalar_one()


def _forget_evidence(
    connection: Connection, evidence: EvidenceStore, ids: Iterable[int], done: Cleared
) -> None:
    wanted = list(ids)
    files: dict[str, int] = {}
    for model in (Evidence, Upload):
        rows = select(model.file, model.size).where(model.event_id.in_(wanted))
        files.update({row.file: row.size for row in connection.execute(rows)})
    kept = _others(connection, files, wanted)
    failed = set()
    for file, size in files.items():
        if file in kept:
            continue
        try:
            evidence.remove(file)
        except OSError as error:
            failed.add(file)
            done.failed.append(f"{file}: {error.strerror or error}")
        else:
            done.files, done.bytes = done.files + 1, done.bytes + size
    for model in (Evidence, Upload):
        gone = and_(model.event_id.in_(wanted), model.file.not_in(failed))
        connection.execute(delete(model).where(gone))
    connection.execute(update(Event).where(Event.id.in_(wanted)).values(picture=None, picture_at=None))
    done.events += len(wanted)


def _others(connection: Connection, files: Iterable[str], ids: list[int]) -> set[str]:
    """Those of ``files`` that something besides these events refers to."""
    wanted = list(files)
    found: set[str] = set()
    for model in (Evidence, Upload):
        elsewhere = or_(model.event_id.is_(None), model.event_id.not_in(ids))
        found.update(
            connection.execute(select(model.file).where(model.file.in_(wanted), elsewhere)).scalars()
        )
    return found


def _forget_keys(store: Store, before: datetime, done: Cleared) -> None:
    """Box by box: the key begins with the box, and no transaction holds the others up for long."""
    with store.read() as connection:
        boxes = list(connection.execute(select(Box.id).order_by(Box.id)).scalars())
    for box in boxes:
        old = and_(Inbox.box_id == box, Inbox.received < before)
        with store.read() as connection:
            any_old = connection.execute(select(Inbox.message_id).where(old).limit(1)).first()
        if any_old is None:
            continue
        with store.write() as connection:
            done.keys += connection.execute(delete(Inbox).where(old)).rowcount


def _forget_timelines(store: Store, before: datetime, now: datetime, done: Cleared) -> None:
    days.prepare(store, now)
    with store.read() as connection:
        gone = days.past(connection, before)
    for day in gone:
        entries = days.drop(store, day, before, now)
        if entries is not None:
            done.days, done.entries = done.days + 1, done.entries + entries
