"""Where a place lies: point-in-polygon over all grids, once, when the city is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

import numpy as np
import shapely
from shapely import STRtree

from central.grid.city import City, Place
from central.grid.polygons import Grid


class Unmapped(StrEnum):
    """Why an event has no grid."""

    NO_GRID = "no_grid"
    """The place's point lies in no grid; its owner answers."""
    UNKNOWN_PLACE = "unknown_place"
    """The city file has no such place; the root answers."""


@dataclass(frozen=True, slots=True)
class Location:
    """Who answers for a place.

    Attributes:
        org: Org id.
        grid: Grid id, or None.
        unmapped: Why there is no grid, or None.
    """

    org: str
    grid: str | None
    unmapped: Unmapped | None = None


class Locator:
    """Answers for every place of the city; safe to share between threads."""

    def __init__(self, city: City, grids: Sequence[Grid]) -> None:
        """Locate all places at once.

        Args:
            city: Places and the org tree.
            grids: Polygons; where several cover a point, the owner's own comes first, then the smallest.
        """
        self._root = Location(city.root.id, None, Unmapped.UNKNOWN_PLACE)
        self.grids = {grid.id: grid for grid in grids}
        self._city = city
        self._ordered = tuple(grids)
        self._tree = STRtree([grid.shape for grid in grids])
        places = list(city.places.values())
        self._place_ids = tuple(place.id for place in places)
        points = shapely.points(np.array([place.point for place in places], dtype=np.float64).reshape(-1, 2))
        self._points = STRtree(np.atleast_1d(np.asarray(points)))
        covering = _covering(places, grids, self._tree)
        self._places = {
            place.id: _choose(place, covering.get(index, []), city) for index, place in enumerate(places)
        }

    def locate(self, place: str) -> Location:
        """Who answers for ``place`` (an id, known or not)."""
        return self._places.get(place, self._root)

    def at(self, longitude: float, latitude: float) -> Location:
        """Who answers for a point: the smallest grid over it, else the root, unmapped."""
        point = shapely.Point(longitude, latitude)
        over = [self._ordered[index] for index in self._tree.query(point, predicate="intersects")]
        if not over:
            return Location(self._city.root.id, None, Unmapped.NO_GRID)
        best = min(over, key=lambda grid: (grid.shape.area, grid.id))
        return Location(best.org, best.id)

    def named(self, address: str) -> Location:
        """Who answers for an address in words: the org whose name is in it, the deepest of several."""
        text, city = address.casefold(), self._city
        depths = {level: depth for depth, level in enumerate(city.levels)}
        named = [
            org
            for org in city.orgs.values()
            if org.name.zh.casefold() in text or org.name.en.casefold() in text
        ]
        if not named:
            return Location(city.root.id, None, Unmapped.NO_GRID)
        best = max(named, key=lambda org: (depths[org.level], len(org.name.zh), org.id))
        return Location(best.id, None, Unmapped.NO_GRID)

    def place_named(self, address: str) -> Place | None:
        """The place whose name is in an address; the longest name of several."""
        text = address.casefold()
        named = [
            place
            for place in self._city.places.values()
            if place.name.zh.casefold() in text or place.name.en.casefold() in text
        ]
        return max(named, key=lambda place: (len(place.name.zh), place.id), default=None)

    def places_named(self, part: str, limit: int) -> tuple[str, ...]:
        """Ids of the first ``limit`` places that have ``part`` in a name."""
        text = part.casefold()
        named = (
            place.id
            for place in self._city.places.values()
            if text in place.name.zh.casefold() or text in place.name.en.casefold()
        )
        return tuple(islice(named, limit))

    def within(self, west: float, south: float, east: float, north: float) -> list[str]:
        """Ids of the places in a box of longitudes and latitudes."""
        found = self._points.query(shapely.box(west, south, east, north), predicate="intersects")
        return [self._place_ids[index] for index in found]


def _covering(places: Sequence[Place], grids: Sequence[Grid], tree: STRtree) -> dict[int, list[Grid]]:
    """The grids over each place's point (its border counts), by index of the place."""
    if not places or not grids:
        return {}
    points = shapely.points(np.array([place.point for place in places], dtype=np.float64))
    result: dict[int, list[Grid]] = {}
    for place, grid in tree.query(points, predicate="intersects").T.tolist():
        result.setdefault(place, []).append(grids[grid])
    return result


def _choose(place: Place, grids: list[Grid], city: City) -> Location:
    if not grids:
        return Location(place.owner, None, Unmapped.NO_GRID)
    if len(grids) == 1:
        return Location(grids[0].org, grids[0].id)

    def strangeness(grid: Grid) -> tuple[bool, float, str]:
        own = any(org.id == place.owner for org in city.chain(grid.org))
        return (not own, grid.shape.area, grid.id)

    best = min(grids, key=strangeness)
    return Location(best.org, best.id)
