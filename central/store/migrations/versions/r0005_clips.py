"""Evidence clips: their parts on the way, and how long a finished one is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go forward; what is there are pictures."""
    op.create_table(
        "clip",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("box_id", _ROW_ID, nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("have", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_clip_box_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip")),
    )
    op.create_index("ix_clip_box_id_received", "clip", ["box_id", "received"])
    op.create_table(
        "clip_part",
        sa.Column("clip_id", sa.String(length=64), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clip.id"], name=op.f("fk_clip_part_clip_id")),
        sa.PrimaryKeyConstraint("clip_id", "part", name=op.f("pk_clip_part")),
    )
    op.add_column(
        "evidence",
        sa.Column("media_type", sa.String(length=32), server_default=sa.text("'image/jpeg'"), nullable=False),
    )
    op.add_column("evidence", sa.Column("seconds", sa.Float(), nullable=True))


def downgrade() -> None:
    """Go back; clips are no longer shown, their files stay."""
    op.execute("DELETE FROM evidence WHERE media_type <> 'image/jpeg'")
    op.drop_column("evidence", "seconds")
    op.drop_column("evidence", "media_type")
    op.drop_table("clip_part")
    op.drop_index("ix_clip_box_id_received", "clip")
    op.drop_table("clip")
