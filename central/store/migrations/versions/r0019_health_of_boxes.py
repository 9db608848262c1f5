"""A box's health in one row beside it; its cameras' rows are written when their list changes."""

import sqlalchemy as sa
from alembic import op

from central.store.columns import UtcTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward; figures of cameras come back with each box's next health."""
    op.create_table(
        "box_health",
        sa.Column("box_id", _ROW_ID, nullable=False, autoincrement=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("received", UtcTime(), nullable=False),
        sa.Column("listing", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_box_health_box_id")),
        sa.PrimaryKeyConstraint("box_id", name=op.f("pk_box_health")),
    )
    op.execute(
        "INSERT INTO box_health SELECT id, health, health_received, '' FROM box"
        " WHERE health IS NOT NULL AND health_received IS NOT NULL"
    )
    op.drop_column("box", "health")
    op.drop_column("box", "health_received")
    op.drop_column("camera", "health")
    op.drop_column("camera", "updated")


def downgrade() -> None:
    """Go back; boxes repeat their cameras within half a minute."""
    op.execute("DELETE FROM camera")
    op.add_column("camera", sa.Column("health", sa.Text(), nullable=False, server_default="{}"))
    op.add_column(
        "camera", sa.Column("updated", UtcTime(), nullable=False, server_default="2000-01-01 00:00:00")
    )
    op.add_column("box", sa.Column("health", sa.Text(), nullable=True))
    op.add_column("box", sa.Column("health_received", UtcTime(), nullable=True))
    for column, source in (("health", "health"), ("health_received", "received")):
        op.execute(
            f"UPDATE box SET {column} ="  # noqa: S608
            f" (SELECT h.{source} FROM box_health h WHERE h.box_id = box.id)"
        )
    op.drop_table("box_health")
