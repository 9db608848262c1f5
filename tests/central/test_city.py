"""City files: every fault is named with its line, and places find their grid."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
import yaml
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from central.events.grading import Condition, Facts, GradeRule, Grading, grade, load_grading
from central.events.key_areas import load_key_areas
from central.events.responsibility import load_responsibility
from central.events.vocabulary import Colour
from central.grid.city import City, load_city
from central.grid.locate import Locator, Unmapped
from central.grid.polygons import Grid, load_grids
from central.names import same
from central.setup import Tables, load_central
from messages import Kind, PlaceClass
from placewatch.errors import ConfigError
from tests.central.conftest import CITY, DEMO
from tests.central.speech import at
from tests.parts import ROOT

GOOD = """\
version: "t"
levels:
  - {id: city, name: {zh: 市, en: city}}
  - {id: town, name: {zh: 镇, en: town}}
orgs:
  - {id: root, level: city, name: {zh: 根, en: root}}
  - {id: east, level: town, parent: root, name: {zh: 东, en: east}}
places:
  - {id: gate, class: school, name: {zh: 门, en: gate}, point: [117.0, 30.0], owner: east}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "city.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def problems(reader: Callable[[Path], object], file: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        reader(file)
    return [str(problem).replace(f"{file}:", "") for problem in caught.value.problems]


def test_a_sound_city(tmp_path: Path) -> None:
    city = load_city(written(tmp_path, GOOD))
    assert [org.id for org in city.chain("east")] == ["east", "root"]
    assert city.places["gate"].place_class is PlaceClass.SCHOOL


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("parent: root", "parent: roof", "7: orgs[1].parent: 'east' names an unknown parent 'roof'"),
        ("parent: root", "parent: east", "7: orgs[1].parent: 'east' is its own ancestor"),
        ("parent: root, ", "", "7: orgs[1]: 'east' has no parent, but the root is 'root'"),
        ("{id: root, level: city,", "{id: root, level: city, parent: east,", "5: orgs: no org is the root"),
        ("level: town", "level: hamlet", "7: orgs[1].level: unknown level 'hamlet'"),
        ("level: town", "level: city", "7: orgs[1].level: 'east' (city) lies under 'root' (city)"),
        ("id: east", "id: root", "7: orgs[1].id: 'root' is given twice, first on line 6"),
        ("owner: east", "owner: west", "9: places[0].owner: place 'gate' names an unknown owner 'west'"),
        ("class: school", "class: temple", "9: places[0].class:"),
        ("[117.0, 30.0]", "[30.0, 117.0]", "9: places[0].point[1]:"),
        ("zh: 门, ", "", "9: places[0].name.zh: missing"),
        ("id: gate", "id: a gate", "9: places[0].id:"),
    ],
)
def test_faults_of_a_city(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    found = problems(load_city, written(tmp_path, GOOD.replace(old, new, 1)))
    assert any(text.startswith(expected) for text in found), found


def test_all_faults_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("parent: root", "parent: roof").replace("owner: east", "owner: west")
    assert len(problems(load_city, written(tmp_path, text))) == 2


def feature(grid: str = "g", org: str = "station-square", **geometry: object) -> dict[str, Any]:
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    return {"type": "Feature", "properties": {"id": grid, "org": org}, "geometry": {**square, **geometry}}


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ([feature(), feature()], "features[1].properties.id: grid 'g' is given twice, first as features[0]"),
        ([feature(org="nobody")], "features[0].properties.org: grid 'g' names an unknown org 'nobody'"),
        ([feature(), {"type": "Feature"}], "features[1]: Object missing required field"),
        ([feature(type="Point", coordinates=[0, 0])], "features[0]: Invalid value 'Point'"),
        (
            [feature(coordinates=[])],
            "features[0].geometry.coordinates: grid 'g' has a bad polygon: it has no ring",
        ),
        (
            [feature(coordinates=[[[0, 0], [1, 0], [1, 1]]])],
            "features[0].geometry.coordinates: grid 'g' has a bad",
        ),
        (
            [feature(coordinates=[[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]])],
            "features[0].geometry.coordinates: grid 'g' has a bad polygon: Self-intersection",
        ),
        (
            [feature(coordinates=[[[30, 117], [31, 117], [31, 118], [30, 117]]])],
            "features[0].geometry.coordinates: grid 'g' has a bad polygon: [30, 117] is not",
        ),
        (
            [feature(coordinates=[[[0], [1], [2], [0]]])],
            "features[0].geometry.coordinates: grid 'g' has a bad",
        ),
    ],
)
def test_faults_of_grids(tmp_path: Path, tables: Tables, features: list[Any], expected: str) -> None:
    file = tmp_path / "grids.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = problems(lambda path: load_grids(path, tables.city), file)
    assert any(text.startswith(f"0: {expected}") for text in found), found


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"type":"Feature"}', "\xff"])
def test_not_geojson(tmp_path: Path, tables: Tables, text: str) -> None:
    file = tmp_path / "grids.geojson"
    file.write_bytes(text.encode("latin-1"))
    assert "not GeoJSON" in problems(lambda path: load_grids(path, tables.city), file)[0]


