"""Versions of the city's tables; channels and the outbox of notifications."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.String(length=64)
_LONG = sa.String(length=200)
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "table_version",
        sa.Column("name", _NAME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", _NAME, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("file", _LONG, nullable=False),
        sa.Column("origin", _NAME, nullable=False),
        sa.Column("author", _LONG, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", "number", name=op.f("pk_table_version")),
    )
    op.create_table(
        "table_set",
        sa.Column("version", _NAME, nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_table_set")),
    )
    op.create_table(
        "channel",
        sa.Column("name", _NAME, nullable=False),
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", _LONG, nullable=False),
        sa.Column("changed", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channel")),
    )
    _outbox()


def downgrade() -> None:
    """Go back."""
    for table in ("outbox", "channel", "table_set", "table_version"):
        op.drop_table(table)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("key", _LONG, nullable=False),
        sa.Column("channel", _NAME, nullable=False),
        sa.Column("rule", _NAME, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("verb", _NAME, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("state", _NAME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", _TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("settled", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    waiting = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_outbox_next_at", "outbox", ["next_at"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("ix_outbox_state_id", "outbox", ["state", "id"])
    op.create_index(op.f("ix_outbox_event_id"), "outbox", ["event_id"])
