"""Who leads and who hides whom among open events, what was ever shown, and where it rains alarms."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.String(length=64)
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go forward; what was there has been shown."""
    op.add_column("event", sa.Column("earlier", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("event", sa.Column("group_of", _ROW_ID, nullable=True))
    op.add_column("event", sa.Column("hidden_by", _ROW_ID, nullable=True))
    op.add_column("event", sa.Column("hidden_why", _NAME, nullable=True))
    op.add_column("event", sa.Column("shown_at", _TIME, nullable=True))
    op.add_column("event", sa.Column("due_at", _TIME, nullable=True))
    op.execute("UPDATE event SET shown_at = received")
    live = "deadline.event_id = event.id AND deadline.state IN ('running', 'paused')"
    op.execute(f"UPDATE event SET due_at = (SELECT min(due) FROM deadline WHERE {live}) WHERE open")  # noqa: S608
    hidden = sa.text("hidden_by IS NOT NULL")
    op.create_index(
        "ix_event_hidden_by", "event", ["hidden_by"], sqlite_where=hidden, postgresql_where=hidden
    )
    op.create_index("ix_event_shown_at", "event", ["shown_at"])
    opened = sa.text("open")
    op.create_index("ix_event_open_place", "event", ["place"], sqlite_where=opened, postgresql_where=opened)
    op.create_table(
        "desk_flood",
        sa.Column("org", _NAME, nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org", name=op.f("pk_desk_flood")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("desk_flood")
    for index in ("ix_event_open_place", "ix_event_shown_at", "ix_event_hidden_by"):
        op.drop_index(index, table_name="event")
    for column in ("due_at", "shown_at", "hidden_why", "hidden_by", "group_of", "earlier"):
        op.drop_column("event", column)
