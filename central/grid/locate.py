"""Where a place lies: point-in-polygon over all grids, once, when the city is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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
        places = list(city.places.values())
        covering = _covering(places, grids)
        self._places = {
            place.id: _choose(place, covering.get(index, []), city) for index, place in enumerate(places)
        }

    def locate(self, place: str) -> Location:
        """Who answers for ``place`` (an id, known or not)."""
        return self._places.get(place, self._root)


def _covering(places: Sequence[Place], grids: Sequence[Grid]) -> dict[int, list[Grid]]:
    """The grids over each place's point (its border counts), by index of the place."""
    if not places or not grids:
        return {}
    points = shapely.points(np.array([place.point for place in places], dtype=np.float64))
    tree = STRtree([grid.shape for grid in grids])
    result: dict[int, list[Grid]] = {}
    for place, grid in tree.query(points, predicate="intersects").T.tolist():
        result.setdefault(place, []).append(grids[grid])
    return result


def _choose(place: Place, grids: list[Grid], city: City) -> Location:
    if not grids:
        return Location(place.owner, None, Unmapped.NO_GRID)

    def strangeness(grid: Grid) -> tuple[bool, float, str]:
        own = any(org.id == place.owner for org in city.chain(grid.org))
        return (not own, grid.shape.area, grid.id)

    best = min(grids, key=strangeness)
    return Location(best.org, best.id)
