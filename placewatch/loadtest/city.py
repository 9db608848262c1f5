"""An invented city of any size: an org tree of the usual shape, places, and a grid around each.

One city, its counties, towns and villages; a place for each box of 16 cameras.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from messages import PlaceClass

CAMERAS_PER_BOX = 16
_SIDE = 0.004
_ORIGIN = (117.0, 30.0)


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the city is.

    Attributes:
        places: Watched places.
        counties: Second level.
        towns: Third level.
        villages: Fourth level.
    """

    places: int
    counties: int
    towns: int
    villages: int


def shape_for(cameras: int) -> Shape:
    """A city for so many cameras; with 100,000 of them 9 counties, 105 towns and 1,388 villages."""
    places = max(1, -(-cameras // CAMERAS_PER_BOX))
    share = min(1.0, places / 6250)
    return Shape(
        places=places,
        counties=max(1, round(9 * share)),
        towns=max(1, round(105 * share)),
        villages=max(1, round(1388 * share)),
    )


def place_id(number: int) -> str:
    """Id of the place of box ``number``."""
    return f"place-{number:05d}"


def place_class(number: int) -> PlaceClass:
    """Its class: the twelve in turn."""
    classes = tuple(PlaceClass)
    return classes[number % len(classes)]


def write_city(folder: Path, shape: Shape) -> tuple[Path, Path]:
    """Write ``city.yaml`` and ``grids.geojson`` into ``folder``; their paths."""
    city, grids = folder / "city.yaml", folder / "grids.geojson"
    city.write_text("\n".join(_city(shape)) + "\n", encoding="utf-8")
    collection = {"type": "FeatureCollection", "features": list(_grids(shape))}
    grids.write_text(json.dumps(collection, ensure_ascii=False), encoding="utf-8")
    return city, grids


def _city(shape: Shape) -> Iterator[str]:
    yield 'version: "load-1"'
    yield "levels:"
    for level, zh in (("city", "市"), ("county", "区县"), ("town", "街道乡镇"), ("village", "社区村")):
        yield f"  - {{id: {level}, name: {{zh: {zh}, en: {level}}}}}"
    yield "orgs:"
    yield "  - {id: city, level: city, name: {zh: 压测市, en: Load City}}"
    for number in range(shape.counties):
        yield _org("county", "区", number, "city")
    for number in range(shape.towns):
        yield _org("town", "街道", number, f"county-{number % shape.counties}")
    for number in range(shape.villages):
        yield _org("village", "社区", number, f"town-{number % shape.towns}")
    yield "places:"
    for number in range(shape.places):
        lon, lat = _point(number)
        name = f"{{zh: 重点部位{number}, en: Place {number}}}"
        yield (
            f"  - {{id: {place_id(number)}, class: {place_class(number)}, name: {name},"
            f" point: [{lon:.6f}, {lat:.6f}], owner: village-{number % shape.villages}}}"
        )


def _org(level: str, zh: str, number: int, parent: str) -> str:
    name = f"{{zh: 第{number + 1}{zh}, en: {level.title()} {number + 1}}}"
    return f"  - {{id: {level}-{number}, level: {level}, parent: {parent}, name: {name}}}"


def _point(number: int) -> tuple[float, float]:
    row, column = divmod(number, 200)
    return _ORIGIN[0] + (column + 0.5) * _SIDE, _ORIGIN[1] + (row + 0.5) * _SIDE


def _grids(shape: Shape) -> Iterator[dict[str, object]]:
    half = _SIDE / 2
    for number in range(shape.places):
        lon, lat = _point(number)
        corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
        ring = [[round(lon + half * x, 6), round(lat + half * y, 6)] for x, y in corners]
        yield {
            "type": "Feature",
            "properties": {
                "id": f"grid-{number:05d}",
                "org": f"village-{number % shape.villages}",
                "name": {"zh": f"网格{number}", "en": f"Grid {number}"},
            },
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
