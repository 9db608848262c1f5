"""Who is sent: suitable units on duty, by distance and by what they already carry. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import asin, cos, degrees, radians, sin, sqrt

from central.dispatch.units import Unit, on_duty
from central.events.facts import EventFacts
from central.events.vocabulary import Loop
from central.setup import Tables

EARTH_M = 6_371_008.8
"""Mean radius of the Earth (IUGG), metres."""

FRESH = timedelta(minutes=30)
"""A position older than this says nothing; the unit's station counts then."""

LOAD_M = 500.0
"""Metres of way that one open task weighs."""

Point = tuple[float, float]
"""Longitude and latitude, WGS 84 degrees."""


class Unfit(StrEnum):
    """Why a unit is not sent."""

    AREA = "area"
    """The event does not lie in the area of its organisation."""
    SKILL = "skill"
    """It does not settle such events."""
    OFF_DUTY = "off_duty"
    """The roster has it off duty."""
    FULL = "full"
    """It carries as much as it can."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a unit now.

    Attributes:
        load: Its open tasks.
        position: Where its staff last was, if they send it.
        position_at: When.
        shift: Whether a shift has it on duty now, or off; None where none says anything.
    """

    load: int = 0
    position: Point | None = None
    position_at: datetime | None = None
    shift: bool | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit as seen from an event.

    Attributes:
        unit: Which.
        distance_m: From there to the event; None when nobody knows.
        load: Its open tasks.
        unfit: Why it is not sent; none of them for a suitable unit.
    """

    unit: Unit
    distance_m: float | None
    load: int
    unfit: tuple[Unfit, ...]


def distance_m(first: Point, second: Point) -> float:
    """Great-circle distance by the haversine formula."""
    (lon1, lat1), (lon2, lat2) = first, second
    dlat, dlon = radians(lat2 - lat1), radians(lon2 - lon1)
    chord = sin(dlat / 2) ** 2 + cos(radians(lat1)) * cos(radians(lat2)) * sin(dlon / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(chord)))


def near_box(point: Point, metres: float) -> tuple[float, float, float, float]:
    """West, south, east and north of a box that holds everything within ``metres``, but for the poles."""
    lon, lat = point
    high = degrees(metres / EARTH_M)
    wide = high / max(0.01, cos(radians(lat)))
    return lon - wide, lat - high, lon + wide, lat + high


def point_of(event: EventFacts, tables: Tables) -> Point | None:
    """Where an event is: as reported, else its place."""
    if event.longitude is not None and event.latitude is not None:
        return event.longitude, event.latitude
    place = tables.city.places.get(event.place)
    return place.point if place else None


def candidates(
    event: EventFacts, standings: Mapping[str, Standing], tables: Tables, now: datetime
) -> list[Candidate]:
    """Every unit, those to be sent first: suitable ones by distance and load, then the others."""
    here = point_of(event, tables)
    found = [
        _candidate(unit, standings.get(unit.id, Standing()), event, here, tables, now)
        for unit in tables.units.by_id.values()
    ]
    return sorted(found, key=lambda item: _rank(item, event))


def best(found: Iterable[Candidate]) -> Candidate | None:
    """The suitable unit to send, or None."""
    return next((item for item in found if not item.unfit), None)


def _candidate(
    unit: Unit, standing: Standing, event: EventFacts, here: Point | None, tables: Tables, now: datetime
) -> Candidate:
    there = unit.point
    if (
        standing.position is not None
        and standing.position_at is not None
        and now - standing.position_at <= FRESH
    ):
        there = standing.position
    away = distance_m(here, there) if here is not None and there is not None else None
    checks = (
        (Unfit.AREA, _covers(unit, event, tables)),
        (Unfit.SKILL, _settles(unit, event, tables)),
        (Unfit.OFF_DUTY, on_duty(unit, now, tables.calendar, standing.shift)),
        (Unfit.FULL, standing.load < unit.capacity),
    )
    return Candidate(unit, away, standing.load, tuple(why for why, holds in checks if not holds))


def _covers(unit: Unit, event: EventFacts, tables: Tables) -> bool:
    city = tables.city
    chain = city.chain(event.home) if event.home in city.orgs else (city.root,)
    return any(org.id == unit.org for org in chain)


def _settles(unit: Unit, event: EventFacts, tables: Tables) -> bool:
    item = tables.responsibility.by_number.get(event.item)
    if unit.items:
        return item is not None and item.id in unit.items
    return unit.department is None or (item is not None and unit.department in item.lead)


def _rank(found: Candidate, event: EventFacts) -> tuple[int, bool, float, int, str]:
    """In the lower loops whoever is nearest; in the upper ones the departments first."""
    general = found.unit.department is None and event.loop in {Loop.SMALL, Loop.LARGE}
    way = found.distance_m if found.distance_m is not None else 1e9
    return (len(found.unfit), general, way + LOAD_M * found.load, found.load, found.unit.id)
