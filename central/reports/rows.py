"""What the rows of the figures are about: keys and names of classes, kinds, orgs, departments, days."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from central.grid.city import City
from central.names import Bilingual, same
from central.reports.cases import Case
from central.setup import Tables

By = Literal["place_class", "kind", "item", "org", "department", "colour", "camera", "place", "day", "hour"]
"""What a table's rows are about; ``day`` and ``hour`` are those of the city's clock."""
BYS: tuple[By, ...] = get_args(By)
IN_ORDER = frozenset({"day", "hour"})
"""Rows that follow time rather than size."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases; an empty field means all.

    Attributes:
        place_class: Class of key area.
        kind: What was raised.
        item: Number in the responsibility list.
        department: Lead department.
        colour: How grave.
        place: Place id.
        camera: ``site/box/camera``.
        day: ``2026-11-24``, by the city's clock.
    """

    place_class: str | None = None
    kind: str | None = None
    item: str | None = None
    department: str | None = None
    colour: str | None = None
    place: str | None = None
    camera: str | None = None
    day: str | None = None

    def takes(self, case: Case, tables: Tables) -> bool:
        """Whether a case is one of them."""
        return all(
            wanted is None or key_of(tables, by, None)(case) == wanted
            for by, wanted in (
                ("place_class", self.place_class),
                ("kind", self.kind),
                ("item", self.item),
                ("department", self.department),
                ("colour", self.colour),
                ("place", self.place),
                ("camera", self.camera),
                ("day", self.day),
            )
        )


def key_of(tables: Tables, by: str, top: str | None) -> Callable[[Case], str]:
    """What row a case belongs to.

    Args:
        tables: The city's tables.
        by: One of `BYS`.
        top: Where ``by`` is org: the org whose direct parts are the rows; None for the root.
    """
    if by == "org":
        return lambda case: branch(tables.city, top, case.subject.org)
    if by == "department":
        return lambda case: _department(tables, case.subject.item)
    if by in IN_ORDER:
        return lambda case: _moment(case.subject.received, tables.zone, by)
    return lambda case: str(getattr(case.subject, by))


def _department(tables: Tables, item: int) -> str:
    found = tables.responsibility.by_number.get(item)
    return found.lead[0] if found else ""


def _moment(received: datetime, zone: ZoneInfo, by: str) -> str:
    return received.astimezone(zone).strftime("%Y-%m-%d" if by == "day" else "%H")


def branch(city: City, top: str | None, org: str) -> str:
    """The org right below ``top`` in whose part ``org`` lies; ``top`` itself for its own."""
    if org not in city.orgs:
        return org
    path = [up.id for up in city.chain(org)]
    place = path.index(top or city.root.id)
    return path[max(0, place - 1)]


def name_of(tables: Tables, by: str, key: str) -> Bilingual:
    """What people call the thing that a row is about; its id where it has no name."""
    if by == "item":
        item = tables.responsibility.by_number.get(int(key)) if key.isdigit() else None
        return item.name if item else same(key)
    if by == "hour":
        return same(f"{key}:00")
    return _names(tables, by).get(key) or same(key)


def _names(tables: Tables, by: str) -> Mapping[str, Bilingual]:
    file = tables.responsibility.file
    if by == "place_class":
        return {str(one): area.name for one, area in tables.key_areas.classes.items()}
    if by == "kind":
        return {str(one): name for one, name in file.kind_names.items()}
    if by == "colour":
        return {str(one): name for one, name in tables.grading.colours.items()}
    if by == "department":
        return {str(one): name for one, name in file.departments.items()}
    if by == "org":
        return {org.id: org.name for org in tables.city.orgs.values()}
    return {place.id: place.name for place in tables.city.places.values()} if by == "place" else {}
