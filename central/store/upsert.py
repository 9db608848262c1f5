"""INSERT ... ON CONFLICT and numbers for rows, on both databases."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from central.store.models import Base, Counter

Row = Mapping[str, Any]
"""Column name to value, as the database driver takes it."""


def table(model: type[Base]) -> Table:
    """The table behind a model."""
    found = model.__table__
    if not isinstance(found, Table):
        msg = f"{model.__name__} has no table of its own"
        raise TypeError(msg)
    return found


def insert_into(dialect: str, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT."""
    return postgresql.insert(table(model)) if dialect == "postgresql" else sqlite.insert(table(model))


def put(connection: Connection, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows, or replace what the same primary key holds."""
    if rows:
        connection.execute(_replacing(connection.dialect.name, model, tuple(rows[0])), rows)


@cache
def _replacing(dialect: str, model: type[Base], names: tuple[str, ...]) -> postgresql.Insert | sqlite.Insert:
    target = table(model)
    keys = [column.name for column in target.primary_key]
    statement = insert_into(dialect, model)
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def take_numbers(connection: Connection, name: str, count: int) -> range:
    """The next ``count`` numbers of a counter; they come back if the transaction does not commit.

    The counter stays locked until the end of the transaction, so another writer's higher numbers cannot
    become visible before these. Take them last: until the commit nobody else gets any.
    """
    if count == 0:
        return range(0)
    taken = connection.execute(_TAKE, {"counter": name, "count": count}).scalar_one_or_none()
    if taken is None:
        insert = insert_into(connection.dialect.name, Counter)
        connection.execute(insert.values(name=name, value=0).on_conflict_do_nothing())
        taken = connection.execute(_TAKE, {"counter": name, "count": count}).scalar_one()
    return range(taken - count + 1, taken + 1)


def take_event_ids(connection: Connection, count: int) -> Sequence[int]:
    """Ids for ``count`` new events, rising.

    On PostgreSQL they come from a sequence, which holds nobody up: an id whose transaction fails stays a
    hole, and a lower one may become visible after a higher one. SQLite has one writer, so a counter does.
    """
    if connection.dialect.name != "postgresql":
        return take_numbers(connection, "event", count)
    if count == 0:
        return range(0)
    return sorted(connection.execute(_NEXT_EVENTS, {"count": count}).scalars())


_NEXT_EVENTS = text("SELECT nextval('event_ids') FROM generate_series(1, :count)")
_counter = table(Counter).c
_TAKE = (
    update(table(Counter))
    .where(_counter.name == bindparam("counter"))
    .values(value=_counter.value + bindparam("count"))
    .returning(_counter.value)
)

TRIM_EVERY = 500
"""Tables that are bounded are trimmed once in so many rows, not at every row."""


def crosses(numbers: range) -> bool:
    """Whether ``numbers`` pass a multiple of `TRIM_EVERY`."""
    return (numbers[0] - 1) // TRIM_EVERY != numbers[-1] // TRIM_EVERY


def last_number(connection: Connection, name: str) -> int:
    """The last number that a counter has given, 0 for none."""
    return connection.execute(select(Counter.value).where(Counter.name == name)).scalar_one_or_none() or 0
