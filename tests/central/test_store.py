"""Migrations on both databases, evidence files, feed and letters that stay bounded."""

import os
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect, select, text

from central.events.showing import shown_by
from central.setup import Tables
from central.store import feed, letters
from central.store.books import EVENT_COLUMNS
from central.store.engine import Store
from central.store.evidence import EvidenceFolder
from central.store.letters import Letter
from central.store.migrate import head, migrate
from central.store.models import Base, DeadLetter, Event, Stream
from central.store.upsert import last_number, take_numbers
from messages import encode
from placewatch.errors import StoreError
from tests import servers
from tests.central.conftest import Office
from tests.central.speech import BOX, Box, at, evidence, inbound, sent


def names(store: Store) -> set[str]:
    """Tables, but for the days of timelines that PostgreSQL keeps apart."""
    found = inspect(store.engine).get_table_names()
    return {name for name in found if not name.startswith("event_entry_")}


def test_migrations_go_up_and_down_and_up(database: str) -> None:
    store = Store(database)
    assert migrate(store) == (None, head())
    assert migrate(store) == (head(), head())
    assert names(store) == {*Base.metadata.tables, "alembic_version"}
    assert migrate(store, "base") == (head(), None)
    assert inspect(store.engine).get_table_names() == ["alembic_version"]
    assert migrate(store) == (None, head())
    store.close()


def test_a_database_that_cannot_keep_chinese_is_refused(postgres: servers.Postgres) -> None:
    url = postgres.database()
    store = Store(url)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            text("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        )
    store.check()
    store.close()
    other = Store(f"{url.rpartition('/')[0]}/ascii")
    with pytest.raises(StoreError, match=r"encoding SQL_ASCII.*createdb --encoding UTF8"):
        migrate(other)
    other.close()


_FIRST_TABLES = {
    "box",
    "box_session",
    "camera",
    "counter",
    "dead_letter",
    "episode",
    "event",
    "event_entry",
    "evidence",
    "inbox",
    "stream",
}


def test_a_step_down_and_up_keeps_the_events(office: Office) -> None:
    """With data in every table of the first version; only what boxes repeat by themselves may go."""
    box = Box()
    office.take(sent(box.alert(picture=evidence())), inbound(BOX.health, encode(box.health())))
    office.take(inbound(BOX.health, b"junk"))
    names = _FIRST_TABLES - {"camera"}

    def counts() -> dict[str, int]:
        with office.store.read() as connection:
            return {
                name: connection.execute(
                    select(func.count()).select_from(Base.metadata.tables[name])
                ).scalar_one()
                for name in names
            }

    before = counts()
    assert all(before.values())
    assert migrate(office.store, "0001") == (head(), "0001")
    with office.store.read() as connection:
        assert set(inspect(connection).get_table_names()) == {*_FIRST_TABLES, "alembic_version"}
    assert migrate(office.store) == ("0001", head())
    assert counts() == before
    assert office.take(sent(box.alert("closed", seconds=5))).alerts == 1


def _is_ours(name: str | None, kind: str, _: object) -> bool:
    """Partitions, and an index that not every server has, are no part of the models."""
    return not str(name).startswith("event_entry_") and name != "ix_event_words_trigram"


def test_migrations_make_what_the_models_say(store: Store) -> None:
    with store.read() as connection:
        opts = {"compare_type": True, "include_name": _is_ours}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


def test_a_failed_migration_changes_nothing(database: str) -> None:
    store = Store(database)
    with store.write() as connection:
        connection.execute(text("CREATE TABLE episode (mine INTEGER)"))
    with pytest.raises(StoreError, match="cannot be migrated"):
        migrate(store)
    assert inspect(store.engine).get_table_names() == ["episode"]
    store.close()


def test_a_schema_from_the_future_is_left_alone(database: str) -> None:
    store = Store(database)
    migrate(store)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="not one of this program's"):
        migrate(store)
    store.close()


