"""Every timeline against its hash chain: what was changed, dropped or moved afterwards no longer fits."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, func, select

from central.events.chain import Entry, first_break
from central.store import days
from central.store.engine import Store
from central.store.models import Event, EventEntry

_EVENTS = 500  # timelines read in one transaction: a long check must not hold one open


@dataclass(frozen=True, slots=True)
class Break:
    """A timeline that does not fit.

    Attributes:
        event_id: Whose.
        number: What people call the event.
        entry: The first entry that does not fit, or is missing.
    """

    event_id: int
    number: str
    entry: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked.

    Attributes:
        events: Timelines.
        entries: Entries that lie in them.
        dropped: Timelines that went with their day when its time was over; not among ``events``.
        breaks: Those that do not fit.
    """

    events: int
    entries: int
    breaks: tuple[Break, ...]
    dropped: int = 0


def verify(store: Store, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Audit:
    """Check every timeline that there is now.

    Args:
        store: The database.
        progress: Told after each step how many events of how many are done.
    """
    with store.read() as connection:
        total = connection.execute(select(func.count()).select_from(Event)).scalar_one()
        gone = days.dropped(connection)
    last, events, entries, dropped = 0, 0, 0, 0
    breaks: list[Break] = []
    while True:
        with store.read() as connection:
            heads = connection.execute(
                select(Event.id, Event.number, Event.head, Event.entries, Event.received)
                .where(Event.id > last)
                .order_by(Event.id)
                .limit(_EVENTS)
            ).all()
            if not heads:
                break
            last = heads[-1].id
            there = [event for event in heads if days.day_of(event.received) not in gone]
            chains = dict(_chains(connection, there)) if there else {}
        for event in there:
            chain = chains.get(event.id, [])
            found = first_break(chain, event.head, event.entries)
            if found is not None:
                breaks.append(Break(event.id, event.number, found))
            entries += len(chain)
        events, dropped = events + len(there), dropped + len(heads) - len(there)
        progress(events + dropped, max(total, events + dropped))
    return Audit(events, entries, tuple(breaks), dropped)


def _chains(connection: Connection, events: Sequence[Any]) -> Iterator[tuple[int, list[tuple[Entry, str]]]]:
    """Timelines of events in order of their ids; days are named so that others are not looked through."""
    own = {days.day_of(event.received) for event in events}
    statement = (
        select(EventEntry.__table__)
        .where(
            EventEntry.event_id.between(events[0].id, events[-1].id),
            EventEntry.day.between(min(own), max(own)),
        )
        .order_by(EventEntry.event_id, EventEntry.number)
    )
    for event_id, rows in groupby(connection.execute(statement), key=lambda row: int(row.event_id)):
        yield event_id, [(_entry(row), row.hash) for row in rows]


def _entry(row: Row[Any]) -> Entry:
    return Entry(**{name: getattr(row, name) for name in Entry.__struct_fields__})
