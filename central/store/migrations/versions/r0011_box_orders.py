"""Orders to boxes: the configurations and updates that they were told to run."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.String(length=64)


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "box_order",
        sa.Column("id", _ROW_ID, autoincrement=False, nullable=False),
        *(sa.Column(name, _NAME, nullable=False) for name in ("site", "box", "kind")),
        sa.Column("version", _ROW_ID, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("sha256", _NAME, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_order")),
    )
    op.create_index("ix_box_order_box", "box_order", ["site", "box", "kind", "version"], unique=True)


def downgrade() -> None:
    """Go back."""
    op.drop_table("box_order")
