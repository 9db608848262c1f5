"""What a run has left in the store and on the boxes' disks, counted and compared."""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from central.events.chain import Entry, first_break
from central.events.deadlines import SHARES, Deadline
from central.events.timeline import Details
from central.events.vocabulary import Verb
from central.store.models import (
    Base,
    Box,
    DeadLetter,
    DeadlineRow,
    Episode,
    Event,
    EventEntry,
    Inbox,
)
from central.store.upsert import table
from placewatch.loadtest.boxes import spool_path
from placewatch.loadtest.plan import Quantiles, quantiles

_NOTICED_WITHIN = timedelta(seconds=15)
_AT_A_TIME = 5000


def counted(connection: Connection) -> dict[str, int]:
    """What the store holds, in one transaction."""

    def rows(model: type[Base]) -> int:
        return connection.execute(select(func.count()).select_from(model)).scalar_one()

    def total(column: Any) -> int:  # noqa: ANN401 - a mapped column
        return int(connection.execute(select(func.coalesce(func.sum(column), 0))).scalar_one())

    return {
        "committed": total(Box.alerts),
        "distinct": rows(Inbox),
        "counted": total(Event.alerts),
        "duplicates": total(Box.duplicates),
        "episodes": rows(Episode),
        "events": rows(Event),
        "entries": rows(EventEntry),
        "dead_letters": rows(DeadLetter),
    }


def spooled(folder: Path, boxes: int) -> Iterator[tuple[str, int]]:
    """Session of each box, and how many alerts it has ever put on its disk."""
    for box in range(boxes):
        with contextlib.closing(sqlite3.connect(spool_path(folder, box))) as db:
            session, seq = db.execute("SELECT session, seq FROM book").fetchone()
        yield session, seq


def compared(connection: Connection, sessions: Iterable[tuple[str, int]]) -> tuple[int, int, int]:
    """How many alerts boxes have sent, how many of those the store lacks, and how many others it has."""
    known: dict[str, set[int]] = {}
    for row in connection.execute(select(Inbox.session, Inbox.seq)).yield_per(_AT_A_TIME):
        known.setdefault(row.session, set()).add(row.seq)
    sent = lost = 0
    for session, count in sessions:
        have, said = known.pop(session, set()), set(range(1, count + 1))
        sent += count
        lost += len(said - have)
        known[session] = have - said
    return sent, lost, sum(map(len, known.values()))


@dataclass(frozen=True, slots=True)
class TimelineCensus:
    """What all timelines tell.

    Attributes:
        broken: Numbers of the events whose hash chain does not hold.
        missed: Time limits of which something that had passed was never told.
        doubled: Warnings and breaches that were told twice.
        limits: Time limits that began.
        warned: Warnings told.
        breached: Breaches told.
        late_s: From a breach to its entry, seconds.
    """

    broken: list[str]
    missed: int
    doubled: int
    limits: int
    warned: int
    breached: int
    late_s: Quantiles


def timelines(connection: Connection, now: datetime) -> TimelineCensus:
    """Read every timeline, and compare it with its event and its limits."""
    told: Counter[tuple[int, str, str, int]] = Counter()
    verbs: Counter[Verb] = Counter()
    late: list[float] = []
    broken: list[str] = []
    chains = _chains(connection)
    chain = next(chains, None)
    heads = select(Event.id, Event.number, Event.head, Event.entries).order_by(Event.id)
    for event_id, number, head, length in connection.execute(heads).all():
        own: list[tuple[Entry, str]] = []
        if chain is not None and chain[0] == event_id:
            own, chain = chain[1], next(chains, None)
        if first_break(own, head, length) is not None:
            broken.append(number)
        for entry, _ in own:
            if entry.verb not in {Verb.WARNED, Verb.BREACHED}:
                continue
            said = msgspec.json.decode(entry.data, type=Details)
            told[event_id, str(said.deadline), str(said.due), said.share or 0] += 1
            verbs[entry.verb] += 1
            if entry.verb is Verb.BREACHED:
                late.append((entry.at - entry.occurred).total_seconds())
    if chain is not None:
        broken.append(f"timeline of no event {chain[0]}")
    rows = _deadlines(connection)
    return TimelineCensus(
        broken=broken,
        missed=sum(missed(row, closed, told, now) for row, closed in rows),
        doubled=sum(count - 1 for count in told.values()),
        limits=len(rows),
        warned=verbs[Verb.WARNED],
        breached=verbs[Verb.BREACHED],
        late_s=quantiles(late),
    )


def _chains(connection: Connection) -> Iterator[tuple[int, list[tuple[Entry, str]]]]:
    names = Entry.__struct_fields__
    columns = [table(EventEntry).c[name] for name in names]
    statement = select(*columns, EventEntry.hash).order_by(EventEntry.event_id, EventEntry.number)
    entries = (
        (Entry(**dict(zip(names, row[:-1], strict=True))), row[-1])
        for row in connection.execute(statement).yield_per(_AT_A_TIME)
    )
    for event_id, own in groupby(entries, key=lambda pair: pair[0].event_id):
        yield event_id, list(own)


def _deadlines(connection: Connection) -> list[tuple[Deadline, datetime | None]]:
    """Every limit, and when its event was closed."""
    names = Deadline.__struct_fields__
    columns = [table(DeadlineRow).c[name] for name in names]
    statement = select(*columns, Event.closed_at).join(Event, Event.id == DeadlineRow.event_id)
    return [
        (Deadline(**dict(zip(names, row[:-1], strict=True))), row[-1])
        for row in connection.execute(statement)
    ]


def missed(
    row: Deadline, closed: datetime | None, told: Counter[tuple[int, str, str, int]], now: datetime
) -> bool:
    """Whether something of the limit passed, a while before its end, and is not in the timeline."""
    end = row.met_at or closed or now - _NOTICED_WITHIN
    moments = zip(SHARES, (row.half, row.most, row.due), strict=True)
    passed = max((share for share, moment in moments if moment <= end - _NOTICED_WITHIN), default=0)
    recorded = {share for share in SHARES if told[row.event_id, str(row.step), str(row.due), share]}
    return max(recorded, default=0) != row.told or row.told < passed
