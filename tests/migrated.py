"""Stores with the newest schema: migrated once in a run, copied for each test that wants one."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import URL, make_url

from central.store.engine import Store
from central.store.migrate import migrate

_TEMPLATE = "migrated"


def migrated(url: str) -> Store:
    """An open store with the newest schema and nothing in it.

    Args:
        url: Of an SQLite file that is not there yet, or of an empty database on a server.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        Path(str(parsed.database)).write_bytes(_sqlite())
        return Store(url)
    name = str(parsed.database)
    _postgres(parsed.set(database=_TEMPLATE))
    with _at(parsed) as connection:
        connection.execute(f"DROP DATABASE {name}".encode())
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}".encode())
    return Store(url)


@cache
def _sqlite() -> bytes:
    with TemporaryDirectory(prefix="pw-template-") as folder:
        file = Path(folder) / "template.sqlite"
        _fill(f"sqlite:///{file}")
        return file.read_bytes()


@cache
def _postgres(template: URL) -> None:
    """Once for each server: the address has its port."""
    with _at(template) as connection:
        connection.execute(f"CREATE DATABASE {_TEMPLATE}".encode())
    _fill(template.render_as_string(hide_password=False))


def _fill(url: str) -> None:
    store = Store(url)
    migrate(store)
    store.close()


def _at(server: URL) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        host=server.host, port=server.port, user=server.username, dbname="postgres", autocommit=True
    )
