"""Tables of notifications: channels, and the outbox that commits with the act."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from central.notify.outbox import OutboxState
from central.store.base import Base
from central.store.columns import RowId, UtcTime, Word

_NAME = String(64)
_LONG = String(200)


class ChannelRow(Base):
    """A way to tell somebody; ``secrets`` is ciphertext (`central.notify.vault`)."""

    __tablename__ = "channel"

    name: Mapped[str] = mapped_column(_NAME, primary_key=True)
    kind: Mapped[str] = mapped_column(_NAME)
    enabled: Mapped[bool] = mapped_column(Boolean)
    language: Mapped[str] = mapped_column(String(8))
    settings: Mapped[str] = mapped_column(Text)
    secrets: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer)
    changed_by: Mapped[str] = mapped_column(_LONG)
    changed: Mapped[datetime] = mapped_column(UtcTime)


class OutboxRow(Base):
    """A notification on its way; columns as in `central.notify.outbox.Notice`, and where it stands."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_next_at",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
        Index("ix_outbox_state_id", "state", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    key: Mapped[str] = mapped_column(_LONG, unique=True)
    channel: Mapped[str] = mapped_column(_NAME)
    rule: Mapped[str] = mapped_column(_NAME)
    event_id: Mapped[int] = mapped_column(BigInteger, index=True)
    verb: Mapped[str] = mapped_column(_NAME)
    payload: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[OutboxState] = mapped_column(Word(OutboxState))
    attempts: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime | None] = mapped_column(UtcTime)
    reason: Mapped[str | None] = mapped_column(Text)
    settled: Mapped[datetime | None] = mapped_column(UtcTime)
