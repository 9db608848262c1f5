"""What desks ask of a large store, timed: from the question to the view as JSON, without HTTP."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from sqlalchemy import Connection

from central.api import queries, queries_event, queries_service
from central.api.queries import EventFilter
from central.config import CentralConfig
from central.events.showing import event_view
from central.events.vocabulary import Colour, EventState
from central.people.scope import WHOLE, Scope
from central.setup import Tables, load_tables
from central.store.engine import Store
from central.store.migrate import migrate
from messages import PlaceClass
from placewatch.bench.conditions import Conditions
from placewatch.loadtest.archive import fill
from placewatch.loadtest.city import shape_for, write_city
from placewatch.loadtest.plan import quantiles
from placewatch.loadtest.rig import check_empty, open_database

_PAGE = 50


def questions(tables: Tables, events: int) -> dict[str, Callable[[Connection, Random], object]]:
    """By name, what is asked with some randomness of its own."""
    city = tables.city

    def page(chosen: EventFilter, order: Any = "activity") -> Callable[[Connection, Random], object]:  # noqa: ANN401
        def ask(connection: Connection, _: Random) -> object:
            found = queries.events(connection, chosen, order, None, _PAGE + 1)
            return [event_view(facts, tables).model_dump_json() for facts in found[:_PAGE]]

        return ask

    def county(connection: Connection, random: Random) -> object:
        root = random.choice([org for org in city.orgs if org.startswith("county-")])
        chosen = EventFilter(open=True, within=Scope(whole=False, orgs=city.below({root})))
        return page(chosen)(connection, random)

    def words(connection: Connection, random: Random) -> object:
        number = random.randrange(1, events) // 100 * 100 or 100
        return page(EventFilter(text=f"lamp {number} by"))(connection, random)

    def number(connection: Connection, random: Random) -> object:
        return page(EventFilter(text=f"20260101-{random.randrange(1, events)}"))(connection, random)

    def one(connection: Connection, random: Random) -> object:
        event_id = random.randrange(1, events + 1)
        event = queries.event(connection, event_id, WHOLE)
        rest = (queries_event.episodes, queries_event.pictures, queries_event.clips, queries_event.deadlines)
        told = event and [event_view(event, tables), queries_event.timeline(connection, event)]
        return [told, *(ask(connection, event_id) for ask in rest)]

    week = datetime.now(UTC) - timedelta(days=7)
    return {
        "list, open": page(EventFilter(open=True)),
        "list, all, by creation": page(EventFilter(), "created"),
        "list, open, of one county": county,
        "filter, red and filed": page(EventFilter(colours=(Colour.RED,), states=(EventState.FILED,))),
        "filter, class, last week": page(EventFilter(place_classes=(PlaceClass.SCHOOL,), since=week)),
        "text, words of a report": words,
        "text, number": number,
        "one event": one,
        "board": lambda connection, _: queries_service.counts(connection),
    }


def _ask_all(
    store: Store, tables: Tables, events: int, *, times: int, seed: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Seconds by question: p50, p95, p99 and the longest of ``times``, after one that is not counted."""
    random, found = Random(seed), {}  # noqa: S311 - which events are asked for, not a secret
    for name, ask in questions(tables, events).items():
        tell(name)
        took = []
        for _ in range(times + 1):
            begin = time.perf_counter()
            with store.read() as connection:
                ask(connection, random)
            took.append(time.perf_counter() - begin)
        found[name] = msgspec.to_builtins(quantiles(took[1:]))
    return found


def run(
    database: str,
    work: Path,
    *,
    events: int,
    entries: int,
    times: int,
    seed: int,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Fill an empty database in ``work`` or at an address, and ask; the report.

    Raises:
        PlacewatchError: The database cannot be started or used, or is not empty.
    """
    conditions, shape = Conditions.here(), shape_for(100_000)
    with ExitStack() as stack:
        url, _ = open_database(database, work, stack)
        store = Store(url)
        stack.callback(store.close)
        migrate(store)
        check_empty(store)
        city, grids = write_city(work, shape)
        tables = load_tables(CentralConfig(database=url, city=city, grids=grids))
        begin = time.perf_counter()
        fill(
            store,
            shape,
            events=events,
            entries=entries,
            open_events=events // 50,
            tell=lambda done: tell(f"{done:,} of {events:,} events written"),
        )
        filled = time.perf_counter() - begin
        seconds = _ask_all(store, tables, events, times=times, seed=seed, tell=tell)
        kind = "sqlite" if store.sqlite else "postgresql"
    return {
        "database": kind,
        "events": events,
        "open": events // 50,
        "entries": events * entries,
        "times": times,
        "fill_s": round(filled, 1),
        "seconds": seconds,
        "conditions": msgspec.to_builtins(conditions),
    }
