"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine

E = TypeVar("E", bound=StrEnum)

RowId: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit key; SQLite gives out row ids for plain INTEGER only."""


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """An aware time as the store wants it."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """A stored time as an aware one."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[E]):
    """A member of a closed vocabulary, kept as its text: a new word needs no migration."""

    impl = String(64)
    cache_ok = True

    def __init__(self, vocabulary: type[E]) -> None:
        """Keep members of ``vocabulary``."""
        super().__init__()
        self.vocabulary = vocabulary

    def process_bind_param(self, value: E | str | None, _dialect: Dialect) -> str | None:
        """The word as text."""
        return None if value is None else str(self.vocabulary(value))

    def process_result_value(self, value: str | None, _dialect: Dialect) -> E | None:
        """Text as the word."""
        return None if value is None else self.vocabulary(value)


class WordOrNone(Word[E]):
    """A word or none, in a column that may not be NULL: SQLite cannot take that back from a column."""

    cache_ok = True

    def process_bind_param(self, value: E | str | None, dialect: Dialect) -> str | None:
        """None as the empty text."""
        return super().process_bind_param(value, dialect) if value else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        """The empty text as None."""
        return super().process_result_value(value, dialect) if value else None
