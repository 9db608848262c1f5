"""Conditions in the words that both databases' planners find their indexes by.

SQLAlchemy writes ``event.open = 1`` for SQLite, which does not see by it that an index ``WHERE open`` would
do; and it spells ``IN`` out with a parameter for each value, which for a county's 167 orgs cost more than the
question.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, String, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

_Column = ColumnElement[Any] | InstrumentedAttribute[Any]


class _Texts(TypeDecorator[list[str]]):
    """Texts as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """As the database takes it."""
        made: TypeEngine[Any] = ARRAY(String()) if dialect.name == "postgresql" else Text()
        return dialect.type_descriptor(made)

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:  # noqa: ANN401 - by dialect
        """As the driver takes it."""
        return value if dialect.name == "postgresql" else json.dumps(value)


class _Term(FunctionElement[bool]):
    """A condition that is written as it is, not compared with 1 where there is no type for truth."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Term":  # noqa: ANN401, ARG002 - SQLAlchemy's own
        """It brings its own brackets."""
        return self


class is_open(_Term):  # noqa: N801 - read as a function, like those of SQLAlchemy
    """Whether an event is open."""

    inherit_cache = True
    name = "is_open"


@compiles(is_open)
def _open(_element: is_open, _compiler: SQLCompiler, **_words: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return "event.open"


class unsorted(FunctionElement[Any]):  # noqa: N801 - as above
    """A column to group by, of which SQLite shall not choose an index because it is sorted by it."""

    inherit_cache = True
    name = "unsorted"

    def __init__(self, column: _Column) -> None:
        """Name ``column``."""
        super().__init__(column)


@compiles(unsorted)
def _plain(element: unsorted, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    sign = "+" if compiler.dialect.name == "sqlite" else ""
    return sign + compiler.process(next(iter(element.clauses)), **words)


class among(_Term):  # noqa: N801 - as above
    """Whether a column of texts holds one of ``values``."""

    inherit_cache = True
    name = "among"

    def __init__(self, column: _Column, values: Collection[str]) -> None:
        """Compare ``column``."""
        super().__init__(column, bindparam(None, sorted(values), type_=_Texts(), unique=True))


@compiles(among, "postgresql")
def _on_postgresql(element: among, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column, values = element.clauses
    return f"({compiler.process(column, **words)} = ANY ({compiler.process(values, **words)}))"


@compiles(among)
def _elsewhere(element: among, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column, values = element.clauses
    listed = f"SELECT value FROM json_each({compiler.process(values, **words)})"  # noqa: S608 - a parameter
    return f"({compiler.process(column, **words)} IN ({listed}))"
