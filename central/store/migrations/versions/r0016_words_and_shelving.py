"""Words of reports in a narrow table, with trigrams where there are any; who shelved an event, and why."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SAID = "summary IS NOT NULL OR address IS NOT NULL"
_MERGE = "ON CONFLICT (event_id) DO UPDATE SET words = excluded.words"


def upgrade() -> None:
    """Go forward; reasons of what is shelved now are in its timeline alone."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.add_column("event", sa.Column("shelved_by", sa.String(length=200), nullable=True))
    op.add_column("event", sa.Column("shelved_reason", sa.Text(), nullable=True))
    op.create_table(
        "event_words",
        sa.Column("event_id", _ROW_ID, nullable=False, autoincrement=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_words_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_words")),
    )
    words = _words("", postgresql=postgresql)
    op.execute(f"INSERT INTO event_words SELECT id, {words} FROM event WHERE {_SAID}")  # noqa: S608
    for statement in _triggers_postgresql() if postgresql else _triggers_sqlite():
        op.execute(statement)
    op.drop_index("ix_event_said", table_name="event")
    if postgresql:
        _trigrams()


def downgrade() -> None:
    """Go back; an extension that was added stays."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name in ("insert", "update"):
        op.execute(f"DROP TRIGGER event_words_{name}" + (" ON event" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION event_words_changed()")
    op.drop_table("event_words")
    said = sa.text(_SAID)
    op.create_index("ix_event_said", "event", ["id"], sqlite_where=said, postgresql_where=said)
    op.drop_column("event", "shelved_reason")
    op.drop_column("event", "shelved_by")


def _words(row: str, *, postgresql: bool) -> str:
    newline = "chr(10)" if postgresql else "char(10)"
    return f"lower(coalesce({row}summary, '') || {newline} || coalesce({row}address, ''))"


def _insert(row: str, *, postgresql: bool) -> str:
    return f"INSERT INTO event_words (event_id, words) VALUES ({row}id, {_words(row, postgresql=postgresql)})"  # noqa: S608


def _triggers_postgresql() -> tuple[str, ...]:
    body = f"BEGIN {_insert('NEW.', postgresql=True)} {_MERGE}; RETURN NULL; END"
    new = "NEW.summary IS NOT NULL OR NEW.address IS NOT NULL"
    changed = "NEW.summary IS DISTINCT FROM OLD.summary OR NEW.address IS DISTINCT FROM OLD.address"
    head = "FOR EACH ROW WHEN ({}) EXECUTE FUNCTION event_words_changed()"
    return (
        f"CREATE FUNCTION event_words_changed() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE TRIGGER event_words_insert AFTER INSERT ON event {head.format(new)}",
        f"CREATE TRIGGER event_words_update AFTER UPDATE OF summary, address ON event {head.format(changed)}",
    )


def _triggers_sqlite() -> tuple[str, ...]:
    put = _insert("NEW.", postgresql=False).replace("INSERT", "INSERT OR REPLACE", 1)
    columns, new = "summary, address", "NEW.summary IS NOT NULL OR NEW.address IS NOT NULL"
    changed = "NEW.summary IS NOT OLD.summary OR NEW.address IS NOT OLD.address"
    body = f"WHEN {changed} BEGIN {put}; END"
    return (
        f"CREATE TRIGGER event_words_insert AFTER INSERT ON event WHEN {new} BEGIN {put}; END",
        f"CREATE TRIGGER event_words_update AFTER UPDATE OF {columns} ON event {body}",
    )


def _trigrams() -> None:
    """PostgreSQL's own extension, where it is installed and this account may add it."""
    bind = op.get_bind()
    if bind.execute(sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")).first() is None:
        return
    try:
        with bind.begin_nested():
            bind.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            bind.execute(
                sa.text("CREATE INDEX ix_event_words_trigram ON event_words USING gin (words gin_trgm_ops)")
            )
    except DBAPIError:
        return
