"""What boxes were told to run."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from central.store.base import Base
from central.store.columns import RowId, UtcTime, Word

_NAME = String(64)


class OrderKind(StrEnum):
    """What an order is about; the name of its topic, too."""

    CONFIG = "config"
    UPDATE = "update"


class BoxOrder(Base):
    """One order to one box, and the signed message by which it was told; never changed afterwards."""

    __tablename__ = "box_order"
    __table_args__ = (Index("ix_box_order_box", "site", "box", "kind", "version", unique=True),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    site: Mapped[str] = mapped_column(_NAME)
    box: Mapped[str] = mapped_column(_NAME)
    kind: Mapped[OrderKind] = mapped_column(Word(OrderKind))
    version: Mapped[int] = mapped_column(RowId)
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(_NAME)
    message: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(500))
    actor: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcTime)
    expires: Mapped[datetime | None] = mapped_column(UtcTime)
