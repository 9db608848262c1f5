"""Names, units and what is drawn on a camera's picture: points, zones, lines."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator
from shapely import Polygon
from shapely.validation import explain_validity

from messages import Kind
from placewatch.config import Settings

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Unit:
    """Unit of a field, for the documentation; goes into ``Annotated``."""

    name: str


def check_name(value: str) -> str:
    """``value`` if it is safe as a topic level and a file name.

    Raises:
        ValueError: It is not.
    """
    if not _NAME.match(value):
        msg = f"{value!r} is not a name | use 1 to 64 of A-Z a-z 0-9 _ . -, beginning with a letter or digit"
        raise ValueError(msg)
    return value


def _inside(point: tuple[float, float]) -> tuple[float, float]:
    x, y = point
    if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
        msg = f"point [{x:g}, {y:g}] lies outside the picture | coordinates are fractions from 0 to 1"
        raise ValueError(msg)
    return point


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Name = Annotated[str, Field(min_length=1)]
Point = Annotated[tuple[float, float], AfterValidator(_inside)]
"""Normalised picture coordinates: x to the right, y down, (0, 0) top left, (1, 1) bottom right."""

Stretch = tuple[Point, Point]
"""From a point to a point."""

Kinds = Annotated[tuple[Kind, ...], BeforeValidator(_listed)]
"""One kind, or several."""

SHORTEST = 0.01
"""Least length of a line or arrow, in fractions of the picture."""


def _long_enough(ends: Stretch) -> Stretch:
    (x1, y1), (x2, y2) = ends
    if max(abs(x1 - x2), abs(y1 - y2)) < SHORTEST:
        msg = f"its two points are the same, or nearly | at least {SHORTEST:g} of the picture apart"
        raise ValueError(msg)
    return ends


def check_polygon(points: tuple[Point, ...]) -> tuple[Point, ...]:
    """``points`` if they are the corners of a simple polygon.

    Raises:
        ValueError: They are not.
    """
    if len(points) < 3:
        msg = f"a zone needs at least 3 points, this has {len(points)} | add corners in order"
        raise ValueError(msg)
    shape = Polygon(points)
    if not shape.is_valid or shape.area < 1e-6:
        why = explain_validity(shape) if not shape.is_valid else "it has no area"
        msg = f"not a simple polygon: {why} | give the corners in order, without crossing lines"
        raise ValueError(msg)
    return points


class Zone(Settings):
    """An area of the picture."""

    id: Name
    """Unique within the place."""
    polygon: tuple[Point, ...]
    """Three or more corners, normalised: [[0.1, 0.5], [0.9, 0.5], [0.9, 1.0]]."""
    watch_for: Kinds | None = Field(None, alias="for")
    """Kinds to watch for with the defaults of the place's class; a camera with no `rules:` whose zones do not
    say gets all that its class brings."""
    arrow: Annotated[Stretch, AfterValidator(_long_enough)] | None = None
    """Where traffic in the zone goes, from a point to a point; wrong_way needs it."""
    area_m2: Annotated[float, Field(gt=0.5, le=1e6), Unit("m2")] | None = None
    """Ground area, measured on site; without it the camera's `ground:` gives it."""

    _check = field_validator("id")(check_name)
    _sound = field_validator("polygon")(check_polygon)


class Line(Settings):
    """A line across the picture that must not be crossed, or only one way."""

    id: Name
    """Unique within the place, among zones too: alerts name it as their zone."""
    points: Annotated[Stretch, AfterValidator(_long_enough)]
    """Its two ends, normalised: [[0.1, 0.6], [0.9, 0.6]]."""
    forbidden: Literal["to_left", "to_right", "both"] = "both"
    """Direction that raises an alert, for someone who stands on the first point and looks at the second, as
    the picture shows it."""
    watch_for: Kinds | None = Field(None, alias="for")
    """Kinds to watch for with the defaults of the place's class."""

    _check = field_validator("id")(check_name)


class NuisanceArea(Settings):
    """A place of the picture that always moves and never is anything: a tree, a flag, a burnt-in clock.

    Motion there does not wake the camera unless it is larger than usual; now and then it is looked at anyway.
    """

    polygon: tuple[Point, ...]
    """Three or more corners, normalised."""
    usual: float = Field(0.02, gt=0, le=1)
    """Share of the picture that usually moves there."""

    _check = field_validator("polygon")(check_polygon)


class GroundPoint(Settings):
    """A point of the picture and where it lies on the ground."""

    at: Point
    """In the picture, normalised."""
    metres: tuple[Annotated[float, Field(ge=-1e5, le=1e5)], Annotated[float, Field(ge=-1e5, le=1e5)]]
    """On the ground: any origin and direction, as long as all points share them."""
