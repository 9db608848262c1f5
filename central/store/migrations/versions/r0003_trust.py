"""Invitations and certificates of boxes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int = 64, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "invitation",
        _text("secret_hash"),
        _text("site"),
        _text("box"),
        _time("created"),
        _time("expires"),
        _time("used", nullable=True),
        sa.PrimaryKeyConstraint("secret_hash", name="pk_invitation"),
    )
    op.create_table(
        "box_certificate",
        _text("serial"),
        _text("site"),
        _text("box"),
        _text("fingerprint"),
        _time("issued"),
        _time("expires"),
        _time("revoked", nullable=True),
        _text("reason", 200, nullable=True),
        sa.PrimaryKeyConstraint("serial", name="pk_box_certificate"),
    )
    op.create_index("ix_box_certificate_site_box", "box_certificate", ["site", "box"])


def downgrade() -> None:
    """Go back: boxes must be enrolled again."""
    op.drop_table("box_certificate")
    op.drop_table("invitation")
