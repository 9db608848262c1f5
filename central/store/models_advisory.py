"""The table of advisory letters."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from central.reports.advisory import State
from central.store.base import Base
from central.store.columns import RowId, UtcTime, Word

_NAME = String(64)
_TITLE = String(200)


class Advisory(Base):
    """A letter to whoever is responsible for a place; a sent one is answered or withdrawn, never changed."""

    __tablename__ = "advisory"
    __table_args__ = (Index("ix_advisory_org_id", "org", "id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(_NAME, unique=True)
    state: Mapped[State] = mapped_column(Word(State))
    org: Mapped[str] = mapped_column(_NAME)
    place: Mapped[str] = mapped_column(_NAME)
    event_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("event.id"), index=True)
    language: Mapped[str] = mapped_column(String(8))
    addressee: Mapped[str] = mapped_column(_TITLE)
    title: Mapped[str] = mapped_column(_TITLE)
    body: Mapped[str] = mapped_column(Text)
    due: Mapped[datetime] = mapped_column(UtcTime)
    created: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(_TITLE)
    sent: Mapped[datetime | None] = mapped_column(UtcTime)
    sent_by: Mapped[str | None] = mapped_column(_TITLE)
    replied: Mapped[datetime | None] = mapped_column(UtcTime)
    replied_by: Mapped[str | None] = mapped_column(_TITLE)
    reply: Mapped[str | None] = mapped_column(Text)
