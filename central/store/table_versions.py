"""Every content that each of the city's tables has had, with who loaded it and when."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, func, insert, select, tuple_

from central.setup import digest
from central.store.models_tables import TableSet, TableVersion
from central.store.upsert import insert_into, table

_row = table(TableVersion).c
_FACTS = [_row[name] for name in ("name", "number", "hash", "size", "file", "origin", "author", "at")]


class Origin(StrEnum):
    """How a table came in."""

    FILE = "file"
    """The file that ``central.yaml`` names was read, at a start or on demand."""
    LOADED = "loaded"
    """Somebody loaded it."""


@dataclass(frozen=True, slots=True)
class Version:
    """What is known of one content of a table besides the content.

    Attributes:
        name: Which table.
        number: 1 for the first; the highest is in force.
        hash: SHA-256 of the content, hex.
        size: Bytes.
        file: As whoever loaded it called it.
        origin: How it came in.
        author: Who loaded it.
        at: When.
    """

    name: str
    number: int
    hash: str
    size: int
    file: str
    origin: str
    author: str
    at: datetime


def _version(row: Row[Any]) -> Version:
    return Version(**{column.name: getattr(row, column.name) for column in _FACTS})


def in_force(connection: Connection) -> dict[str, Version]:
    """The present version of each table."""
    last = select(_row.name, func.max(_row.number)).group_by(_row.name)
    found = connection.execute(select(*_FACTS).where(tuple_(_row.name, _row.number).in_(last)))
    return {version.name: version for version in map(_version, found)}


def from_files(connection: Connection) -> dict[str, str]:
    """Hash of the content that was last read from each table's file."""
    read = select(_row.name, func.max(_row.number)).where(_row.origin == Origin.FILE).group_by(_row.name)
    found = connection.execute(select(_row.name, _row.hash).where(tuple_(_row.name, _row.number).in_(read)))
    return {row.name: row.hash for row in found}


def versions(connection: Connection, name: str, before: int | None, limit: int) -> list[Version]:
    """Versions of one table, newest first."""
    statement: Select[Any] = select(*_FACTS).where(_row.name == name)
    if before is not None:
        statement = statement.where(_row.number < before)
    return list(map(_version, connection.execute(statement.order_by(_row.number.desc()).limit(limit))))


def content(connection: Connection, name: str, number: int) -> bytes | None:
    """What a version holds; None when there is none."""
    statement = select(_row.content).where(_row.name == name, _row.number == number)
    packed = connection.execute(statement).scalar_one_or_none()
    return None if packed is None else zlib.decompress(packed)


def add(
    connection: Connection, name: str, data: bytes, file: str, origin: Origin, author: str, at: datetime
) -> Version:
    """Enter a content as the table's newest version."""
    last = connection.execute(select(func.max(_row.number)).where(_row.name == name)).scalar_one()
    made = Version(name, (last or 0) + 1, digest(data), len(data), file[-200:], origin, author, at)
    facts = {column.name: getattr(made, column.name) for column in _FACTS}
    connection.execute(insert(table(TableVersion)).values(**facts, content=zlib.compress(data)))
    return made


def keep_set(connection: Connection, version: str, members: Mapping[str, int], at: datetime) -> None:
    """Remember which versions a set of tables was made of."""
    row = {"version": version, "members": msgspec.json.encode(dict(members)).decode(), "at": at}
    connection.execute(insert_into(connection.dialect.name, TableSet).values(**row).on_conflict_do_nothing())


def find_set(connection: Connection, version: str) -> dict[str, int] | None:
    """Number of each table of a set; None for a set that never was."""
    held = connection.execute(
        select(TableSet.members).where(TableSet.version == version)
    ).scalar_one_or_none()
    return None if held is None else msgspec.json.decode(held, type=dict[str, int])


def find(connection: Connection, members: Mapping[str, int]) -> list[Version]:
    """The versions of a set."""
    wanted = list(members.items())
    return list(
        map(_version, connection.execute(select(*_FACTS).where(tuple_(_row.name, _row.number).in_(wanted))))
    )
