"""The life cycle of events: who has them, when each step was taken, how often they came back."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIMES = (
    "acknowledged_at",
    "filed_at",
    "dispatched_at",
    "accepted_at",
    "arrived_at",
    "handled_at",
    "verified_at",
    "closed_at",
    "suspended_at",
    "suspended_until",
    "pause_until",
    "shelved_until",
    "vouch_at",
)
_DUE = ("vouch_at", "suspended_until", "shelved_until")
_COUNTS = ("refusals", "returns", "transfers", "pauses", "reopens", "escalations", "overdue")
_ACTORS = ("acknowledged_by", "handled_by", "verified_by", "pause_by")


def _columns() -> list[sa.Column[Any]]:
    name = sa.String(length=64)
    return [
        sa.Column("source", name, server_default=sa.text("'camera'"), nullable=False),
        sa.Column("home", name, server_default=sa.text("''"), nullable=False),
        sa.Column("loop", name, server_default=sa.text("'self'"), nullable=False),
        sa.Column("hands_on", sa.Boolean(), server_default=sa.false(), nullable=False),
        *(sa.Column(text, sa.Text(), nullable=True) for text in ("summary", "address", "pause_reason")),
        *(sa.Column(degree, sa.Float(), nullable=True) for degree in ("longitude", "latitude")),
        *(sa.Column(word, name, nullable=True) for word in ("unit", "before", "referred_to")),
        sa.Column("merged_into", _ROW_ID, nullable=True),
        *(sa.Column(moment, sa.DateTime(timezone=True), nullable=True) for moment in _TIMES),
        *(sa.Column(actor, sa.String(length=200), nullable=True) for actor in _ACTORS),
        *(sa.Column(count, sa.Integer(), server_default=sa.text("0"), nullable=False) for count in _COUNTS),
    ]


def upgrade() -> None:
    """Go forward; what was filed by itself counts from its receipt."""
    for column in _columns():
        op.add_column("event", column)
    op.execute("UPDATE event SET home = org")
    op.execute("UPDATE event SET filed_at = received WHERE state = 'filed'")
    op.create_index("ix_event_home_id", "event", ["home", "id"])
    op.create_index("ix_event_merged_into", "event", ["merged_into"])
    for moment in _DUE:
        condition = sa.text(f"{'open AND ' if moment == 'vouch_at' else ''}{moment} IS NOT NULL")
        op.create_index(
            f"ix_event_{moment}", "event", [moment], sqlite_where=condition, postgresql_where=condition
        )
    _deadline()
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("etag", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_at"), "idempotency", ["at"])


def _deadline() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "deadline",
        sa.Column("event_id", _ROW_ID, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("limit", sa.String(length=16), nullable=False),
        *(sa.Column(name, moment, nullable=False) for name in ("started", "half", "most", "due")),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        *(sa.Column(name, moment, nullable=True) for name in ("next_at", "paused_at", "met_at")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_deadline_event_id")),
        sa.PrimaryKeyConstraint("event_id", "round", "step", name=op.f("pk_deadline")),
    )
    condition = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_deadline_next_at", "deadline", ["next_at"], sqlite_where=condition, postgresql_where=condition
    )


def downgrade() -> None:
    """Go back; what people did stays in the timelines."""
    op.drop_table("idempotency")
    op.drop_table("deadline")
    for moment in _DUE:
        op.drop_index(f"ix_event_{moment}", table_name="event")
    op.drop_index("ix_event_merged_into", table_name="event")
    op.drop_index("ix_event_home_id", table_name="event")
    for column in _columns():
        op.drop_column("event", column.name)
