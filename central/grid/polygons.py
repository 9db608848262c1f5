"""Grid polygons out of GeoJSON (RFC 7946)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import shapely
from shapely import MultiPolygon, Polygon
from shapely.validation import explain_validity

from central.grid.city import City
from central.names import Bilingual, same
from messages.fields import Name, Text
from placewatch.errors import ConfigError, ConfigProblem

Position = list[float]
"""Longitude, latitude and, allowed but unused, altitude."""


class _Names(msgspec.Struct):
    zh: Text
    en: Text


class _Properties(msgspec.Struct):
    id: Name
    org: Name
    name: _Names | None = None


class _Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    coordinates: list[list[Position]]


class _MultiPolygon(msgspec.Struct, tag_field="type", tag="MultiPolygon"):
    coordinates: list[list[list[Position]]]


class _Feature(msgspec.Struct):
    type: Literal["Feature"]
    properties: _Properties
    geometry: _Polygon | _MultiPolygon


class _Collection(msgspec.Struct):
    type: Literal["FeatureCollection"]
    features: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class Grid:
    """The smallest area of the city's own service.

    Attributes:
        id: Unique in the city.
        org: The org that it belongs to.
        name: What people call it.
        shape: Longitude and latitude, WGS 84 degrees.
    """

    id: str
    org: str
    name: Bilingual
    shape: Polygon | MultiPolygon


def load_grids(path: Path, city: City) -> tuple[Grid, ...]:
    """Read and check grid polygons.

    Raises:
        ConfigError: The file is not GeoJSON, or a feature has a bad polygon, an unknown org or an id given
            twice; each problem names the feature's index.
    """
    try:
        collection = msgspec.json.decode(path.read_bytes(), type=_Collection)
    except OSError as error:
        problem = ConfigProblem(
            str(path), 0, "", f"cannot be read: {error.strerror}", "check the path and its rights"
        )
        raise ConfigError([problem]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        fix = "save it as a GeoJSON FeatureCollection"
        raise ConfigError([ConfigProblem(str(path), 0, "", f"not GeoJSON: {error}", fix)]) from error
    grids: list[Grid] = []
    problems: list[ConfigProblem] = []
    seen: dict[str, int] = {}
    for index, raw in enumerate(collection.features):
        found = _grid(str(path), index, raw, city)
        if isinstance(found, ConfigProblem):
            problems.append(found)
        elif found.id in seen:
            message = f"grid {found.id!r} is given twice, first as features[{seen[found.id]}]"
            problems.append(_problem(str(path), index, "properties.id", message, "rename one"))
        else:
            seen[found.id] = index
            grids.append(found)
    if problems:
        raise ConfigError(problems)
    return tuple(grids)


def _problem(file: str, index: int, key: str, message: str, fix: str) -> ConfigProblem:
    path = f"features[{index}].{key}" if key else f"features[{index}]"
    return ConfigProblem(file, 0, path, message, fix)


def _grid(file: str, index: int, raw: msgspec.Raw, city: City) -> Grid | ConfigProblem:
    try:
        feature = msgspec.json.decode(raw, type=_Feature)
    except msgspec.DecodeError as error:
        fix = "a feature needs properties.id, properties.org and a Polygon or MultiPolygon"
        return _problem(file, index, "", str(error), fix)
    properties = feature.properties
    if properties.org not in city.orgs:
        message = f"grid {properties.id!r} names an unknown org {properties.org!r}"
        return _problem(file, index, "properties.org", message, "use the id of one of the city file's orgs")
    try:
        shape = _shape(feature.geometry)
    except ValueError as error:
        fix = "rings are closed lists of [longitude, latitude] that do not cross"
        message = f"grid {properties.id!r} has a bad polygon: {error}"
        return _problem(file, index, "geometry.coordinates", message, fix)
    names = properties.name
    name = Bilingual(zh=names.zh or properties.id, en=names.en or properties.id) if names else None
    return Grid(properties.id, properties.org, name or same(properties.id), shape)


def _shape(geometry: _Polygon | _MultiPolygon) -> Polygon | MultiPolygon:
    parts = [geometry.coordinates] if isinstance(geometry, _Polygon) else geometry.coordinates
    for longitude, latitude in _positions(parts):
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
            msg = f"[{longitude:g}, {latitude:g}] is not [longitude, latitude]"
            raise ValueError(msg)
    polygons = [
        Polygon([p[:2] for p in part[0]], [[p[:2] for p in hole] for hole in part[1:]]) for part in parts
    ]
    shape = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
    if not shape.is_valid or shape.area == 0:
        raise ValueError(explain_validity(shape) if not shape.is_valid else "it has no area")
    shapely.prepare(shape)
    return shape


def _positions(parts: list[list[list[Position]]]) -> Iterator[tuple[float, float]]:
    if not parts or not all(parts):
        msg = "it has no ring"
        raise ValueError(msg)
    for part in parts:
        for ring in part:
            if len(ring) < 4 or ring[0] != ring[-1]:
                msg = f"a ring of {len(ring)} positions that is not closed" if ring else "an empty ring"
                raise ValueError(msg)
            for position in ring:
                if len(position) < 2:
                    msg = f"{position} is not a position"
                    raise ValueError(msg)
                yield position[0], position[1]