def test_sqlite_is_durable(sqlite_store: Store) -> None:
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    with sqlite_store.read() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas}
    assert found == pragmas


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://u:secret@127.0.0.1:1/none", "sqlite:////proc/nowhere/central.sqlite"]
)
def test_a_database_that_cannot_be_used(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        migrate(Store(url))
    assert "secret" not in str(caught.value)


def test_an_open_event_is_unique_for_the_database_too(office: Office) -> None:
    office.take(sent(Box().alert()))
    copy = "INSERT INTO event ({names}) SELECT {columns} FROM event"
    names = [column.name for column in EVENT_COLUMNS]
    changed = [{"id": "2", "number": "'x'"}.get(name, f'"{name}"') for name in names]
    with pytest.raises(Exception, match=r"(?i)unique"), office.store.write() as connection:
        connection.execute(
            text(copy.format(names=", ".join(f'"{name}"' for name in names), columns=", ".join(changed)))
        )


def test_numbers_have_no_holes(store: Store) -> None:
    with store.write() as connection:
        assert take_numbers(connection, "n", 3) == range(1, 4)
    with store.engine.connect() as connection:
        take_numbers(connection, "n", 5)
        connection.rollback()
    with store.write() as connection:
        assert take_numbers(connection, "n", 0) == range(0)
        assert take_numbers(connection, "n", 2) == range(4, 6)
        assert last_number(connection, "n") == 5


def test_dead_letters_are_bounded_but_stay_counted(store: Store) -> None:
    letter = Letter("t", None, b"x" * 50_000, 50_000, "bad", at(0))
    for _ in range(12):
        with store.write() as connection:
            letters.append(connection, [letter] * 100, keep=200)
    with store.read() as connection:
        kept = connection.execute(select(DeadLetter.id)).scalars().all()
        size = connection.execute(select(DeadLetter.payload).limit(1)).scalar_one()
        assert last_number(connection, "dead_letter") == 1200
    assert 200 <= len(kept) <= 700
    assert max(kept) == 1200
    assert len(size) == letters.KEPT_BYTES


def test_the_feed_is_bounded_and_in_order(office: Office, tables: Tables) -> None:
    box = Box()
    for place in ("ring-road", "lake-promenade", "waterworks"):
        office.take(sent(box.alert(alert_id=place, place=place)))
    with office.store.read() as connection:
        rows = feed.after(connection, 0, 10, shown_by(tables)).rows
        assert [row.id for row in rows] == [1, 2, 3]
        assert feed.after(connection, 2, 10, shown_by(tables)).rows == rows[2:]
        assert (feed.position(connection), feed.oldest(connection)) == (3, 1)
    assert '"verbs":["reported","filed"]' in rows[0].payload
    assert '"class":"road"' in rows[0].payload


def test_evidence_is_kept_once_and_named_by_its_content(tmp_path: Path) -> None:
    store = EvidenceFolder(tmp_path / "e")
    first, second = store.put(b"picture"), store.put(b"picture")
    store.settle()
    assert first == second
    assert store.path(first.file).read_bytes() == b"picture"
    files = [path for path in (tmp_path / "e").rglob("*") if path.is_file()]
    assert files == [store.path(first.file)]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "aa/" + "a" * 64, "", "aa/x.jpg"])
def test_only_its_own_names_are_opened(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreError):
        EvidenceFolder(tmp_path).path(name)


def test_a_full_evidence_disk_costs_the_picture_not_the_fact(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = sqlite_office.take(sent(Box().alert(picture=evidence(shade=11))))
    assert done.alerts == 1
    with sqlite_office.store.read() as connection:
        assert connection.execute(select(Event.picture)).scalar_one() is None
        assert "picture_refused" in connection.execute(select(Stream.payload)).scalar_one()
    assert not [path for path in sqlite_office.evidence.root.rglob("*") if path.is_file()]


def test_an_evidence_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        EvidenceFolder(tmp_path / "file" / "evidence")
