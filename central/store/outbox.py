"""The outbox in the database: rows commit with the act, a courier takes them, each ends as sent or dead."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, Row, Select, delete, func, select, update

from central.notify.outbox import Notice, OutboxState
from central.store.models_notify import OutboxRow
from central.store.upsert import insert_into, table

_row = table(OutboxRow).c


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notification that a courier has taken.

    Attributes:
        id: Row id.
        channel: Name of the channel.
        payload: `Content` as JSON.
        attempts: How often it was tried.
    """

    id: int
    channel: str
    payload: str
    attempts: int


def enqueue(connection: Connection, notices: Sequence[Notice]) -> None:
    """Add notifications in the transaction of the act; what is there already stays as it is."""
    if not notices:
        return
    rows = [
        {
            **asdict(notice),
            "state": OutboxState.WAITING,
            "attempts": 0,
            "next_at": notice.created,
            "reason": None,
            "settled": None,
        }
        for notice in notices
    ]
    connection.execute(
        insert_into(connection.dialect.name, OutboxRow).on_conflict_do_nothing(index_elements=["key"]), rows
    )


def due(connection: Connection, now: datetime) -> bool:
    """Whether anything is due."""
    return connection.execute(select(_row.id).where(_row.next_at <= now).limit(1)).first() is not None


def take(
    connection: Connection, now: datetime, lease: timedelta, limit: int, without: Collection[str]
) -> list[Waiting]:
    """What is due, for one courier: no other gets it before ``lease`` is over, whoever dies loses nothing.

    Args:
        connection: Within a writing transaction of its own.
        now: What time it is.
        lease: Longer than all attempts together last.
        limit: Most rows.
        without: Channels that send nothing now.
    """
    ripe = (
        select(_row.id)
        .where(_row.next_at <= now, _row.channel.not_in(sorted(without)))
        .order_by(_row.next_at, _row.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(ripe).scalars())
    if not ids:
        return []
    connection.execute(update(OutboxRow).where(_row.id.in_(ids)).values(next_at=now + lease))
    columns = (_row.id, _row.channel, _row.payload, _row.attempts)
    found = connection.execute(select(*columns).where(_row.id.in_(ids)).order_by(_row.id))
    return [Waiting(row.id, row.channel, row.payload, row.attempts) for row in found]


def settle(
    connection: Connection, row_id: int, state: OutboxState, now: datetime, reason: str | None
) -> None:
    """It is over: sent, or dead with the reason."""
    connection.execute(
        update(OutboxRow)
        .where(_row.id == row_id)
        .values(state=state, attempts=_row.attempts + 1, next_at=None, reason=reason, settled=now)
    )


def postpone(connection: Connection, row_id: int, until: datetime, reason: str, *, tried: bool) -> None:
    """Another attempt later."""
    connection.execute(
        update(OutboxRow)
        .where(_row.id == row_id)
        .values(attempts=_row.attempts + int(tried), next_at=until, reason=reason)
    )


def revive(connection: Connection, row_id: int, now: datetime) -> bool:
    """Send a dead one again; False when it is not dead."""
    done = connection.execute(
        update(OutboxRow)
        .where(_row.id == row_id, _row.state == OutboxState.DEAD)
        .values(state=OutboxState.WAITING, attempts=0, next_at=now, settled=None)
        .returning(_row.id)
    )
    return done.scalar_one_or_none() is not None


def page(
    connection: Connection, states: Iterable[OutboxState], channel: str | None, before: int | None, limit: int
) -> list[Row[Any]]:
    """Rows of some states, newest first."""
    statement: Select[Any] = select(OutboxRow.__table__)
    wanted = list(states)
    if wanted:
        statement = statement.where(_row.state.in_(wanted))
    if channel is not None:
        statement = statement.where(_row.channel == channel)
    if before is not None:
        statement = statement.where(_row.id < before)
    return list(connection.execute(statement.order_by(_row.id.desc()).limit(limit)).all())


def one(connection: Connection, row_id: int) -> Row[Any] | None:
    """One row."""
    return connection.execute(select(OutboxRow.__table__).where(_row.id == row_id)).one_or_none()


def counts(connection: Connection) -> dict[str, dict[OutboxState, int]]:
    """How many wait and how many are dead, by channel."""
    statement = (
        select(_row.channel, _row.state, func.count())
        .where(_row.state.in_([OutboxState.WAITING, OutboxState.DEAD]))
        .group_by(_row.channel, _row.state)
    )
    found: dict[str, dict[OutboxState, int]] = {}
    for channel, state, count in connection.execute(statement):
        found.setdefault(channel, {})[state] = count
    return found


def forget(connection: Connection, before: datetime) -> int:
    """Drop what was settled before a moment; how many."""
    gone = connection.execute(delete(OutboxRow).where(_row.next_at.is_(None), _row.settled < before))
    return gone.rowcount
