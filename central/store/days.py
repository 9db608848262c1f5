"""Timelines by day: one partition for the entries of each day's events on PostgreSQL, plain rows on SQLite.

An entry lies in the day on which its event came, not in its own: a timeline is never torn between two days,
an event's entries stay unique by the database (the day follows from the event), and a day goes as a whole
when all of its events are over. Days without a partition of their own fall into `_REST`, so nothing is ever
refused because a partition is missing; `prepare` gives them one.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, text, update

from central.store.engine import Store
from central.store.models import Event, EventEntry, TimelineDay
from central.store.upsert import table

AHEAD = 8
"""Days that have their partition before they come."""
_REST = "event_entry_rest"
_LOCK = 7_202_512  # any constant: two processes prepare one after the other
_PATIENCE = "3s"  # writers wait behind a lock that waits: rather tried again later than held up for long
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(moment: datetime) -> int:
    """Days from 1970 to the day of an aware time, in UTC."""
    return (moment - _EPOCH) // _DAY


def begin_of(day: int) -> datetime:
    """When a day begins."""
    return _EPOCH + day * _DAY


def partition(day: int) -> str:
    """Name of a day's table."""
    return f"event_entry_{begin_of(day):%Y%m%d}"


def prepare(store: Store, now: datetime, more: Iterable[int] = ()) -> list[int]:
    """Make what is missing of today, the days ahead, ``more``, and days whose entries lie in no partition.

    Args:
        store: The database.
        now: Present time.
        more: Further days.

    Returns:
        The days that are new.

    Raises:
        SQLAlchemyError: The database is away, or too busy just now; entries go on to be taken in.
    """
    today = day_of(now)
    wanted = {*range(today, today + AHEAD + 1), *more}
    with store.write() as connection:
        if not store.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        wanted |= _strays(connection)
        new = sorted(wanted - set(connection.execute(select(TimelineDay.day)).scalars()))
        if new and not store.sqlite:
            _lock_events(connection, "SHARE ROW EXCLUSIVE")
            for day in new:
                _attach(connection, day)
        if new:
            connection.execute(insert(table(TimelineDay)), [{"day": day} for day in new])
    return new


def past(connection: Connection, before: datetime) -> list[int]:
    """Days whose events are all over since before a time, and whose timelines are still there."""
    candidates = select(TimelineDay.day).where(
        TimelineDay.dropped_at.is_(None), TimelineDay.day < day_of(before)
    )
    days = connection.execute(candidates.order_by(TimelineDay.day)).scalars()
    return [day for day in days if _over(connection, day, before)]


def count(connection: Connection, day: int) -> int:
    """Entries of a day."""
    rows = select(func.count()).select_from(EventEntry).where(EventEntry.day == day)
    return connection.execute(rows).scalar_one()


def drop(store: Store, day: int, before: datetime, now: datetime) -> int | None:
    """Drop a day's timelines; how many entries, or None when one of its events is not over after all.

    Raises:
        SQLAlchemyError: The database is away, or too busy just now; nothing is changed.
    """
    with store.write() as connection:
        if not store.sqlite:
            _lock_events(connection, "ACCESS EXCLUSIVE")  # a foreign key goes; nothing is reopened meanwhile
        if not _over(connection, day, before):
            return None
        entries = count(connection, day)
        if store.sqlite:
            connection.execute(delete(EventEntry).where(EventEntry.day == day))
        else:
            connection.execute(text(f"DROP TABLE {partition(day)}"))
        done = update(TimelineDay).where(TimelineDay.day == day)
        connection.execute(done.values(dropped_at=now, entries=entries))
    return entries


def dropped(connection: Connection) -> frozenset[int]:
    """Days whose timelines are gone."""
    rows = select(TimelineDay.day).where(TimelineDay.dropped_at.is_not(None))
    return frozenset(connection.execute(rows).scalars())


def _over(connection: Connection, day: int, before: datetime) -> bool:
    ended = func.coalesce(Event.closed_at, Event.last_received)
    standing = and_(
        Event.received >= begin_of(day),
        Event.received < begin_of(day + 1),
        or_(Event.open, ended >= before),
    )
    return not connection.execute(select(exists().where(standing))).scalar_one()


def _strays(connection: Connection) -> set[int]:
    source = "event_entry" if connection.dialect.name == "sqlite" else _REST
    return set(connection.execute(text(f"SELECT DISTINCT day FROM {source}")).scalars())


def _lock_events(connection: Connection, mode: str) -> None:
    """First events, then entries, as every writer does: they cannot wait for each other."""
    connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
    connection.execute(text(f"LOCK TABLE event IN {mode} MODE"))


def _attach(connection: Connection, day: int) -> None:
    """A day's partition, with what of it lies in the rest."""
    moved = connection.execute(
        text(f"CREATE TEMPORARY TABLE moved ON COMMIT DROP AS SELECT * FROM {_REST} WHERE day = {day}")
    ).rowcount
    if moved:
        connection.execute(text(f"DELETE FROM {_REST} WHERE day = {day}"))
    connection.execute(
        text(f"CREATE TABLE {partition(day)} PARTITION OF event_entry FOR VALUES FROM ({day}) TO ({day + 1})")
    )
    if moved:
        connection.execute(text("INSERT INTO event_entry SELECT * FROM moved"))
    connection.execute(text("DROP TABLE moved"))
