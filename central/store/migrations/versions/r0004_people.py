"""People, their roles, sessions and tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go forward."""
    _person()
    _session()
    _token()
    op.create_table(
        "sign_in_lock",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_sign_in_lock"),
    )
    op.create_index("ix_sign_in_lock_last", "sign_in_lock", ["last"])


def downgrade() -> None:
    """Go back; everybody is forgotten."""
    for table in ("token_grant", "token", "session", "sign_in_lock", "person_grant", "person"):
        op.drop_table(table)


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("display", sa.String(length=100), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("totp", sa.String(length=64), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.String(length=400), nullable=True),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("last_sign_in", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("name", name="uq_person_name"),
        sa.UniqueConstraint("subject", name="uq_person_subject"),
    )
    op.create_table(
        "person_grant",
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("org", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_person_grant_person_id"),
        sa.PrimaryKeyConstraint("person_id", "role", "org", name="pk_person_grant"),
    )
    op.create_index("ix_person_grant_org", "person_grant", ["org"])


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", _ROW_ID, nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("started", _TIME, nullable=False),
        sa.Column("seen", _TIME, nullable=False),
        sa.Column("expires", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_session_person_id"),
        sa.PrimaryKeyConstraint("hash", name="pk_session"),
    )
    op.create_index("ix_session_person_id", "session", ["person_id"])
    op.create_index("ix_session_expires", "session", ["expires"])


def _token() -> None:
    op.create_table(
        "token",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("expires", _TIME, nullable=False),
        sa.Column("revoked", _TIME, nullable=True),
        sa.Column("used", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("name", name="uq_token_name"),
        sa.UniqueConstraint("hash", name="uq_token_hash"),
    )
    op.create_table(
        "token_grant",
        sa.Column("token_id", _ROW_ID, nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("org", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["token.id"], name="fk_token_grant_token_id"),
        sa.PrimaryKeyConstraint("token_id", "role", "org", name="pk_token_grant"),
    )
    op.create_index("ix_token_grant_org", "token_grant", ["org"])
