"""Advisory letters."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.String(length=64)
_TITLE = sa.String(length=200)
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "advisory",
        sa.Column("id", _ROW_ID, nullable=False),
        *(sa.Column(name, _NAME, nullable=False) for name in ("number", "state", "org", "place")),
        sa.Column("event_id", _ROW_ID, nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        *(sa.Column(name, _TITLE, nullable=False) for name in ("addressee", "title")),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due", _TIME, nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("created_by", _TITLE, nullable=False),
        sa.Column("sent", _TIME, nullable=True),
        sa.Column("sent_by", _TITLE, nullable=True),
        sa.Column("replied", _TIME, nullable=True),
        sa.Column("replied_by", _TITLE, nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_advisory_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advisory")),
        sa.UniqueConstraint("number", name=op.f("uq_advisory_number")),
    )
    op.create_index("ix_advisory_org_id", "advisory", ["org", "id"])
    op.create_index(op.f("ix_advisory_event_id"), "advisory", ["event_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("advisory")