def test_a_point_on_a_border_belongs_to_the_owners_own_grid(tables: Tables) -> None:
    place = tables.city.places["ring-road"].model_copy(update={"point": (1.0, 0.5)})
    city = City(
        tables.city.version, tables.city.root, tables.city.levels, tables.city.orgs, {place.id: place}
    )
    left = Grid("left", "willow", same("left"), box(0, 0, 1, 1))
    right = Grid("right", "station-square", same("right"), box(1, 0, 3, 1))
    assert Locator(city, [left, right]).locate(place.id).grid == "right"
    assert Locator(city, [left]).locate(place.id).grid == "left"


@given(
    points=st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=20),
    size=st.integers(1, 5),
)
def test_the_index_agrees_with_a_plain_search(
    tables: Tables, points: list[tuple[float, float]], size: int
) -> None:
    shapes = [box(x, y, x + size, y + size) for x in range(0, 10, size + 1) for y in range(0, 10, size)]
    grids = [Grid(f"g{n}", "willow", same(f"g{n}"), shape) for n, shape in enumerate(shapes)]
    template = tables.city.places["ring-road"]
    places = {f"p{n}": template.model_copy(update={"id": f"p{n}", "point": p}) for n, p in enumerate(points)}
    city = City(tables.city.version, tables.city.root, tables.city.levels, tables.city.orgs, places)
    locator = Locator(city, grids)
    for place in places.values():
        covering = {grid.id for grid in grids if shapely.intersects(grid.shape, Point(place.point))}
        found = locator.locate(place.id)
        assert found.grid in covering if covering else found.unmapped is Unmapped.NO_GRID


def test_a_large_city_is_located_in_time(tables: Tables) -> None:
    """20,000 grids and 20,000 places; the issue of the full size allows ten seconds for 100,000."""
    grids = [
        Grid(f"g{x}-{y}", "willow", same("g"), box(x, y, x + 1, y + 1))
        for x in range(200)
        for y in range(100)
    ]
    template = tables.city.places["ring-road"]
    places = {
        f"p{n}": template.model_copy(update={"id": f"p{n}", "point": (n % 200 + 0.5, n // 200 + 0.5)})
        for n in range(20_000)
    }
    city = City(tables.city.version, tables.city.root, tables.city.levels, tables.city.orgs, places)
    begin = time.perf_counter()
    locator = Locator(city, grids)
    assert time.perf_counter() - begin < 10
    assert locator.locate("p205").grid == "g5-1"


def shipped(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "configs" / name).read_text(encoding="utf-8"))
    return document


def dumped(folder: Path, document: dict[str, Any]) -> Path:
    file = folder / "table.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return file


def test_the_shipped_list_has_the_22_items() -> None:
    table = load_responsibility(ROOT / "configs" / "responsibility.yaml")
    assert sorted(table.by_number) == list(range(1, 23))
    assert table.by_kind[Kind.NO_STOPPING].number == 13
    assert table.by_kind[Kind.PERIMETER_INTRUSION].colour is Colour.YELLOW


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["items"][12].update(kinds=[]), "no item takes the kind no_stopping"),
        (lambda d: d["items"][0].update(kinds=["no_stopping"]), "no_stopping already belongs to item 1"),
        (lambda d: d["items"][0].update(lead=["navy"]), "unknown department 'navy'"),
        (lambda d: d["items"][1].update(number=1), "number 1 is given twice"),
        (lambda d: d["items"][1]["limits"].update(accept="5 min"), "'5 min' is not a time limit"),
        (lambda d: d["kind_names"].pop("water_edge"), "the kind water_edge has no name"),
        (lambda d: d["items"][1].update(colour="pink"), "items[1].colour:"),
    ],
)
def test_faults_of_a_list(tmp_path: Path, change: Callable[[dict[str, Any]], Any], expected: str) -> None:
    document = shipped("responsibility.yaml")
    change(document)
    assert expected in "\n".join(problems(load_responsibility, dumped(tmp_path, document)))


