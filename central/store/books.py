"""Loads the episodes and events that a batch is about, and writes them back."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, Row, and_, bindparam, insert, select, tuple_, update

from central.events.chain import Entry
from central.events.facts import EpisodeFacts, EpisodeKey, EventFacts, EventKey
from central.store.models import Episode, Event, EventEntry
from central.store.upsert import put, table

_EPISODE = EpisodeFacts.__struct_fields__
_EVENT = EventFacts.__struct_fields__
_EPISODE_COLUMNS = [getattr(Episode, name) for name in _EPISODE]
EVENT_COLUMNS = [getattr(Event, name) for name in _EVENT]
"""What to select for `event_facts`."""


def event_facts(row: Row[Any]) -> EventFacts:
    """A row of `EVENT_COLUMNS` as facts."""
    return EventFacts(**dict(zip(_EVENT, row, strict=True)))


def _episode_facts(row: Row[Any]) -> EpisodeFacts:
    return EpisodeFacts(**dict(zip(_EPISODE, row, strict=True)))


def load_episodes(connection: Connection, keys: Iterable[EpisodeKey]) -> dict[EpisodeKey, EpisodeFacts]:
    """The known episodes among ``keys``, locked until the end of the transaction."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    statement = (
        select(*_EPISODE_COLUMNS)
        .where(tuple_(Episode.box_id, Episode.alert_id).in_(wanted))
        .order_by(Episode.box_id, Episode.alert_id)
        .with_for_update()
    )
    found = [_episode_facts(row) for row in connection.execute(statement)]
    return {episode.key: episode for episode in found}


def load_events(
    connection: Connection, ids: Iterable[int], open_keys: Iterable[EventKey]
) -> dict[int, EventFacts]:
    """The events with these ids and the open ones with these keys, locked until the end."""
    by_key = and_(Event.open, tuple_(Event.place, Event.zone, Event.kind).in_(sorted(set(open_keys))))
    found: dict[int, EventFacts] = {}
    for condition in (Event.id.in_(sorted(set(ids))), by_key):
        statement = select(*EVENT_COLUMNS).where(condition).order_by(Event.id).with_for_update()
        found.update((event.id, event) for event in map(event_facts, connection.execute(statement)))
    return found


def save_events(connection: Connection, created: Sequence[EventFacts], changed: Sequence[EventFacts]) -> None:
    """Insert new events, refresh known ones."""
    if created:
        connection.execute(insert(table(Event)), [asdict(event) for event in created])
    if changed:
        names = [name for name in _EVENT if name != "id"]
        statement = (
            update(table(Event))
            .where(table(Event).c.id == bindparam("row_id"))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        rows = [
            {"row_id": event.id, **{f"new_{name}": getattr(event, name) for name in names}}
            for event in changed
        ]
        connection.execute(statement, rows)


def save_episodes(connection: Connection, episodes: Sequence[EpisodeFacts]) -> None:
    """Insert or refresh episodes."""
    put(connection, Episode, [asdict(episode) for episode in episodes])


def save_entries(connection: Connection, entries: Sequence[Entry]) -> None:
    """Add entries to timelines."""
    if entries:
        rows = [{**asdict(entry), "hash": entry.hash} for entry in entries]
        connection.execute(insert(table(EventEntry)), rows)
