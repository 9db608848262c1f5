"""Folds alerts into episodes and events: pure, and the same whatever the order of the alerts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from central.events.chain import Entry
from central.events.facts import EpisodeFacts, EpisodeKey, EventFacts, EventKey
from central.events.guards import clear_since
from central.events.judge import grade_of
from central.events.timeline import Change, notes_of
from central.events.vocabulary import EventState
from central.events.write import chained, event_number
from central.grid.routing import loop_of
from central.ingest.join import Arrival, joined_episode, joined_event
from central.setup import Tables


@dataclass(slots=True)
class Books:
    """Episodes and events as the store has them, and what folding made of them.

    Attributes:
        episodes: The known ones among those that the arrivals are about.
        events: Those of the episodes, and the open ones of the arrivals' keys.
        new_ids: An id for each key of `keys_without_event`.
        earlier: How many events each of these keys had shortly before.
        changed_episodes: Keys to write back.
        changed_events: Ids to write back, with their new timeline entries.
        created: Ids of events that are new.
        filed: Ids of events that were filed just now: their limits begin.
        refused: Arrivals that contradict their own episode, with the reason.
    """

    episodes: dict[EpisodeKey, EpisodeFacts]
    events: dict[int, EventFacts]
    new_ids: Mapping[EventKey, int] = field(default_factory=dict)
    earlier: Mapping[EventKey, int] = field(default_factory=dict)
    changed_episodes: set[EpisodeKey] = field(default_factory=set)
    changed_events: dict[int, list[Entry]] = field(default_factory=dict)
    created: set[int] = field(default_factory=set)
    filed: set[int] = field(default_factory=set)
    refused: list[tuple[Arrival, str]] = field(default_factory=list)


def keys_without_event(arrivals: Iterable[Arrival], books: Books) -> list[EventKey]:
    """Keys for which an event has to be made, in order of arrival."""
    known = {event.key for event in books.events.values() if event.open}
    keys = {arrival.event_key: None for arrival in arrivals if arrival.episode_key not in books.episodes}
    return [key for key in keys if key not in known]


def fold(arrivals: Iterable[Arrival], books: Books, tables: Tables) -> None:
    """Enter ``arrivals`` into ``books``.

    Args:
        arrivals: Distinct new alerts.
        books: Changed in place.
        tables: What events are judged by.
    """
    open_events = {event.key: event.id for event in books.events.values() if event.open}
    for arrival in arrivals:
        known = books.episodes.get(arrival.episode_key)
        if known is not None and (known.place, known.zone, known.kind) != arrival.event_key:
            reason = f"data.alert_id: the episode is about {known.place}/{known.zone}/{known.kind}"
            books.refused.append((arrival, reason))
            continue
        event_id = known.event_id if known else open_events.get(arrival.event_key)
        if event_id is None:
            event_id = books.new_ids[arrival.event_key]
            open_events[arrival.event_key] = event_id
            books.created.add(event_id)
        episode = joined_episode(known, arrival, event_id)
        before = books.events.get(event_id)
        joined = joined_event(before, arrival, known, episode)
        if before is None:
            joined = replace(
                joined, earlier=books.earlier.get(arrival.event_key, 0), shown_at=arrival.received
            )
        after = _judge(joined, arrival, tables)
        change = Change(before, after, known, episode, arrival.late, arrival.picture_refused)
        camera = f"box://{arrival.site}/{arrival.box}/{arrival.alert.data.camera}"
        after, entries = chained(after, notes_of(change), camera, arrival.received)
        books.changed_events.setdefault(event_id, []).extend(entries)
        if after.filed_at is not None and (before is None or before.filed_at is None):
            books.filed.add(event_id)
        books.episodes[episode.key] = episode
        books.events[event_id] = after
        books.changed_episodes.add(episode.key)


def _judge(event: EventFacts, arrival: Arrival, tables: Tables) -> EventFacts:
    """The event with its item, owner, state and colour, as the tables have it."""
    location = tables.locator.locate(event.place)
    item = tables.responsibility.by_kind[arrival.alert.data.kind]
    place = tables.city.places.get(event.place)
    place_class = place.place_class if place else event.place_class
    event = replace(
        event,
        number=event.number or event_number(event.id, event.received, tables.zone),
        place_class=place_class,
        item=event.item if event.hands_on else item.number,
    )
    given = grade_of(event, tables)
    event = replace(
        event,
        colour=given.colour,
        colour_rule=given.rule,
        vouch_at=clear_since(event, tables),
        config_version=tables.version,
    )
    if event.hands_on:  # people have decided who answers for what
        return event
    certain = location.unmapped is None and event.alerts > event.late_alerts
    return replace(
        event,
        state=EventState.FILED if certain else EventState.REPORTED,
        filed_at=event.filed_at or (event.last_received if certain else None),
        org=location.org,
        home=location.org,
        loop=loop_of(tables.city, location.org, in_grid=location.grid is not None),
        grid=location.grid,
        unmapped=location.unmapped,
    )
