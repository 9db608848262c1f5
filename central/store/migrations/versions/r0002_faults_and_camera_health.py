"""A camera's fault on its event; a camera's health as the box said it, so that new figures need no column."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COUNTERS = ("frames_decoded", "frames_detected", "frames_dropped", "decode_errors", "reconnects")


def upgrade() -> None:
    """Go forward; cameras come back with their boxes' next health message."""
    op.add_column("event", sa.Column("fault", sa.String(length=64), nullable=True))
    op.execute("DELETE FROM camera")
    with op.batch_alter_table("camera") as camera:
        for name in ("reason", "codec", "width", "height", "fps", *_COUNTERS, "last_frame"):
            camera.drop_column(name)
        camera.add_column(sa.Column("health", sa.Text(), nullable=False))


def downgrade() -> None:
    """Go back; cameras come back with their boxes' next health message."""
    op.execute("DELETE FROM camera")
    with op.batch_alter_table("camera") as camera:
        camera.drop_column("health")
        for name in ("reason", "codec"):
            camera.add_column(sa.Column(name, sa.Text(), nullable=False))
        for name in ("width", "height", *_COUNTERS):
            camera.add_column(sa.Column(name, sa.BigInteger(), nullable=False))
        camera.add_column(sa.Column("fps", sa.Float(), nullable=False))
        camera.add_column(sa.Column("last_frame", sa.DateTime(timezone=True), nullable=True))
    op.drop_column("event", "fault")  # not in a batch: SQLite would drop a table that others refer to
