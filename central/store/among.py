"""``column IN (...)`` for as many values as a city has orgs: one parameter, however many they are.

Spelled out, each value is a parameter of its own: for a county's 167 orgs that cost more than the question.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Dialect, String, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


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


class among(FunctionElement[bool]):  # noqa: N801 - read as a function, like those of SQLAlchemy
    """Whether a column of texts holds one of ``values``."""

    type = Boolean()
    inherit_cache = True
    name = "among"

    def __init__(self, column: ColumnElement[Any], values: Collection[str]) -> None:
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
