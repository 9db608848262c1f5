"""Loads the episodes and events that a batch is about, and writes them back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple
from sqlalchemy import Connection, Row, select

from central.events.chain import Entry
from central.events.facts import EpisodeFacts, EpisodeKey, EventFacts, EventKey
from central.events.vocabulary import Verb
from central.store.bulk import Bulk
from central.store.days import day_of
from central.store.models import Episode, Event, EventEntry
from central.store.upsert import table

_EVENT = EventFacts.__struct_fields__
_event = table(Event).c

EVENT_COLUMNS = [_event[name] for name in _EVENT]
"""What to select for `event_facts`."""


class _EntryRow(Struct, frozen=True):
    """An `Entry` with its hash and its event's day beside it, as a row."""

    day: int
    hash: str
    event_id: int
    number: int
    at: datetime
    occurred: datetime
    verb: Verb
    actor: str
    data: str
    prev_hash: str


_events = Bulk(Event, EventFacts)
_episodes = Bulk(Episode, EpisodeFacts)
_entries = Bulk(EventEntry, _EntryRow)


def event_facts(row: Row[Any]) -> EventFacts:
    """A row of `EVENT_COLUMNS` as facts."""
    return EventFacts(**dict(zip(_EVENT, row, strict=True)))


def load_episodes(connection: Connection, keys: Iterable[EpisodeKey]) -> dict[EpisodeKey, EpisodeFacts]:
    """The known episodes among ``keys``, locked until the end of the transaction."""
    found = _episodes.find(connection, ("box_id", "alert_id"), sorted(set(keys)))
    return {episode.key: episode for episode in found}


def load_events(
    connection: Connection, ids: Iterable[int], open_keys: Iterable[EventKey]
) -> dict[int, EventFacts]:
    """The events with these ids and the open ones with these keys, locked until the end.

    All are locked in one order of ids, so that two processes cannot wait for each other.
    """
    wanted = set(ids)
    wanted |= _events.keys(connection, ("place", "zone", "kind"), sorted(set(open_keys)), where="row.open")
    found = _events.find(connection, ("id",), [(row_id,) for row_id in sorted(wanted)])
    return {event.id: event for event in found}


def read_events(connection: Connection, ids: Iterable[int]) -> dict[int, EventFacts]:
    """The events with these ids as they are, not locked."""
    return {event.id: event for event in _events.look_up(connection, ("id",), [(row_id,) for row_id in ids])}


def count_since(connection: Connection, keys: Sequence[EventKey], since: datetime) -> dict[EventKey, int]:
    """How many events each of these spots has had since then."""
    return _events.count_since(connection, ("place", "zone", "kind"), keys, "received", since)


def save_events(
    connection: Connection,
    created: Sequence[EventFacts],
    changed: Sequence[EventFacts],
    before: Mapping[int, EventFacts] | None = None,
) -> None:
    """Insert new events, refresh known ones.

    Args:
        connection: Within a writing transaction that has locked the known ones.
        created: New ones.
        changed: Known ones.
        before: Known ones as they are in the store: only columns that differ are written.
    """
    _events.insert(connection, created)
    names: Collection[str] = _EVENT if before is None else _differing(changed, before)
    _events.update(connection, changed, names)


def _differing(changed: Iterable[EventFacts], before: Mapping[int, EventFacts]) -> set[str]:
    """Fields in which any event is not as it was."""
    found: set[str] = set()
    for event in changed:
        old = before.get(event.id)
        if old is None:
            return set(_EVENT)
        # Most values are the very same objects: what a fold leaves alone it hands on.
        pairs = zip(_EVENT, astuple(event), astuple(old), strict=True)
        found.update(name for name, new, known in pairs if new is not known and new != known)
    return found


def take_free_events(connection: Connection, ids: Iterable[int]) -> list[EventFacts]:
    """Those of the events that nobody else holds just now, locked until the end of the transaction."""
    wanted = sorted(set(ids))
    if not wanted:
        return []
    statement = (
        select(*EVENT_COLUMNS)
        .where(_event.id.in_(wanted))
        .order_by(_event.id)
        .with_for_update(skip_locked=True)
    )
    return [event_facts(row) for row in connection.execute(statement)]


def save_episodes(connection: Connection, episodes: Sequence[EpisodeFacts]) -> None:
    """Insert or refresh episodes."""
    _episodes.put(connection, episodes)


def save_entries(connection: Connection, timelines: Iterable[tuple[EventFacts, Sequence[Entry]]]) -> None:
    """Add entries to the timelines of their events."""
    rows = []
    for event, entries in timelines:
        day = day_of(event.received)
        rows += [_EntryRow(day, entry.hash, *astuple(entry)) for entry in entries]
    _entries.insert(connection, rows)
