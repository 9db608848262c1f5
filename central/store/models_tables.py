"""The city's tables as they were loaded, and the sets of them that events were judged by."""

from datetime import datetime

from sqlalchemy import Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from central.store.base import Base
from central.store.columns import UtcTime

_NAME = String(64)
_LONG = String(200)


class TableVersion(Base):
    """One content of one table; the highest number of a name is in force. Rows are only ever added."""

    __tablename__ = "table_version"

    name: Mapped[str] = mapped_column(_NAME, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    hash: Mapped[str] = mapped_column(_NAME)
    size: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Compressed by zlib."""
    file: Mapped[str] = mapped_column(_LONG)
    origin: Mapped[str] = mapped_column(_NAME)
    author: Mapped[str] = mapped_column(_LONG)
    at: Mapped[datetime] = mapped_column(UtcTime)


class TableSet(Base):
    """Which versions made up the tables that events keep as ``config_version``."""

    __tablename__ = "table_set"

    version: Mapped[str] = mapped_column(_NAME, primary_key=True)
    members: Mapped[str] = mapped_column(Text)
    """JSON: number by name."""
    at: Mapped[datetime] = mapped_column(UtcTime)
