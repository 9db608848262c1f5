"""Measures the city's tables at full size: how long they take to load, how long one point takes to route.

Makes a city of 1 city, 9 counties, 105 towns, 1,388 villages, with square grids and places, in a folder,
reads it as central does, and routes random points.

    python -m scripts.measure_routing --grids 20000 --places 100000
"""

import argparse
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from central.grid.city import load_city
from central.grid.locate import Locator
from central.grid.polygons import load_grids

_COUNTIES, _TOWNS, _VILLAGES = 9, 105, 1388
_WEST, _SOUTH, _STEP = 117.0, 30.0, 0.005


def write_city(folder: Path, grids: int, places: int, chance: random.Random) -> None:
    """Write ``city.json`` and ``grids.geojson``."""
    levels = [{"id": name, "name": _name(name)} for name in ("city", "county", "town", "village")]
    orgs: list[dict[str, Any]] = [{"id": "city", "level": "city", "name": _name("city")}]
    for level, above, count, parents in (
        ("county", "city", _COUNTIES, 0),
        ("town", "county", _TOWNS, _COUNTIES),
        ("village", "town", _VILLAGES, _TOWNS),
    ):
        for n in range(count):
            parent = f"{above}-{n % parents}" if parents else "city"
            orgs.append(
                {"id": f"{level}-{n}", "level": level, "parent": parent, "name": _name(f"{level} {n}")}
            )
    side = int(grids**0.5) + 1
    features = [_square(n, side) for n in range(grids)]
    spots = [
        {
            "id": f"place-{n}",
            "class": "road",
            "name": _name(f"place {n}"),
            "point": [_WEST + chance.random() * side * _STEP, _SOUTH + chance.random() * side * _STEP],
            "owner": f"village-{n % _VILLAGES}",
        }
        for n in range(places)
    ]
    city = {"version": "measured", "levels": levels, "orgs": orgs, "places": spots}
    (folder / "city.json").write_text(json.dumps(city, indent=0))
    (folder / "grids.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def _name(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def _square(number: int, side: int) -> dict[str, Any]:
    west, south = _WEST + number % side * _STEP, _SOUTH + number // side * _STEP
    east, north = west + _STEP, south + _STEP
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"id": f"grid-{number}", "org": f"village-{number % _VILLAGES}"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--grids", type=int, default=20_000)
    parser.add_argument("--places", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - a made-up city, no secret
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_city(folder, options.grids, options.places, chance)
        began = time.perf_counter()
        city = load_city(folder / "city.json")
        read = time.perf_counter()
        grids = load_grids(folder / "grids.geojson", city)
        drawn = time.perf_counter()
        locator = Locator(city, grids)
        ready = time.perf_counter()
    side = int(options.grids**0.5) + 1
    took = []
    for _ in range(options.points):
        point = _WEST + chance.random() * side * _STEP, _SOUTH + chance.random() * side * _STEP
        start = time.perf_counter()
        locator.at(*point)
        took.append(time.perf_counter() - start)
    p50, p99 = np.percentile(np.array(took) * 1000, [50, 99]).tolist()
    figures = {
        "grids": options.grids,
        "places": options.places,
        "city_s": round(read - began, 2),
        "grids_s": round(drawn - read, 2),
        "locate_all_s": round(ready - drawn, 2),
        "load_s": round(ready - began, 2),
        "route_ms": {"p50": round(p50, 4), "p99": round(p99, 4)},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
