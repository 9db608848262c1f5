"""A city's past, written by the database itself: so many events and entries, of one shape, in minutes.

For measuring queries only: hashes are invented, so its timelines do not verify.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from central.events.facts import EventFacts
from central.events.vocabulary import Colour, EventState
from central.store.books import EVENT_COLUMNS, save_events
from central.store.days import day_of, prepare
from central.store.engine import Store
from central.store.models import EventEntry
from messages import PlaceClass
from placewatch.loadtest.city import Shape
from placewatch.loadtest.traffic import KINDS

_AT_A_TIME = 100_000
_APART_S = 25
"""Seconds between two events: a million in ten months."""


def fill(
    store: Store, shape: Shape, *, events: int, entries: int, open_events: int, tell: Callable[[int], None]
) -> None:
    """Write events into an empty, migrated store.

    Args:
        store: Where to.
        shape: The city; see `placewatch.loadtest.city`.
        events: How many.
        entries: Lines of each timeline.
        open_events: How many of them, the latest, are open.
        tell: Called with how many are written.
    """
    now = datetime.now(UTC)
    oldest = day_of(now - timedelta(seconds=events * _APART_S))
    prepare(store, now, range(oldest, day_of(now)))
    with store.write() as connection:
        save_events(connection, [_pattern(now)], [])
    for first in range(1, events + 1, _AT_A_TIME):
        last = min(first + _AT_A_TIME - 1, events)
        with store.write() as connection:
            _events(connection, shape, now, (first, last, events, open_events))
            _entries(connection, first, last, entries)
        tell(last)
    with store.write() as connection:
        connection.execute(text("DELETE FROM event WHERE id = 0"))
    with store.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _pattern(now: datetime) -> EventFacts:
    """The event of which all others are variations."""
    return EventFacts(
        id=0,
        number="pattern",
        place="",
        place_class=PlaceClass.ROAD,
        zone="",
        kind="",
        item=1,
        state=EventState.FILED,
        open=False,
        colour=Colour.BLUE,
        colour_rule="default",
        org="city",
        home="city",
        site="site-00",
        box="box-00000",
        camera="cam-0",
        latest_at=now,
        latest_id="x",
        count=1,
        peak_count=1,
        longest_s=60.0,
        confidence=0.75,
        alerts=5,
        episodes=1,
        first_seen=now,
        last_seen=now,
        received=now,
        last_received=now,
        config_version="load",
    )


def _events(connection: Connection, shape: Shape, now: datetime, span: tuple[int, int, int, int]) -> None:
    first, last, events, open_events = span
    postgresql = connection.dialect.name == "postgresql"
    place = f"(i % {shape.places})"
    live = f"(i > {events - open_events})"
    kinds = " ".join(f"WHEN {n} THEN '{kind}'" for n, kind in enumerate(KINDS))
    classes = " ".join(f"WHEN {n} THEN '{name}'" for n, name in enumerate(PlaceClass))
    village = f"'village-' || ({place} % {shape.villages})"
    received = _moment(now, f"({events} - i) * {_APART_S}", postgresql=postgresql)
    chosen: Mapping[str, str] = {
        "id": "i",
        "number": "'20260101-' || i",
        "place": f"'place-' || {_padded(place, postgresql=postgresql)}",
        "place_class": f"CASE {place} % 12 {classes} END",
        "zone": f"'zone-' || (i / {shape.places} % 16)",
        "kind": f"CASE i / {shape.places * 16} % 3 {kinds} END",
        "state": f"CASE WHEN {live} THEN 'filed' ELSE 'closed' END",
        "open": live,
        "colour": "CASE WHEN i % 50 = 0 THEN 'red' WHEN i % 6 = 0 THEN 'yellow' ELSE 'blue' END",
        "org": village,
        "home": village,
        "received": received,
        "last_received": _moment(
            now, f"({events} - i) * {_APART_S} - i % {_APART_S} * 7919 % {_APART_S}", postgresql=postgresql
        ),
        "closed_at": f"CASE WHEN {live} THEN NULL ELSE {received} END",
        "summary": "CASE WHEN i % 100 = 0 THEN 'a report about lamp ' || i || ' by the gate' END",
    }
    names = [column.name for column in EVENT_COLUMNS]
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(chosen.get(name, f'row."{name}"') for name in names)
    head, source = _series(first, last, postgresql=postgresql)
    statement = f"INSERT INTO event ({columns}) SELECT {values} FROM event row, {source} WHERE row.id = 0"  # noqa: S608
    _run(connection, f"{head} {statement}")


def _entries(connection: Connection, first: int, last: int, entries: int) -> None:
    postgresql = connection.dialect.name == "postgresql"
    head, source = _series(first, last, postgresql=postgresql)
    names = "event_id, number, day, at, occurred, verb, actor, data, prev_hash, hash"
    day = "CAST(strftime('%s', row.received) AS INTEGER) / 86400"
    if postgresql:
        day = "floor(extract(epoch FROM row.received) / 86400)::integer"
    digest = "'" + "0" * 64 + "'"
    for number in range(1, entries + 1):
        values = (
            f"i, {number}, {day}, row.received, row.received, 'joined', 'box://site-00/box-00000/cam-0',"
            f' \'{{"alert_id":"e1","camera":"cam-0","count":1}}\', {digest}, {digest}'
        )
        target = EventEntry.__tablename__
        rows = f"SELECT {values} FROM {source} JOIN event row ON row.id = i"  # noqa: S608 - as below
        _run(connection, f"{head} INSERT INTO {target} ({names}) {rows}")


def _run(connection: Connection, statement: str) -> None:
    """Made of numbers and names of our own; its colons are none of SQLAlchemy's parameters."""
    connection.execute(text(statement.replace(":", "\\:")))


def _series(first: int, last: int, *, postgresql: bool) -> tuple[str, str]:
    if postgresql:
        return "", f"generate_series({first}, {last}) i"
    further = f"SELECT i + 1 FROM n WHERE i < {last}"  # noqa: S608 - a number of our own
    return f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL {further})", "n"


def _padded(number: str, *, postgresql: bool) -> str:
    return f"lpad({number}::text, 5, '0')" if postgresql else f"printf('%05d', {number})"


def _moment(now: datetime, seconds_ago: str, *, postgresql: bool) -> str:
    if postgresql:
        return f"'{now.isoformat()}'::timestamptz - make_interval(secs => {seconds_ago})"
    return f"strftime('%Y-%m-%d %H:%M:%S.000000', {int(now.timestamp())} - ({seconds_ago}), 'unixepoch')"
