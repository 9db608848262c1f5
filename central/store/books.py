"""Loads the episodes and events that a batch is about, and writes them back.

Statements are made once, on plain table columns: making and comparing them anew for each batch would cost
more than running them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, Row, bindparam, insert, select, tuple_, update

from central.events.chain import Entry
from central.events.facts import EpisodeFacts, EpisodeKey, EventFacts, EventKey
from central.store.models import Episode, Event, EventEntry
from central.store.upsert import put, table

_EPISODE = EpisodeFacts.__struct_fields__
_EVENT = EventFacts.__struct_fields__
_event = table(Event).c
_episode = table(Episode).c

EVENT_COLUMNS = [_event[name] for name in _EVENT]
"""What to select for `event_facts`."""

_EPISODES_BY_KEY = (
    select(*(_episode[name] for name in _EPISODE))
    .where(tuple_(_episode.box_id, _episode.alert_id).in_(bindparam("keys", expanding=True)))
    .order_by(_episode.box_id, _episode.alert_id)
    .with_for_update()
)
_EVENTS_BY_ID = (
    select(*EVENT_COLUMNS)
    .where(_event.id.in_(bindparam("keys", expanding=True)))
    .order_by(_event.id)
    .with_for_update()
)
_OPEN_EVENTS_BY_KEY = (
    select(*EVENT_COLUMNS)
    .where(
        _event.open,
        tuple_(_event.place, _event.zone, _event.kind).in_(bindparam("keys", expanding=True)),
    )
    .order_by(_event.id)
    .with_for_update()
)
_INSERT_EVENT = insert(table(Event))
_INSERT_ENTRY = insert(table(EventEntry))
_CHANGING = tuple(name for name in _EVENT if name != "id")
_UPDATE_EVENT = (
    update(table(Event))
    .where(_event.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)


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
    found = map(_episode_facts, connection.execute(_EPISODES_BY_KEY, {"keys": wanted}))
    return {episode.key: episode for episode in found}


def load_events(
    connection: Connection, ids: Iterable[int], open_keys: Iterable[EventKey]
) -> dict[int, EventFacts]:
    """The events with these ids and the open ones with these keys, locked until the end."""
    found: dict[int, EventFacts] = {}
    for statement, keys in (
        (_EVENTS_BY_ID, sorted(set(ids))),
        (_OPEN_EVENTS_BY_KEY, sorted(set(open_keys))),
    ):
        if keys:
            rows = connection.execute(statement, {"keys": keys})
            found.update((event.id, event) for event in map(event_facts, rows))
    return found


def save_events(connection: Connection, created: Sequence[EventFacts], changed: Sequence[EventFacts]) -> None:
    """Insert new events, refresh known ones."""
    if created:
        connection.execute(_INSERT_EVENT, [asdict(event) for event in created])
    if changed:
        rows = [
            {"row_id": event.id, **{f"new_{name}": getattr(event, name) for name in _CHANGING}}
            for event in changed
        ]
        connection.execute(_UPDATE_EVENT, rows)


def save_episodes(connection: Connection, episodes: Sequence[EpisodeFacts]) -> None:
    """Insert or refresh episodes."""
    put(connection, Episode, [asdict(episode) for episode in episodes])


def save_entries(connection: Connection, entries: Sequence[Entry]) -> None:
    """Add entries to timelines."""
    if entries:
        connection.execute(_INSERT_ENTRY, [{**asdict(entry), "hash": entry.hash} for entry in entries])
