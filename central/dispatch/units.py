"""Units that can be sent: grid posts, property staff, fire, traffic and others; never persons by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from central.events.calendar import Calendar
from central.events.responsibility import Responsibility
from central.grid.city import City, Latitude, Longitude
from central.names import Bilingual, Id
from placewatch.config import Document, Settings, read, validate
from placewatch.errors import ConfigError, ConfigProblem
from placewatch.hours import Span


def _span(text: str) -> str:
    Span.parse(text)
    return text


class Unit(Settings):
    """One unit."""

    id: Id
    """Unique in the city; sign-ins of its staff name it."""
    name: Bilingual
    """What people call it."""
    org: Id
    """The organisation that it works for; it covers that org's area and all below it."""
    department: Id | None = None
    """Its department in the responsibility list; none for grid workers, who take everything."""
    items: tuple[Id, ...] = ()
    """Ids of the responsibility items that it can settle; none means all of its department's, or all."""
    duty: tuple[Annotated[str, AfterValidator(_span)], ...] = ()
    """When it is on duty, such as "mon-fri 08:00-20:00"; none means always."""
    point: tuple[Longitude, Latitude] | None = None
    """Where it is stationed, longitude and latitude, WGS 84 degrees."""
    capacity: int = Field(5, ge=1, le=1000)
    """Open tasks that it can carry at a time."""


class UnitsFile(Settings):
    """What ``units.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition."""
    units: tuple[Unit, ...] = ()
    """The units."""


@dataclass(frozen=True, slots=True)
class Units:
    """Checked units.

    Attributes:
        by_id: By id, in the order of the file.
    """

    by_id: Mapping[str, Unit]


NO_UNITS = Units({})
"""A city that names none."""


def on_duty(unit: Unit, now: datetime, calendar: Calendar, shift: bool | None = None) -> bool:
    """Whether the roster has the unit on duty at ``now``.

    Args:
        unit: Which.
        now: When.
        calendar: Holidays, time zone.
        shift: What a shift says of this moment, whatever the weekly duty says; None where there is none.
    """
    return calendar.within(unit.duty, now) if shift is None else shift


def load_units(path: Path, city: City, responsibility: Responsibility) -> Units:
    """Read and check units.

    Raises:
        ConfigError: Each fault at its line: an id given twice, an unknown org, department or item.
    """
    document = read(path)
    file = validate(document, UnitsFile)
    problems = list(_problems(document, file, city, responsibility))
    if problems:
        raise ConfigError(problems)
    return Units({unit.id: unit for unit in file.units})


def _problems(
    document: Document, file: UnitsFile, city: City, responsibility: Responsibility
) -> Iterator[ConfigProblem]:
    items = {item.id for item in responsibility.file.items}
    seen: set[str] = set()
    for index, unit in enumerate(file.units):
        here = ("units", index)
        if unit.id in seen:
            yield document.problem((*here, "id"), f"unit {unit.id!r} is given twice", "rename one")
        seen.add(unit.id)
        if unit.org not in city.orgs:
            message = f"unit {unit.id!r} names an unknown org {unit.org!r}"
            yield document.problem((*here, "org"), message, "use the id of one of the city file's orgs")
        if unit.department is not None and unit.department not in responsibility.file.departments:
            yield document.problem(
                (*here, "department"),
                f"unknown department {unit.department!r}",
                f"use one of {', '.join(responsibility.file.departments)}",
            )
        for place, item in enumerate(unit.items):
            if item not in items:
                message = f"unit {unit.id!r} names an unknown item {item!r}"
                fix = "use the id of one of the responsibility list's items"
                yield document.problem((*here, "items", place), message, fix)
