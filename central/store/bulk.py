"""Whole batches to and from a table, each in one statement.

Row by row, and through SQLAlchemy's types, a batch costs ten times as much CPU as here: PostgreSQL takes all
rows as one JSON parameter (`json_to_recordset`), SQLite as plain tuples. What lies in the tables is the
same as SQLAlchemy would have written.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, cached_property, lru_cache
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Connection, Table
from sqlalchemy.types import TypeDecorator

from central.store.columns import UtcTime, Word, WordOrNone
from central.store.models import Base
from central.store.upsert import table

S = TypeVar("S", bound=msgspec.Struct)

_SPACE, _SECONDS = " ", "microseconds"
_UTC_LENGTH = len("2000-01-01 00:00:00.000000")


@lru_cache(maxsize=8192)
def sqlite_time(moment: datetime) -> str:
    """An aware time as SQLAlchemy writes it into SQLite; a batch holds the same few again and again."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(_SPACE, _SECONDS)[:_UTC_LENGTH]


class Bulk(Generic[S]):
    """The rows of one table as values of type ``S``, whose fields are columns of that name."""

    def __init__(self, model: type[Base], kind: type[S]) -> None:
        """Work on the table of ``model``."""
        self._kind = kind
        self._table: Table = table(model)
        self._names = kind.__struct_fields__
        self._columns = {name: self._table.c[name] for name in self._names}
        self._keys = tuple(column.name for column in self._table.primary_key)
        self._times = tuple(
            name for name, column in self._columns.items() if isinstance(column.type, UtcTime)
        )
        self._special = {
            name: column.type for name, column in self._columns.items() if isinstance(column.type, WordOrNone)
        }
        for column in self._columns.values():
            if isinstance(column.type, TypeDecorator) and not isinstance(column.type, UtcTime | Word):
                msg = f"{self._table.name}.{column.name}: rows in bulk know nothing of {column.type!r}"
                raise TypeError(msg)

    def insert(self, connection: Connection, rows: Sequence[S]) -> None:
        """Add rows.

        Raises:
            IntegrityError: One is there already.
        """
        if rows:
            self._run(connection, self._sql(connection, self._names), self._names, rows)

    def put(
        self,
        connection: Connection,
        rows: Sequence[S],
        *,
        adding: Collection[str] = (),
        growing: Collection[str] = (),
        keeping: Collection[str] = (),
    ) -> None:
        """Add rows, or merge them into what the same primary key holds.

        Args:
            connection: Within a writing transaction.
            rows: One for each primary key, in its order: others must not wait for each other.
            adding: Columns whose values are added up.
            growing: Columns that keep the greater value.
            keeping: Columns that keep the old value; all others take the new one.
        """
        if not rows:
            return
        target, postgresql = self._table.name, connection.dialect.name == "postgresql"
        most = "GREATEST" if postgresql else "MAX"
        merged = []
        for name in self._names:
            if name in self._keys or name in keeping:
                continue
            new = f'excluded."{name}"'
            if name in adding:
                new = f'{target}."{name}" + {new}'
            elif name in growing:
                new = f'{most}({target}."{name}", {new})'
            merged.append(f'"{name}" = {new}')
        tail = f" ON CONFLICT ({_list(self._keys)}) DO UPDATE SET {', '.join(merged)}"
        self._run(connection, self._sql(connection, self._names) + tail, self._names, rows)

    def enter(self, connection: Connection, rows: Sequence[S]) -> set[tuple[Any, ...]]:
        """Add those rows whose primary key is not there yet; their keys."""
        if not rows:
            return set()
        tail = f" ON CONFLICT DO NOTHING RETURNING {_list(self._keys)}"
        if connection.dialect.name == "postgresql":
            found = connection.exec_driver_sql(
                self._sql(connection, self._names) + tail, (self._json(rows, self._names),)
            )
        else:
            chosen = ", ".join(f"value ->> {index}" for index in range(len(self._names)))
            statement = (
                f"INSERT INTO {self._table.name} ({_list(self._names)})"
                f" SELECT {chosen} FROM json_each(?) WHERE true{tail}"
            )
            payload = msgspec.json.encode(self._tuples(rows, self._names)).decode()
            found = connection.exec_driver_sql(statement, (payload,))
        return {tuple(row) for row in found}

    def update(
        self,
        connection: Connection,
        rows: Sequence[S],
        names: Collection[str],
        *,
        adding: Collection[str] = (),
    ) -> None:
        """Write the columns ``names`` of rows that are there; those in ``adding`` are added up."""
        changing = tuple(name for name in self._names if name in names and name not in self._keys)
        if not rows or not changing:
            return
        target = self._table.name
        old = {name: f'old."{name}" + ' if name in adding else "" for name in changing}
        if connection.dialect.name == "postgresql":
            values = ", ".join(f'"{name}" = {old[name]}{self._given(name)}' for name in changing)
            same = " AND ".join(f'old."{key}" = new."{key}"' for key in self._keys)
            statement = (
                f"UPDATE {target} old SET {values}"
                f" FROM {self._recordset(connection, (*changing, *self._keys))} WHERE {same}"
            )
        else:
            values = ", ".join(f'"{name}" = {old[name]}?' for name in changing)
            same = " AND ".join(f'"{key}" = ?' for key in self._keys)
            statement = f"UPDATE {target} AS old SET {values} WHERE {same}"
        self._run(connection, statement, (*changing, *self._keys), rows)

    def find(
        self, connection: Connection, columns: Sequence[str], keys: Sequence[tuple[Any, ...]]
    ) -> list[S]:
        """The rows whose ``columns`` are one of ``keys``, locked in order until the end of the transaction.

        Args:
            connection: Within a writing transaction.
            columns: Names of columns that an index begins with.
            keys: Their values.
        """
        tail = f" ORDER BY {_list(self._keys, 'row.')}"
        if connection.dialect.name == "postgresql":
            tail += " FOR UPDATE OF row"
        return [self._value(row) for row in self._select(connection, self._names, columns, keys, tail)]

    def look_up(
        self, connection: Connection, columns: Sequence[str], keys: Sequence[tuple[Any, ...]]
    ) -> list[S]:
        """As `find`, in any order and without locks; a reading transaction will do."""
        return [self._value(row) for row in self._select(connection, self._names, columns, keys, "")]

    def keys(
        self, connection: Connection, columns: Sequence[str], keys: Sequence[tuple[Any, ...]], where: str
    ) -> set[Any]:
        """First primary key column of the rows whose ``columns`` are one of ``keys``; not locked.

        Args:
            connection: Within a transaction.
            columns: Names of columns that an index begins with.
            keys: Their values.
            where: A further condition on ``row``, as SQL.
        """
        found = self._select(connection, self._keys[:1], columns, keys, f" WHERE {where}")
        return {row[0] for row in found}

    def count_since(
        self,
        connection: Connection,
        columns: Sequence[str],
        keys: Sequence[tuple[Any, ...]],
        time: str,
        since: datetime,
    ) -> dict[tuple[Any, ...], int]:
        """How many rows there are whose ``columns`` are one of ``keys``, by key; only those that have any.

        Args:
            connection: Within a transaction.
            columns: Names of columns that an index begins with.
            keys: Their values, each once.
            time: Name of a column; rows from before ``since`` do not count.
            since: See ``time``.
        """
        postgresql = connection.dialect.name == "postgresql"
        moment = f"'{since.isoformat()}'::timestamptz" if postgresql else f"'{sqlite_time(since)}'"
        tail = f' WHERE row."{time}" >= {moment} GROUP BY {_list(columns, "row.")}'
        chosen = _list(columns, "row.") + ", count(*)"
        return {tuple(row[:-1]): row[-1] for row in self._joined(connection, chosen, columns, keys, tail)}

    def _select(
        self,
        connection: Connection,
        names: Sequence[str],
        columns: Sequence[str],
        keys: Sequence[tuple[Any, ...]],
        tail: str,
    ) -> Sequence[Sequence[Any]]:
        return self._joined(connection, _list(names, "row."), columns, keys, tail)

    def _joined(
        self,
        connection: Connection,
        chosen: str,
        columns: Sequence[str],
        keys: Sequence[tuple[Any, ...]],
        tail: str,
    ) -> Sequence[Sequence[Any]]:
        if not keys:
            return []
        postgresql = connection.dialect.name == "postgresql"
        given = "%s::json" if postgresql else "?"
        each = "json_array_elements" if postgresql else "json_each"
        value = [f"value ->> {index}" for index in range(len(columns))]
        if postgresql:
            types = [self._table.c[name].type.compile(connection.dialect) for name in columns]
            value = [f"({one})::{kind}" for one, kind in zip(value, types, strict=True)]
        same = " AND ".join(f'row."{name}" = {one}' for name, one in zip(columns, value, strict=True))
        statement = f"SELECT {chosen} FROM {each}({given}) key JOIN {self._table.name} row ON {same}{tail}"
        return connection.exec_driver_sql(statement, (msgspec.json.encode(keys).decode(),)).all()

    def _sql(self, connection: Connection, names: Sequence[str]) -> str:
        target = self._table.name
        head = f"INSERT INTO {target} ({_list(names)}) "
        if connection.dialect.name == "postgresql":
            given = ", ".join(self._given(name) for name in names)
            return head + f"SELECT {given} FROM {self._recordset(connection, names)}"
        return head + f"VALUES ({', '.join('?' * len(names))})"

    def _given(self, name: str) -> str:
        """A column of `_recordset` as it is written: no word of a `WordOrNone` is the empty text."""
        return f"COALESCE(new.\"{name}\", '')" if name in self._special else f'new."{name}"'

    def _recordset(self, connection: Connection, names: Iterable[str]) -> str:
        """The JSON parameter as rows ``new``, types spelled out: a table may be called as a type is."""
        types = (f'"{name}" {self._table.c[name].type.compile(connection.dialect)}' for name in names)
        return f"json_to_recordset(%s::json) AS new({', '.join(types)})"

    def _run(self, connection: Connection, statement: str, names: Sequence[str], rows: Sequence[S]) -> None:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(statement, (self._json(rows, names),))
        else:
            connection.exec_driver_sql(statement, self._tuples(rows, names))

    def _json(self, rows: Sequence[S], names: Sequence[str]) -> str:
        """As PostgreSQL takes them."""
        if len(names) == len(self._names):
            return msgspec.json.encode(rows).decode()
        kind, read = _row_of(tuple(names)), attrgetter(*names)
        return msgspec.json.encode([kind(*read(row)) for row in rows]).decode()

    def _bound(self, name: str, value: Any) -> Any:  # noqa: ANN401 - whatever the column holds
        special = self._special.get(name)
        return value if special is None else special.process_bind_param(value, None)  # type: ignore[arg-type]

    def _tuples(self, rows: Sequence[S], names: Sequence[str]) -> list[tuple[Any, ...]]:
        """As the driver of SQLite takes them."""
        makers, read = self._makers, attrgetter(*names)
        chosen = [(index, makers[name]) for index, name in enumerate(names) if name in makers]
        special = [(index, name) for index, name in enumerate(names) if name in self._special]
        made = []
        for row in rows:
            values = list(read(row))
            for index, make in chosen:
                value = values[index]
                if value is not None:
                    values[index] = make(value)
            for index, name in special:
                values[index] = self._bound(name, values[index])
            made.append(tuple(values))
        return made

    @cached_property
    def _makers(self) -> dict[str, Callable[[Any], Any]]:
        """What turns values, but for None and special columns, into what the driver takes as they are."""
        makers: dict[str, Callable[[Any], Any]] = dict.fromkeys(self._times, sqlite_time)
        for name, column in self._columns.items():
            if type(column.type) is Word:
                makers[name] = str
        return makers

    def _value(self, row: Sequence[Any]) -> S:
        values = dict(zip(self._names, row, strict=True))
        for name in self._times:
            moment = values[name]
            if isinstance(moment, str):
                values[name] = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        for name, special in self._special.items():
            values[name] = special.process_result_value(values[name], None)  # type: ignore[arg-type]
        return msgspec.convert(values, self._kind, strict=False)


@cache
def _row_of(names: tuple[str, ...]) -> type[msgspec.Struct]:
    """What becomes a JSON object with these keys."""
    return msgspec.defstruct("Row", names)


def _list(names: Iterable[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)