def test_faults_of_key_areas(tmp_path: Path) -> None:
    document = shipped("key_areas.yaml")
    del document["classes"]["road"]
    document["classes"]["mall"]["never"] = ["crowd_density"]
    found = problems(load_key_areas, dumped(tmp_path, document))
    assert ["the class road is missing" in found[0], "crowd_density is both" in found[1]] == [True, True]


def test_faults_of_grading(tmp_path: Path) -> None:
    document = shipped("grading.yaml")
    document["rules"][0]["id"] = document["rules"][1]["id"]
    assert "is taken" in problems(load_grading, dumped(tmp_path, document))[0]
    document["rules"][0]["when"]["lasting"] = "2wd"
    assert "counts working time" in problems(load_grading, dumped(tmp_path, document))[0]


def facts(**values: object) -> Facts:
    plain: dict[str, Any] = {
        "kind": Kind.NO_STOPPING,
        "place_class": PlaceClass.ROAD,
        "began": at(0),
        "lasted_s": 0.0,
        "peak_ratio": 0.0,
        "episodes": 1,
    }
    return Facts(**{**plain, **values})


@pytest.mark.parametrize(
    ("given_facts", "colour", "rule"),
    [
        (facts(), "blue", "default"),
        (facts(lasted_s=3599), "blue", "default"),
        (facts(lasted_s=3600), "yellow", "stopping-for-long"),
        (facts(episodes=5), "yellow", "stopping-again-and-again"),
        (facts(kind=Kind.CROWD_DENSITY, peak_ratio=1.49), "yellow", "default"),
        (facts(kind=Kind.CROWD_DENSITY, peak_ratio=1.5), "red", "crowd-far-over-limit"),
        (facts(kind=Kind.ABANDONED_OBJECT), "yellow", "default"),
        (
            facts(kind=Kind.ABANDONED_OBJECT, place_class=PlaceClass.TRANSPORT_HUB),
            "red",
            "object-left-at-a-hub",
        ),
        (facts(kind=Kind.CAMERA_HEALTH), "blue", "default"),
        (
            facts(kind=Kind.CAMERA_HEALTH, place_class=PlaceClass.SCHOOL),
            "yellow",
            "camera-of-a-critical-place",
        ),
        (facts(kind=Kind.PERIMETER_INTRUSION, place_class=PlaceClass.UTILITY), "yellow", "default"),
        (
            facts(kind=Kind.PERIMETER_INTRUSION, place_class=PlaceClass.UTILITY, began=at(10 * 3600)),
            "red",
            "intrusion-at-a-utility-by-night",
        ),
    ],
)
def test_shipped_grading(tables: Tables, given_facts: Facts, colour: str, rule: str) -> None:
    default = tables.responsibility.by_kind[Kind(given_facts.kind)].colour
    found = grade(given_facts, default, tables.grading, tables.zone)
    assert (found.colour, found.rule) == (colour, rule)


def test_a_rule_never_lowers(tables: Tables) -> None:
    rule = GradeRule(id="calm", when=Condition(), colour=Colour.BLUE, reason=same("calm"))
    grading = Grading(
        version="t", colours=tables.grading.colours, default_reason=same("default"), rules=(rule,)
    )
    assert grade(facts(), Colour.RED, grading, tables.zone).colour is Colour.RED


def test_all_files_are_read_before_the_first_complaint(tmp_path: Path) -> None:
    (tmp_path / "city.yaml").write_text("version: 1", encoding="utf-8")
    (tmp_path / "grading.yaml").write_text("{}", encoding="utf-8")
    config = tmp_path / "central.yaml"
    config.write_text("grading: grading.yaml\n")
    with pytest.raises(ConfigError) as caught:
        load_central(config)
    assert {Path(problem.file).name for problem in caught.value.problems} == {"city.yaml", "grading.yaml"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("database: mysql://x/y", "1: database: database mysql is not served"),
        ("database: nonsense", "1: database: not a database address"),
        ("database: 'sqlite://'", "1: database: SQLite needs a file"),
        ("timezone: Mars/Olympus", "1: timezone: 'Mars/Olympus' is not a time zone"),
        ("broker: {prot: 1}", "1: broker.prot: unknown key"),
        ("http: {port: 99999}", "1: http.port:"),
    ],
)
def test_faults_of_the_configuration(tmp_path: Path, line: str, expected: str) -> None:
    file = tmp_path / "central.yaml"
    file.write_text(line)
    found = problems(load_central, file)
    assert any(text.lower().startswith(expected.lower()) for text in found), found


@pytest.mark.parametrize("folder", [CITY, DEMO])
def test_shipped_cities_are_sound(folder: Path) -> None:
    city = load_city(folder / "city.yaml")
    locator = Locator(city, load_grids(folder / "grids.geojson", city))
    assert any(locator.locate(place).grid for place in city.places)
