"""Questions of a city with a long past: sums of what is closed; indexes by spot, words and activity.

Columns that change with every alert leave the indexes: PostgreSQL then refreshes an event in its own page.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NAME = sa.String(length=64)
_KEYS = ("home", "colour", "state", "kind")
_SUMS = {
    "events": "1",
    "alerts": "alerts",
    "episodes": "episodes",
    "shown": "(CASE WHEN {0}.shown_at IS NULL THEN 0 ELSE 1 END)",
}
_ROOMY = {"event": 70, "episode": 80, "box": 70, "box_session": 70}
_SAID = sa.text("summary IS NOT NULL OR address IS NOT NULL")


def upgrade() -> None:
    """Go forward."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "event_sum",
        *(sa.Column(name, _NAME, nullable=False) for name in _KEYS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS),
        sa.PrimaryKeyConstraint(*_KEYS, name=op.f("pk_event_sum")),
    )
    keys = ", ".join(_KEYS)
    sums = ", ".join(f"sum({_value(name, 'event')})" for name in _SUMS)
    op.execute(f"INSERT INTO event_sum SELECT {keys}, {sums} FROM event WHERE NOT open GROUP BY {keys}")  # noqa: S608
    for statement in _triggers_postgresql() if postgresql else _triggers_sqlite():
        op.execute(statement)
    if postgresql:
        op.execute('ALTER TABLE event ALTER COLUMN number TYPE VARCHAR(32) COLLATE "C"')
        for name, share in _ROOMY.items():
            op.execute(f"ALTER TABLE {name} SET (fillfactor = {share})")
        slot = "floor(extract(epoch FROM last_received - '2000-01-01 00:00+00'::timestamptz) / 600)::integer"
        op.execute(f"ALTER TABLE event ADD COLUMN active_slot INTEGER GENERATED ALWAYS AS ({slot}) STORED")
    else:
        op.execute(
            "ALTER TABLE event ADD COLUMN active_slot INTEGER GENERATED ALWAYS AS"
            " ((CAST(strftime('%s', last_received) AS INTEGER) - 946684800) / 600) VIRTUAL"
        )
    for index in ("ix_event_open_place", "ix_event_place_id", "ix_event_last_received_id"):
        op.drop_index(index, table_name="event")
    op.create_index("ix_event_spot", "event", ["place", "zone", "kind", "received"])
    op.create_index("ix_event_active_slot", "event", ["active_slot"])
    op.create_index("ix_event_said", "event", ["id"], sqlite_where=_SAID, postgresql_where=_SAID)
    opened = sa.text("open")
    op.create_index("ix_event_open_home", "event", ["home"], sqlite_where=opened, postgresql_where=opened)


def downgrade() -> None:
    """Go back."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    opened = sa.text("open")
    for index in ("ix_event_open_home", "ix_event_said", "ix_event_active_slot", "ix_event_spot"):
        op.drop_index(index, table_name="event")
    op.create_index("ix_event_last_received_id", "event", ["last_received", "id"])
    op.create_index("ix_event_place_id", "event", ["place", "id"])
    op.create_index("ix_event_open_place", "event", ["place"], sqlite_where=opened, postgresql_where=opened)
    op.execute("ALTER TABLE event DROP COLUMN active_slot")
    for name in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER event_sum_{name}" + (" ON event" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION event_sum_changed()")
        for name in _ROOMY:
            op.execute(f"ALTER TABLE {name} RESET (fillfactor)")
        op.execute('ALTER TABLE event ALTER COLUMN number TYPE VARCHAR(32) COLLATE "default"')
    op.drop_table("event_sum")


def _value(name: str, row: str) -> str:
    given = _SUMS[name]
    if given == "1":
        return given
    return given.format(row) if "{" in given else f"{row}.{given}"


def _added(row: str, sign: str) -> str:
    """A row's part of the sums, added or taken away."""
    columns = ", ".join((*_KEYS, *_SUMS))
    values = ", ".join(
        (*(f"{row}.{key}" for key in _KEYS), *(f"{sign}{_value(name, row)}" for name in _SUMS))
    )
    merged = ", ".join(f"{name} = event_sum.{name} + excluded.{name}" for name in _SUMS)
    return (
        f"INSERT INTO event_sum ({columns}) VALUES ({values})"  # noqa: S608 - names of our own
        f" ON CONFLICT ({', '.join(_KEYS)}) DO UPDATE SET {merged}"
    )


_ADD, _TAKE = _added("NEW", ""), _added("OLD", "-")
_MOVED = " OR ".join(
    f"NEW.{name} {{differs}} OLD.{name}" for name in (*_KEYS, "open", "alerts", "episodes", "shown_at")
)


def _triggers_postgresql() -> tuple[str, ...]:
    body = (
        f"BEGIN IF TG_OP <> 'INSERT' AND NOT OLD.open THEN {_TAKE}; END IF;"
        f" IF TG_OP <> 'DELETE' AND NOT NEW.open THEN {_ADD}; END IF; RETURN NULL; END"
    )
    head = "FOR EACH ROW {} EXECUTE FUNCTION event_sum_changed()"
    moved = f"(NOT NEW.open OR NOT OLD.open) AND ({_MOVED.format(differs='IS DISTINCT FROM')})"
    return (
        f"CREATE FUNCTION event_sum_changed() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER event_sum_insert AFTER INSERT ON event {head.format('WHEN (NOT NEW.open)')}",
        f"CREATE TRIGGER event_sum_update AFTER UPDATE ON event {head.format(f'WHEN ({moved})')}",
        f"CREATE TRIGGER event_sum_delete AFTER DELETE ON event {head.format('WHEN (NOT OLD.open)')}",
    )


def _triggers_sqlite() -> tuple[str, ...]:
    """An upsert needs a WHERE only after a SELECT; VALUES are plain."""
    changed = f"(NOT NEW.open OR NOT OLD.open) AND ({_MOVED.format(differs='IS NOT')})"
    both = f"{_conditional(_TAKE, 'NOT OLD.open')}; {_conditional(_ADD, 'NOT NEW.open')}"
    return (
        f"CREATE TRIGGER event_sum_insert AFTER INSERT ON event WHEN NOT NEW.open BEGIN {_ADD}; END",
        f"CREATE TRIGGER event_sum_delete AFTER DELETE ON event WHEN NOT OLD.open BEGIN {_TAKE}; END",
        f"CREATE TRIGGER event_sum_update AFTER UPDATE ON event WHEN {changed} BEGIN {both}; END",
    )


def _conditional(statement: str, when: str) -> str:
    """``INSERT ... VALUES (...)`` as ``INSERT ... SELECT ... WHERE``."""
    head, rest = statement.split(" VALUES (", 1)
    values, tail = rest.split(") ON CONFLICT", 1)
    return f"{head} SELECT {values} WHERE {when} ON CONFLICT{tail}"
