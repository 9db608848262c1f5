"""Where and when events begin: summed by the database over cells of the map, hours of the day and kinds."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Integer, cast, extract, func, literal, select

from central.store.models import Event

CELL = 0.001
"""Side of a cell, degrees: some 100 m."""

_HOUR = timedelta(hours=1)

Point = tuple[float, float]
"""Longitude and latitude, degrees."""


@dataclass(slots=True)
class Heat:
    """Sums of events; each adds up to the same events as far as they pass both filters.

    Attributes:
        cells: By centre of the cell, of the kind and hour asked for.
        elsewhere: Those of them that lie nowhere on the map.
        kinds: By kind, of the hour asked for.
        hours: By hour of the city's day, of the kind asked for.
    """

    cells: Counter[Point] = field(default_factory=Counter)
    elsewhere: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)


def heat(
    connection: Connection,
    chosen: ColumnElement[bool],
    stretch: tuple[datetime, datetime],
    zone: ZoneInfo,
    points: Mapping[str, Point],
    kind: str | None = None,
    hour: int | None = None,
) -> Heat:
    """Sum the events that began in a stretch of time.

    Args:
        connection: To the store.
        chosen: Which events may be looked at.
        stretch: From (inclusive) and until (exclusive).
        zone: Whose wall clock the hours are of.
        points: Where places are.
        kind: Cells and hours count this kind alone; all without it.
        hour: Cells and kinds count this hour of the day alone; all without it.
    """
    found = Heat()
    for since, until, offset in steady(*stretch, zone):
        within = (chosen, Event.first_seen >= since, Event.first_seen < until)
        at = _hour_of_day(connection, offset)
        seen = _margins(connection, within, at, kind, hour, found)
        if kind is not None and kind not in seen:
            continue  # whatever somebody asks for, the store is asked about its own kinds alone
        of_kind = () if kind is None else (Event.kind == kind,)
        of_hour = () if hour is None else (at == hour,)
        _cells(connection, (*within, *of_kind, *of_hour), points, found)
    return found


def steady(
    since: datetime, until: datetime, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The stretch cut where clocks change, with each part's distance from UTC."""
    first = since.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = range(-(-(until - first) // _HOUR))
    moments = (max(since, first + n * _HOUR) for n in hours)
    parts = [(offset, next(same)) for offset, same in groupby(moments, lambda at: _offset(at, zone))]
    ends = [start for _, start in parts[1:]] + [until]
    for (offset, start), end in zip(parts, ends, strict=True):
        yield start, end, offset


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _hour_of_day(connection: Connection, offset: timedelta) -> ColumnElement[int]:
    """The hour of the day in which an event began, on a clock so far from UTC."""
    if connection.dialect.name == "sqlite":
        shift = f"{int(offset.total_seconds()):+d} seconds"
        return cast(func.strftime("%H", Event.first_seen, shift), Integer)
    return cast(extract("hour", func.timezone("UTC", Event.first_seen) + literal(offset)), Integer)


def _margins(
    connection: Connection,
    within: Sequence[ColumnElement[bool]],
    at: ColumnElement[int],
    kind: str | None,
    hour: int | None,
    found: Heat,
) -> set[str]:
    """Sum by kind and by hour; the kinds that there are."""
    seen: set[str] = set()
    began = select(Event.kind, at.label("clock")).where(*within).subquery().c
    counted = select(began.kind, began.clock, func.count().label("events"))
    for row in connection.execute(counted.group_by(began.kind, began.clock)):
        seen.add(str(row.kind))
        if hour is None or row.clock == hour:
            found.kinds[str(row.kind)] += row.events
        if kind is None or row.kind == kind:
            found.hours[row.clock] += row.events
    return seen


def _cells(
    connection: Connection, within: Sequence[ColumnElement[bool]], points: Mapping[str, Point], found: Heat
) -> None:
    own = [cast(func.round(column / CELL), Integer) for column in (Event.longitude, Event.latitude)]
    lie = select(Event.place, own[0].label("east"), own[1].label("north")).where(*within).subquery().c
    counted = select(lie.place, lie.east, lie.north, func.count().label("events"))
    for row in connection.execute(counted.group_by(lie.place, lie.east, lie.north)):
        cell = _cell(row.place, (row.east, row.north), points)
        if cell is None:
            found.elsewhere += row.events
        else:
            found.cells[cell] += row.events


def _cell(place: str, own: tuple[int | None, int | None], points: Mapping[str, Point]) -> Point | None:
    """The centre of the cell in which the place lies; else of the point that was reported."""
    at = points.get(place)
    if at is not None:
        return _centre(round(at[0] / CELL), round(at[1] / CELL))
    east, north = own
    return None if east is None or north is None else _centre(east, north)


def _centre(east: int, north: int) -> Point:
    return round(east * CELL, 3), round(north * CELL, 3)
