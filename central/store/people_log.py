"""The audit log in the database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import asdict
from sqlalchemy import ColumnElement, Connection, Row, insert, select

from central.people.audit import START, AuditAct, AuditEntry, first_break
from central.people.scope import WHOLE, Scope
from central.store.engine import Store
from central.store.models_people import AuditRow
from central.store.text import printable
from central.store.upsert import last_number, table, take_numbers

_row = table(AuditRow).c
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written down.

    Attributes:
        actor: Who.
        act: What.
        kind: With what kind of thing.
        object: Which one.
        org: Whose it is.
        data: Details.
    """

    actor: str
    act: AuditAct
    kind: str
    object: str
    org: str | None = None
    data: Mapping[str, Any] | None = None


def write(connection: Connection, deed: Deed, at: datetime) -> None:
    """Add an entry; the log stays locked until the transaction ends, so that one entry follows the other."""
    [number] = take_numbers(connection, "audit", 1)
    before = connection.execute(select(_row.hash).where(_row.id == number - 1)).scalar_one_or_none()
    entry = AuditEntry(
        id=number,
        at=at,
        actor=printable(deed.actor, 200),
        act=deed.act,
        kind=deed.kind,
        object=printable(deed.object, 200),
        org=deed.org,
        data=msgspec.json.encode(deed.data or {}).decode(),
        prev_hash=before or START,
    )
    connection.execute(insert(AuditRow).values(**asdict(entry), hash=entry.hash))


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; an empty field means all.

    Attributes:
        actor: Who.
        acts: Any of these.
        kind: With what kind of thing.
        object: Which one.
        since: From this moment on.
        until: Before this moment.
        within: Those of these orgs; entries that are nobody's are for the whole city's auditors.
    """

    actor: str | None = None
    acts: tuple[AuditAct, ...] = ()
    kind: str | None = None
    object: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    within: Scope = WHOLE

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """As SQL."""
        yield self.within.where(AuditRow.org)
        for column, value in ((_row.actor, self.actor), (_row.kind, self.kind), (_row.object, self.object)):
            if value is not None:
                yield column == value
        if self.acts:
            yield _row.act.in_(self.acts)
        if self.since is not None:
            yield _row.at >= self.since
        if self.until is not None:
            yield _row.at < self.until


def read(
    connection: Connection, chosen: AuditFilter, before: int | None, limit: int
) -> list[tuple[AuditEntry, str]]:
    """Entries with their hashes, newest first."""
    statement = select(table(AuditRow)).where(*chosen.conditions()).order_by(_row.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(_row.id < before)
    return [_entry(row) for row in connection.execute(statement)]


def verify(store: Store) -> tuple[int, int | None]:
    """Follow the whole chain: how many entries fit, and the number of the first that does not."""
    with store.read() as connection:
        total = last_number(connection, "audit")
    after, previous = 0, START
    while after < total:
        with store.read() as connection:
            rows = connection.execute(
                select(table(AuditRow)).where(_row.id > after).order_by(_row.id).limit(_CHUNK)
            ).all()
        if not rows:
            return after, after + 1  # entries are gone from the end
        broken, after, previous = first_break(map(_entry, rows), after, previous)
        if broken is not None:
            return after, broken
    return after, None


def _entry(row: Row[Any]) -> tuple[AuditEntry, str]:
    return AuditEntry(**{name: getattr(row, name) for name in AuditEntry.__struct_fields__}), row.hash
