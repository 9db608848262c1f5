"""Dispatch and people's reports: tasks, where units are, uploaded pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.String(length=64)
_LONG = sa.String(length=200)


def _times(*names: str, nullable: bool) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def upgrade() -> None:
    """Go forward."""
    _task()
    _unit_position()
    _upload()
    open_item = sa.text("open")
    op.create_index(
        "ix_event_open_item", "event", ["item"], sqlite_where=open_item, postgresql_where=open_item
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_event_open_item", table_name="event")
    for table in ("upload", "unit_position", "task"):
        op.drop_table(table)


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("event_id", _ROW_ID, nullable=False),
        sa.Column("unit", _NAME, nullable=False),
        sa.Column("role", _NAME, nullable=False),
        sa.Column("state", _NAME, nullable=False),
        *_times("offered_at", nullable=False),
        *_times("accepted_at", "arrived_at", "ended_at", nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_task_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    live = sa.text("ended_at IS NULL")
    op.create_index("ix_task_unit_live", "task", ["unit"], sqlite_where=live, postgresql_where=live)
    op.create_index("ix_task_unit_id", "task", ["unit", "id"])
    op.create_index(op.f("ix_task_event_id"), "task", ["event_id"])


def _unit_position() -> None:
    op.create_table(
        "unit_position",
        sa.Column("unit", _NAME, nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        *_times("at", nullable=False),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_unit_position")),
    )


def _upload() -> None:
    op.create_table(
        "upload",
        sa.Column("id", _NAME, nullable=False),
        sa.Column("event_id", _ROW_ID, nullable=True),
        sa.Column("actor", _LONG, nullable=False),
        sa.Column("file", _LONG, nullable=False),
        sa.Column("sha256", _NAME, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("size", "width", "height", "blurred")),
        *_times("received", nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_upload_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    for column in ("event_id", "sha256", "received"):
        op.create_index(op.f(f"ix_upload_{column}"), "upload", [column])
