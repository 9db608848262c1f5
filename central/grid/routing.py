"""Which loop acts (四级循环): by what the place spans, and by the level of who answers."""

from central.events.vocabulary import Loop
from central.grid.city import City


def loop_of(city: City, org: str, *, in_grid: bool) -> Loop:
    """The loop of an event that ``org`` answers for.

    The lowest level of the tree (villages, communities) acts in the micro loop, the next (towns) in the small
    one, everything above in the large one; what lies in one grid starts in the grid's own loop.
    """
    node = city.orgs.get(org, city.root)
    levels = list(city.levels)
    height = len(levels) - 1 - levels.index(node.level)
    if in_grid and height == 0:
        return Loop.SELF
    return (Loop.MICRO, Loop.SMALL, Loop.LARGE)[min(height, 2)]
