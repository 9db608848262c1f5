"""One store, two databases: SQLite in a file, or PostgreSQL by its address."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from placewatch.errors import StoreError
from placewatch.logs import hide_credentials

_BUSY_MS = 10_000
_CONTENDED = {"40P01", "40001"}  # PostgreSQL: deadlock detected, serialization failure


class Store:
    """Opens short transactions; safe to share between threads."""

    def __init__(self, url: str) -> None:
        """Prepare connections to ``url``; nothing is opened yet.

        Raises:
            StoreError: The folder of an SQLite file cannot be made.
        """
        self.url = url
        self.where = f"database {hide_credentials(url)}"
        parsed = make_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite and parsed.database:
            self._make_folder(Path(parsed.database).parent)
            self.engine = create_engine(parsed, pool_size=16, max_overflow=32)
            event.listen(self.engine, "connect", _sqlite_connect)
            event.listen(self.engine, "begin", _sqlite_begin)
        else:
            self.engine = create_engine(
                parsed,
                pool_size=8,
                max_overflow=24,
                pool_pre_ping=True,
                connect_args={
                    "connect_timeout": 5,
                    "application_name": "placewatch-central",
                    "client_encoding": "utf8",  # else a server without an encoding answers in bytes
                },
            )
            event.listen(self.engine, "connect", _postgresql_connect)

    def _make_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"its folder cannot be made: {error.strerror}",
                where=self.where,
                remedy="check the path and its rights",
            ) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or rolls back on any error."""
        with self.engine.connect().execution_options(placewatch_write=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store and changes nothing."""
        options = {} if self.sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def check(self) -> None:
        """Ask the database for an answer.

        Raises:
            StoreError: It does not give one, or cannot keep every text.
        """
        try:
            with self.read() as connection:
                encoding = (
                    "UTF8" if self.sqlite else connection.execute(text("SHOW server_encoding")).scalar_one()
                )
        except DBAPIError as error:
            raise StoreError(
                f"cannot be used: {first_line(error)}",
                where=self.where,
                remedy="check that it runs, that the address is right and the account may create tables",
            ) from error
        if encoding != "UTF8":
            raise StoreError(
                f"has the encoding {encoding}, in which Chinese names cannot be kept",
                where=self.where,
                remedy="make it anew: createdb --encoding UTF8 --template template0 NAME",
            )

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def outage(error: BaseException) -> bool:
    """Whether an error means that the database is away or full: not the data, waiting may help."""
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def contended(error: BaseException) -> bool:
    """Whether another process held what this one wanted: nothing is wrong, again at once."""
    origin = error.orig if isinstance(error, DBAPIError) else None
    return getattr(origin, "sqlstate", None) in _CONTENDED


def first_line(error: BaseException) -> str:
    """The driver's own words, in one line, without credentials."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    lines = str(origin).strip().splitlines()
    return hide_credentials(lines[0] if lines else type(origin).__name__)


def _sqlite_connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # transactions are begun by _sqlite_begin, not by the driver
    for pragma in (
        f"busy_timeout = {_BUSY_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -32768",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _postgresql_connect(connection: psycopg.Connection, _entry: ConnectionPoolEntry) -> None:
    # Whatever the server's zone is: rows that are read past SQLAlchemy's types have times in UTC, too.
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def _sqlite_begin(connection: Connection) -> None:
    # IMMEDIATE: a writer that began as a reader cannot wait for another writer, it fails.
    write = connection.get_execution_options().get("placewatch_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
