"""What the API returns of where and when events begin."""

from datetime import datetime

from pydantic import Field

from central.api.schemas_figures import Stretch
from central.events.view import AreaView, View


class HeatQuery(Stretch):
    """Which part of the city, over which stretch of time; of which kind, in which hour of the day."""

    kind: str | None = Field(None, max_length=200)
    """Only events of this kind."""
    hour: int | None = Field(None, ge=0, le=23)
    """Only events that began in this hour of the city's day."""


class HeatCell(View):
    """A cell of the map, some 100 m wide."""

    point: tuple[float, float]
    """Its centre: longitude and latitude, degrees."""
    events: int
    """How many events began there."""


class HeatKind(View):
    """Events of a kind."""

    kind: AreaView
    """Which."""
    events: int
    """How many, in the hour asked for."""


class HeatView(View):
    """Where and when events began."""

    since: datetime
    """From then on."""
    until: datetime
    """Before then."""
    timezone: str
    """Whose hours: the city's."""
    events: int
    """Of the kind and hour asked for: those of all cells, and those elsewhere."""
    elsewhere: int
    """Those that lie nowhere on the map, such as reports with an address alone."""
    cells: list[HeatCell]
    """Where they began, the most first."""
    kinds: list[HeatKind]
    """All kinds in the hour asked for, the most first."""
    hours: list[int]
    """Events of the kind asked for, in each of the 24 hours of the day."""
