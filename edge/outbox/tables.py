"""The spool's SQLite file: opening, checking, setting aside what is broken."""

import contextlib
import fcntl
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from edge.outbox.book import SCHEMA as BOOK
from placewatch.errors import StoreError
from placewatch.logs import get_logger

APPLICATION_ID = 0x50575350
"""``PWSP`` in the file's header: a Placewatch spool."""

VERSION = 1
"""Format of a file that this program makes. A later format may add tables, columns with a default, and kinds
of rows; it changes the meaning of nothing. So a box that goes back to an earlier version after an update
finds its alerts, and leaves what it does not know untouched."""

_SCHEMA = f"""
BEGIN;
{BOOK}
CREATE TABLE alert (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    place TEXT NOT NULL,
    kind TEXT NOT NULL,
    is_update INTEGER NOT NULL,
    has_picture INTEGER NOT NULL,
    published INTEGER NOT NULL DEFAULT 0,
    lived_s REAL NOT NULL,
    bytes INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX alert_picture ON alert (seq) WHERE has_picture;
CREATE INDEX alert_update ON alert (seq) WHERE is_update;
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
COMMIT;
"""


_LATER = """
CREATE TABLE IF NOT EXISTS memory (
    camera TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    state BLOB NOT NULL,
    PRIMARY KEY (camera, kind, target)
) STRICT;
CREATE TABLE IF NOT EXISTS clip_part (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    clip TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    lived_s REAL NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS clip_part_clip ON clip_part (clip);
"""
"""Tables that a spool of an earlier program lacks, and does not miss."""


@dataclass(frozen=True, slots=True)
class SpoolFile:
    """An open spool file.

    Attributes:
        path: Where it lies.
        db: The connection, in autocommit mode; shared between threads under the spool's lock.
        lock: Held as long as this process uses the file.
    """

    path: Path
    db: sqlite3.Connection
    lock: IO[bytes]

    def close(self) -> None:
        """Close the file and let another process have it."""
        self.db.close()
        self.lock.close()


def open_file(path: Path, *, stamp: str) -> SpoolFile:
    """Open or make the spool file at ``path``.

    A file that is damaged is renamed to ``{path}.damaged-{stamp}`` and a new one is made in its place.

    Raises:
        StoreError: The folder cannot be written, another worker uses the file, or it is not a spool.
    """
    lock = _locked(path)
    try:
        try:
            return SpoolFile(path, _sound(path), lock)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            _set_aside(path, stamp, error)
            return SpoolFile(path, _sound(path), lock)
    except sqlite3.Error as error:
        lock.close()
        raise StoreError(
            f"the spool cannot be opened: {error}",
            where=str(path),
            remedy="check the disk and the folder's permissions",
        ) from error
    except BaseException:
        lock.close()
        raise


def _locked(path: Path) -> IO[bytes]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # pictures, even redacted, are nobody else's business
        lock = path.with_name(path.name + ".lock").open("ab")
    except OSError as error:
        raise StoreError(
            f"the spool cannot be written: {error.strerror}",
            where=str(path),
            remedy="choose another spool.path or mend the permissions",
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise StoreError(
            "another worker uses this spool",
            where=str(path),
            remedy="stop it, or give each worker its own spool.path",
        ) from error
    return lock


def _sound(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    try:
        _claim(db, path)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        _check(db)
        db.executescript(_LATER)
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"malformed: {verdict}")


def _claim(db: sqlite3.Connection, path: Path) -> None:
    (owner,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables == 0:
        db.executescript(_SCHEMA)
    elif owner != APPLICATION_ID:
        raise StoreError("this database is not a spool", where=str(path), remedy="choose another spool.path")
    elif version > VERSION:
        _told_of_later(db, path, version)
    elif version < VERSION:
        raise StoreError(
            f"the spool has format {version}, which no program has written",
            where=str(path),
            remedy="choose another spool.path",
        )


def _told_of_later(db: sqlite3.Connection, path: Path, version: int) -> None:
    """A later program's file: used if it holds all that this one needs, and demands nothing more of new rows.

    Raises:
        StoreError: It does not.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as own:
        own.executescript(_SCHEMA)
        own.executescript(_LATER)
        tables = [name for (name,) in own.execute(_TABLES)]
        known = {table: _columns(own, table) for table in tables}
    found = {name: _columns(db, name) for (name,) in db.execute(_TABLES)}
    missing = [
        f"{table}.{column}"
        for table, columns in known.items()
        for column in columns
        if table in found and column not in found[table]
    ]
    demanded = [
        f"{table}.{column}"
        for table in known.keys() & found.keys()
        for column, demands in found[table].items()
        if demands and column not in known[table]
    ]
    if missing or demanded:
        raise StoreError(
            f"the spool has format {version}, this program knows {VERSION}: {', '.join(missing + demanded)}",
            where=str(path),
            remedy="let the program that wrote it drain it, or choose another spool.path",
        )
    more = sorted(found.keys() - known.keys() - {"sqlite_sequence"})
    more += sorted(f"{t}.{c}" for t in known.keys() & found.keys() for c in found[t].keys() - known[t].keys())
    get_logger(spool=str(path)).warning("spool_of_a_later_program", format=version, untouched=", ".join(more))


_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"


def _columns(db: sqlite3.Connection, table: str) -> dict[str, bool]:
    """Columns of a table, each with whether a row that does not name it is refused."""
    rows = db.execute('SELECT name, "notnull", dflt_value, pk FROM pragma_table_info(?)', (table,)).fetchall()
    return {name: bool(demands and default is None and not key) for name, demands, default, key in rows}


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken, as against locked, full or forbidden."""
    return not isinstance(error, sqlite3.OperationalError) or "malformed" in str(error)


def _set_aside(path: Path, stamp: str, error: sqlite3.Error) -> None:
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    get_logger(spool=str(path)).error(
        "spool_damaged",
        reason=str(error),
        kept_as=str(aside),
        remedy="alerts in it were not delivered; a new spool and session begin now",
    )
