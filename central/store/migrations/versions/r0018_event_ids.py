"""Event ids from a sequence on PostgreSQL: a counter's row held every other writer up until the commit."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    if not _postgresql():
        return
    op.execute("CREATE SEQUENCE event_ids AS bigint")
    last = _last("SELECT value FROM counter WHERE name = 'event'")
    if last:
        op.execute(f"SELECT setval('event_ids', {last})")
    op.execute("DELETE FROM counter WHERE name = 'event'")


def downgrade() -> None:
    """Go back."""
    if not _postgresql():
        return
    last = _last("SELECT last_value FROM event_ids WHERE is_called")
    if last:
        insert = sa.text("INSERT INTO counter (name, value) VALUES ('event', :last)")
        op.get_bind().execute(insert, {"last": last})
    op.execute("DROP SEQUENCE event_ids")


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _last(question: str) -> int:
    return int(op.get_bind().execute(sa.text(question)).scalar_one_or_none() or 0)
