"""What the API returns of the city: organisations, grids, places, the responsibility list."""

from typing import Any, Literal

from pydantic import Field

from central.events.responsibility import Limits, Source
from central.events.view import AreaView, View
from central.events.vocabulary import Colour
from central.names import Bilingual
from messages import PlaceClass


class OrgView(View):
    """An organisation of the tree."""

    id: str
    """Identifier."""
    name: Bilingual
    """What people call it."""
    level: AreaView
    """Its level, such as town."""
    parent: str | None
    """The one above; null for the root."""
    mine: bool
    """Whether it lies in the part of the city that the asking person sees."""


class OrgPage(View):
    """The whole tree: a directory, so that an event can be referred to any of them."""

    items: list[OrgView]
    """Parents before their children."""


class SpotView(View):
    """A place on the map."""

    id: str
    """Place id."""
    name: Bilingual
    """What people call it."""
    place_class: PlaceClass = Field(serialization_alias="class")
    """Class of key area."""
    point: tuple[float, float]
    """Longitude and latitude, WGS 84 degrees."""
    org: str
    """The org that answers."""
    grid: str | None
    """Its grid."""


class ClassView(View):
    """A class of key areas."""

    id: PlaceClass
    """Identifier."""
    name: Bilingual
    """What people call it."""


class SpotPage(View):
    """Every place that the asking person may see."""

    version: str
    """Edition of the city's tables."""
    classes: list[ClassView]
    """Every class with its name."""
    items: list[SpotView]
    """In the order of the city file."""


class GridFeatures(View):
    """Grids as GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"]
    """Always this."""
    features: list[dict[str, Any]]
    """Polygons; their properties are ``id``, ``org``, ``zh``, ``en``."""


class DutyView(View):
    """An item of the responsibility list."""

    number: int
    """Its number."""
    id: str
    """Stable identifier."""
    name: Bilingual
    """What people call it."""
    sources: list[Source]
    """How it comes to be known."""
    lead: list[Bilingual]
    """Departments, the leading one first."""
    limits: Limits
    """How fast."""
    closed_when: Bilingual
    """The closing standard."""
    colour: Colour
    """How grave by default."""


class DutyPage(View):
    """The responsibility list (责任清单)."""

    version: str
    """Edition."""
    items: list[DutyView]
    """By number."""
