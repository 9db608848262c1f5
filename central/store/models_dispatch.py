"""Tables of dispatch and of people's reports: tasks, where units are, uploaded pictures."""

from datetime import datetime

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from central.dispatch.tasks import TaskRole, TaskState
from central.store.base import Base
from central.store.columns import RowId, UtcTime, Word

_NAME = String(64)
_ACTOR = String(200)


class TaskRow(Base):
    """What one unit has to do about one event; columns as in `central.dispatch.tasks.Task`."""

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "ix_task_unit_live",
            "unit",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_task_unit_id", "unit", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    event_id: Mapped[int] = mapped_column(RowId, ForeignKey("event.id"), index=True)
    unit: Mapped[str] = mapped_column(_NAME)
    role: Mapped[TaskRole] = mapped_column(Word(TaskRole))
    state: Mapped[TaskState] = mapped_column(Word(TaskState))
    offered_at: Mapped[datetime] = mapped_column(UtcTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    arrived_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class UnitPosition(Base):
    """Where a unit's staff last was: one row a unit, overwritten; no track is kept."""

    __tablename__ = "unit_position"

    unit: Mapped[str] = mapped_column(_NAME, primary_key=True)
    longitude: Mapped[float] = mapped_column(Float)
    latitude: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime] = mapped_column(UtcTime)


class UnitShift(Base):
    """A stretch of time in which a unit is on duty, or off, whatever its weekly duty says."""

    __tablename__ = "unit_shift"
    __table_args__ = (Index("ix_unit_shift_unit_ends", "unit", "ends"), Index("ix_unit_shift_ends", "ends"))

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    unit: Mapped[str] = mapped_column(_NAME)
    starts: Mapped[datetime] = mapped_column(UtcTime)
    ends: Mapped[datetime] = mapped_column(UtcTime)
    works: Mapped[bool] = mapped_column(Boolean)
    note: Mapped[str] = mapped_column(_ACTOR)
    changed_by: Mapped[str] = mapped_column(_ACTOR)
    changed: Mapped[datetime] = mapped_column(UtcTime)


class Upload(Base):
    """A picture that somebody sent, as redacted on arrival; without an event it goes after a day."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(_NAME, primary_key=True)
    event_id: Mapped[int | None] = mapped_column(RowId, ForeignKey("event.id"), index=True)
    actor: Mapped[str] = mapped_column(_ACTOR)
    file: Mapped[str] = mapped_column(_ACTOR)
    sha256: Mapped[str] = mapped_column(_NAME, index=True)
    size: Mapped[int] = mapped_column(Integer)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    blurred: Mapped[int] = mapped_column(Integer)
    received: Mapped[datetime] = mapped_column(UtcTime, index=True)
