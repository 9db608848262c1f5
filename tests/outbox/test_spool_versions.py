"""Spools of earlier and of later programs: nothing in them is lost, what is not known stays untouched."""

import json
import sqlite3
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from edge.outbox.tables import APPLICATION_ID, VERSION
from messages import Receipt
from placewatch.errors import StoreError
from tests.outbox.samples import alert, open_spool

FIRST_SHAPE = f"""
CREATE TABLE book (session TEXT NOT NULL, seq INTEGER NOT NULL, lived_s REAL NOT NULL,
    waiting INTEGER NOT NULL, bytes INTEGER NOT NULL, spooled INTEGER NOT NULL,
    published INTEGER NOT NULL, receipted INTEGER NOT NULL,
    rejected INTEGER NOT NULL, pictures_dropped INTEGER NOT NULL, alerts_dropped INTEGER NOT NULL) STRICT;
CREATE TABLE alert (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, place TEXT NOT NULL, kind TEXT NOT NULL,
    is_update INTEGER NOT NULL, has_picture INTEGER NOT NULL, published INTEGER NOT NULL DEFAULT 0,
    lived_s REAL NOT NULL, bytes INTEGER NOT NULL, payload BLOB NOT NULL) STRICT;
CREATE INDEX alert_picture ON alert (seq) WHERE has_picture;
CREATE INDEX alert_update ON alert (seq) WHERE is_update;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
INSERT INTO book VALUES ('old', 1, 5.0, 1, 2, 1, 0, 0, 0, 0, 0);
INSERT INTO alert VALUES (1, 'box-old-1', 'gate', 'no_stopping', 0, 0, 0, 5.0, 2, x'7b7d');
"""  # noqa: S608 - a number of ours
"""The file as the first program made it: neither memories nor clips."""


def test_a_spool_of_the_first_program_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(FIRST_SHAPE)
    db.close()
    with open_spool(path) as spool:
        assert spool.session == "old"
        assert [entry.id for entry in spool.pending(9)] == ["box-old-1"]
        spool.append(alert(2))
        assert spool.memories() == []
        assert spool.settle(Receipt(ids=["box-old-1"])) == [1]
        assert [entry.seq for entry in spool.pending(9)] == [2]


def later(path: Path) -> None:
    """Make a later program's spool of this program's: more tables, columns, kinds; a higher format."""
    with sqlite3.connect(path) as db:
        db.executescript(
            f"""
            ALTER TABLE alert ADD COLUMN urgency INTEGER NOT NULL DEFAULT 3;
            ALTER TABLE book ADD COLUMN mood TEXT DEFAULT 'calm';
            ALTER TABLE memory ADD COLUMN more BLOB;
            CREATE TABLE drone (id INTEGER PRIMARY KEY, payload BLOB NOT NULL);
            INSERT INTO drone VALUES (1, x'00ff');
            INSERT INTO memory VALUES ('gate', 'sinkhole', 'yard', x'7b7d', x'01');
            INSERT INTO alert (seq, id, place, kind, is_update, has_picture, lived_s, bytes, payload, urgency)
                VALUES (7, 'box-new-7', 'gate', 'sinkhole', 0, 1, 0.0, 11, x'7b226e6577223a317d', 9);
            UPDATE book SET seq = 7, waiting = 2, bytes = bytes + 11, spooled = 7;
            PRAGMA user_version = {VERSION + 1};
            """  # noqa: S608 - a number of ours
        )
    db.close()


def test_after_going_back_a_later_programs_alerts_go_out_and_its_rows_stay(
    tmp_path: Path,
) -> None:
    path = tmp_path / "spool.sqlite"
    with open_spool(path) as spool:
        spool.append(alert(1))
    later(path)
    with capture_logs() as logs, open_spool(path) as spool:
        waiting = spool.pending(9)
        assert [(entry.seq, entry.kind) for entry in waiting][1] == (7, "sinkhole")
        assert json.loads(waiting[1].payload) == {"new": 1}, "as it was written, whatever it means"
        assert spool.append(alert(8)).seq == 8
        assert spool.memories() == []
        assert spool.settle(Receipt(ids=["box-new-7"])) == [7]
        assert spool.stats().waiting == 2
    assert "spool_of_a_later_program" in [entry["event"] for entry in logs]
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT payload FROM drone").fetchall() == [(b"\x00\xff",)]
        assert db.execute("SELECT kind, more FROM memory").fetchall() == [("sinkhole", b"\x01")]
        assert db.execute("SELECT seq, urgency FROM alert ORDER BY seq").fetchall() == [(1, 3), (8, 3)]
        assert db.execute("SELECT seq, mood FROM book").fetchall() == [(8, "calm")]
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION + 1,), (
            "the later program finds its own"
        )
    db.close()


def test_a_later_programs_picture_makes_room_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite"
    with open_spool(path) as spool:
        spool.append(alert(1))
    later(path)
    with open_spool(path, max_bytes=1) as spool:
        spool.append(alert(8))
        assert spool.stats().alerts_dropped >= 1, "bounds hold, and what they cost is counted"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("ALTER TABLE alert RENAME COLUMN payload TO content", "alert.payload"),
        (
            (
                "DROP TABLE memory; CREATE TABLE memory (camera TEXT, kind TEXT, target TEXT, state BLOB,"
                " must TEXT NOT NULL)"
            ),
            "memory.must",
        ),
    ],
)
def test_what_cannot_be_shared_is_refused_and_left_alone(tmp_path: Path, change: str, why: str) -> None:
    path = tmp_path / "spool.sqlite"
    with open_spool(path) as spool:
        spool.append(alert(1))
    with sqlite3.connect(path) as db:
        db.executescript(f"{change}; PRAGMA user_version = {VERSION + 1};")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=why):
        open_spool(path)
    assert path.read_bytes() == before
