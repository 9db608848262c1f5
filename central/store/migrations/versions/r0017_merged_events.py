"""The index of merged events holds these alone: else it is taken for those that are not merged."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MERGED = sa.text("merged_into IS NOT NULL")


def upgrade() -> None:
    """Go forward."""
    op.drop_index("ix_event_merged_into", table_name="event")
    op.create_index(
        "ix_event_merged_into", "event", ["merged_into"], sqlite_where=_MERGED, postgresql_where=_MERGED
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_event_merged_into", table_name="event")
    op.create_index("ix_event_merged_into", "event", ["merged_into"])
