"""Where sessions come from, which roles the provider gave, and shifts of units."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.String(length=64)
_LONG = sa.String(length=200)
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go forward; the roles that are there were given here."""
    op.add_column("session", sa.Column("address", _NAME, nullable=True))
    op.add_column("session", sa.Column("agent", _LONG, nullable=True))
    op.add_column(
        "person_grant", sa.Column("by_provider", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_table(
        "unit_shift",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("unit", _NAME, nullable=False),
        sa.Column("starts", _TIME, nullable=False),
        sa.Column("ends", _TIME, nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("note", _LONG, nullable=False),
        sa.Column("changed_by", _LONG, nullable=False),
        sa.Column("changed", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_shift")),
    )
    op.create_index("ix_unit_shift_unit_ends", "unit_shift", ["unit", "ends"])
    op.create_index("ix_unit_shift_ends", "unit_shift", ["ends"])


def downgrade() -> None:
    """Go back; shifts are forgotten."""
    op.drop_table("unit_shift")
    op.drop_column("person_grant", "by_provider")
    op.drop_column("session", "agent")
    op.drop_column("session", "address")
