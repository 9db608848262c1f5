"""Timelines by the day of their event: partitions on PostgreSQL, with one for what has no day of its own.

All entries are written anew. Going back keeps them, but for days that were dropped.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_NAMES = "event_id, number, at, occurred, verb, actor, data, prev_hash, hash"
_AHEAD = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def upgrade() -> None:
    """Go forward."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "timeline_day",
        sa.Column("day", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("dropped_at", _TIME, nullable=True),
        sa.Column("entries", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_timeline_day")),
    )
    op.rename_table("event_entry", "entry_before")
    key = sa.PrimaryKeyConstraint("event_id", "number", "day", name=op.f("pk_event_entry"))
    if postgresql:
        for name in ("fk_event_entry_event_id", "uq_event_entry_event_id_number", "pk_event_entry"):
            op.drop_constraint(name, "entry_before")
        op.create_table("event_entry", *_columns(), _day(), key, postgresql_partition_by="RANGE (day)")
    else:
        op.create_table("event_entry", *_columns(), _day(), key, _foreign())
    _partitions(postgresql)
    day = _day_of("event.received", postgresql)
    op.execute(
        f"INSERT INTO event_entry ({_NAMES}, day) SELECT {_of('entry_before')}, {day}"  # noqa: S608
        " FROM entry_before JOIN event ON event.id = entry_before.event_id"
    )
    if postgresql:  # checked once for all rows, not for each
        op.create_foreign_key(op.f("fk_event_entry_event_id"), "event_entry", "event", ["event_id"], ["id"])
    op.drop_table("entry_before")


def downgrade() -> None:
    """Go back."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.rename_table("event_entry", "entry_before")
    if postgresql:
        for name in ("fk_event_entry_event_id", "pk_event_entry"):
            op.drop_constraint(name, "entry_before")
    op.create_table(
        "event_entry",
        sa.Column("id", _ROW_ID, nullable=False),
        *_columns(),
        _foreign(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_entry")),
        sa.UniqueConstraint("event_id", "number", name=op.f("uq_event_entry_event_id_number")),
    )
    op.execute(
        f"INSERT INTO event_entry ({_NAMES}) SELECT {_NAMES} FROM entry_before ORDER BY event_id, number"  # noqa: S608
    )
    op.drop_table("entry_before")  # with its partitions
    op.drop_table("timeline_day")


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("event_id", _ROW_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("occurred", _TIME, nullable=False),
        sa.Column("verb", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
    ]


def _day() -> sa.Column[int]:
    return sa.Column("day", sa.Integer(), nullable=False)


def _foreign() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_entry_event_id"))


def _of(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in _NAMES.split(", "))


def _day_of(moment: str, postgresql: bool) -> str:
    if postgresql:
        return f"floor(extract(epoch FROM {moment}) / 86400)::integer"
    return f"(CAST(strftime('%s', {moment}) AS INTEGER) / 86400)"


def _partitions(postgresql: bool) -> None:
    """The days that there are events of, today and the days ahead, and the rest."""
    bind = op.get_bind()
    found = bind.execute(sa.text(f"SELECT DISTINCT {_day_of('received', postgresql)} FROM event"))  # noqa: S608
    today = (datetime.now(UTC) - _EPOCH) // timedelta(days=1)
    days = sorted({*found.scalars(), *range(today, today + _AHEAD + 1)})
    if postgresql:
        op.execute("CREATE TABLE event_entry_rest PARTITION OF event_entry DEFAULT")
        for day in days:
            name = f"event_entry_{_EPOCH + timedelta(days=day):%Y%m%d}"
            op.execute(f"CREATE TABLE {name} PARTITION OF event_entry FOR VALUES FROM ({day}) TO ({day + 1})")
    for day in days:
        op.execute(f"INSERT INTO timeline_day (day) VALUES ({day})")  # noqa: S608 - a number of our own
