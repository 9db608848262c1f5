"""config check on rules: what a camera lacks is said with its remedy; what its place brings is told."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from central.events.key_areas import load_key_areas
from edge.config import load_box
from edge.config_rules import REFUSED
from edge.place_defaults import load_rule_table
from messages import Kind, PlaceClass
from placewatch.cli.main import app
from placewatch.paths import shipped

BOX = """\
site: demo
box: box-1
places:
  - {id: lake, class: PLACE}
cameras:
  - id: cam-1
    url: rtsp://127.0.0.1:8554/one
    place: lake
    zones:
      - id: lawn
        polygon: [[0.1, 0.6], [0.9, 0.6], [0.9, 0.9], [0.1, 0.9]]
        ZONE
    lines:
      - {id: tape, points: [[0.1, 0.5], [0.9, 0.5]], LINE}
    CAMERA
    rules: [RULE]
"""
GROUND = (
    "ground: [{at: [0.1, 0.9], metres: [0, 0]}, {at: [0.9, 0.9], metres: [SCALE, 0]},"
    " {at: [0.6, 0.4], metres: [SCALE, 20]}, {at: [0.4, 0.4], metres: [0, 20]}]"
)


def write(
    folder: Path,
    *,
    rule: str = "",
    zone: str = "",
    camera: str = "",
    line: str = "",
    place: str = "park",
    box: str = "",
) -> Path:
    text = (
        BOX.replace("PLACE", place)
        .replace("RULE", rule)
        .replace("        ZONE\n", zone and f"        {zone}\n")
    )
    text = text.replace("    CAMERA\n", camera and f"    {camera}\n").replace(", LINE", line and f", {line}")
    if not rule:
        text = text.replace("    rules: []\n", "")
    text = text.replace("box: box-1\n", f"box: box-1\n{box}\n")
    file = folder / "box.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def check(file: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["config", "check", str(file)])
    return result.exit_code, result.stdout


CROWD = "{kind: crowd_density, zone: lawn, %s}"

FAULTS: dict[str, tuple[dict[str, str], str, str]] = {
    # what: (written, key, part of the message or fix)
    "unknown line": (
        {"rule": "{kind: line_crossing, line: tapes}"},
        "cameras[0].rules[0].line",
        "write 'tape'",
    ),
    "line without end": (
        {"line": "forbidden: left"},
        "cameras[0].lines[0].forbidden",
        "to_left",
    ),
    "line of no length": (
        {"camera": "# ", "line": "points: [[0.5, 0.5], [0.5, 0.505]]"},
        "cameras[0].lines[0].points",
        "given twice",
    ),
    "a zone where a line is needed": (
        {"rule": "{kind: line_crossing, zone: lawn}"},
        "cameras[0].rules[0].zone",
        "unknown key",
    ),
    "wrong_way about nothing": (
        {"rule": "{kind: wrong_way}"},
        "cameras[0].rules[0]",
        "either 'line:' or 'zone:'",
    ),
    "wrong_way without an arrow": (
        {"rule": "{kind: wrong_way, zone: lawn}"},
        "cameras[0].rules[0].zone",
        "give the zone an arrow",
    ),
    "crowd without a limit": ({"rule": CROWD % "hold_s: 5"}, "cameras[0].rules[0]", "'limit_per_m2:'"),
    "crowd with two limits": (
        {"rule": CROWD % "limit: 5, limit_per_m2: 1"},
        "cameras[0].rules[0]",
        "one limit",
    ),
    "density beyond what people survive": (
        {"rule": CROWD % "limit_per_m2: 20", "zone": "area_m2: 50"},
        "cameras[0].rules[0].limit_per_m2",
        "8",
    ),
    "hysteresis over one": (
        {"rule": CROWD % "limit: 5, hysteresis: 1.2"},
        "cameras[0].rules[0].hysteresis",
        "1",
    ),
    "density without an area": (
        {"rule": CROWD % "limit_per_m2: 2"},
        "cameras[0].rules[0].limit_per_m2",
        "give the zone's area_m2",
    ),
    "density of fewer than two": (
        {"rule": CROWD % "limit_per_m2: 0.1", "zone": "area_m2: 10"},
        "cameras[0].rules[0].limit_per_m2",
        "fewer than 2 persons",
    ),
    "density beyond the horizon": (
        {
            "rule": CROWD % "limit_per_m2: 2",
            "camera": GROUND.replace("SCALE", "10")
            .replace("0.4]", "0.75]")
            .replace("[0.6,", "[0.55,")
            .replace("[0.4, 0.75]", "[0.45, 0.75]"),
        },
        "cameras[0].rules[0].limit_per_m2",
        "horizon",
    ),
    "impossible area": (
        {"camera": GROUND.replace("SCALE", "5000").replace(" 20]", " 5000]")},
        "cameras[0].zones[0].polygon",
        "cannot be meant",
    ),
    "area of nothing": ({"zone": "area_m2: 0"}, "cameras[0].zones[0].area_m2", "0.5"),
    "ground of three points": (
        {"camera": "ground: [{at: [0.1, 0.9], metres: [0, 0]}]"},
        "cameras[0].ground",
        "must not be empty",
    ),
    "ground points on a line": (
        {"camera": GROUND.replace("SCALE", "0")},
        "cameras[0].ground",
        "on a line",
    ),
    "a crowd at a public office": (
        {"rule": CROWD % "limit: 50", "place": "public_office"},
        "cameras[0].rules[0].kind",
        "not allowed at a public_office",
    ),
    "a crowd at a public office, by name": (
        {"zone": "for: crowd_density, area_m2: 50".replace(", ", "\n        "), "place": "public_office"},
        "cameras[0].zones[0].for",
        "not allowed at a public_office",
    ),
    "a named crowd without an area": ({"zone": "for: crowd_density"}, "cameras[0].zones[0].for", "area_m2"),
    "a crowd on a line": ({"line": "for: crowd_density"}, "cameras[0].lines[0].for", "draw a zone"),
    "a crossing of a zone": ({"zone": "for: [line_crossing]"}, "cameras[0].zones[0].for[0]", "draw a line"),
    "unknown kind in for": (
        {"zone": "for: [water_egde]"},
        "cameras[0].zones[0].for[0]",
        "write 'water_edge'",
    ),
    "hours that are none": (
        {"rule": '{kind: water_edge, zone: lawn, hours: ["22-6"]}'},
        "cameras[0].rules[0].hours",
        "22:00-06:00",
    ),
    "a day that is none": (
        {"rule": '{kind: water_edge, zone: lawn, hours: ["monday 22:00-06:00"]}'},
        "cameras[0].rules[0].hours",
        "mon-fri",
    ),
    "holidays that nobody named": (
        {"rule": '{kind: water_edge, zone: lawn, hours: ["sat,sun,holiday 00:00-24:00"]}'},
        "cameras[0].rules[0].hours",
        "give the box its holidays",
    ),
    "armed all week, but on no holiday": (
        {
            "rule": '{kind: perimeter_intrusion, zone: lawn, armed: ["mon-sun 18:00-07:00"]}',
            "box": "holidays: [2026-10-01, 2027-01-01]",
        },
        "cameras[0].rules[0].armed",
        "holiday 00:00-24:00",
    ),
    "a hole after midnight": (
        {
            "rule": "{kind: perimeter_intrusion, zone: lawn,"
            ' armed: ["mon-fri 18:00-07:00", "sat,sun 00:00-24:00"]}'
        },
        "cameras[0].rules[0].armed",
        "none from 00:00 to 07:00 on mon after sun",
    ),
    "a year without holidays": (
        {"box": "holidays: [2026-10-01, 2028-01-01]"},
        "holidays",
        "no holiday in 2027",
    ),
    "armed twice": (
        {"rule": '{kind: perimeter_intrusion, zone: lawn, hours: ["22:00-06:00"], armed: ["22:00-06:00"]}'},
        "cameras[0].rules[0]",
        "keep one",
    ),
    "dwell of no time": (
        {"rule": "{kind: fire_lane_blocked, zone: lawn, dwell_s: 1}"},
        "cameras[0].rules[0].dwell_s",
        "2",
    ),
    "the same crossing twice": (
        {"rule": "{kind: line_crossing, line: tape}, {kind: line_crossing, line: tape}"},
        "cameras[0].rules[1].kind",
        "for line 'tape'",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_key_and_remedy(name: str, tmp_path: Path) -> None:
    written, key, part = FAULTS[name]
    file = write(tmp_path, **written)
    code, output = check(file)
    assert code == 2, output
    found = [line for line in output.splitlines() if f" {key}: " in line]
    assert found, output
    assert part in found[0], output
    number = int(found[0].removeprefix(f"{file}:").partition(":")[0])
    # a line of the camera, not of the file's head, unless that is what is wrong
    assert number >= (3 if key == "holidays" else 8), output


def test_a_line_and_a_zone_of_one_place_need_their_own_names(tmp_path: Path) -> None:
    file = write(tmp_path)
    file.write_text(file.read_text().replace("id: tape", "id: lawn"))
    code, output = check(file)
    assert code == 2
    assert "already drawn by camera 'cam-1' as a zone" in output


def test_a_model_without_the_classes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    manifest = (shipped("models") / "manifest.toml").read_text(encoding="utf-8")
    assert 'classes = "coco-80"' in manifest
    (folder / "manifest.toml").write_text(
        manifest.replace('classes = "coco-80"', 'classes = ["car", "bus"]', 1)
    )
    monkeypatch.setattr("edge.detect.manifest.shipped", lambda _name: folder)
    file = write(tmp_path, rule="{kind: water_edge, zone: lawn}, {kind: no_stopping, zone: lawn}")
    file.write_text("detector: {model: nanodet_m_416}\n" + file.read_text())
    code, output = check(file)
    assert code == 2
    assert len(output.splitlines()) == 1
    assert (
        "cameras[0].rules[0].kind: water_edge needs person, which model 'nanodet_m_416' does not find"
        in output
    )


@pytest.mark.parametrize(
    ("place", "written", "expected"),
    [
        ("park", {}, {("water_edge", "lawn"), ("abandoned_object", "lawn"), ("line_crossing", "tape")}),
        ("park", {"zone": "area_m2: 40"},
         {("crowd_density", "lawn"), ("water_edge", "lawn"), ("abandoned_object", "lawn"),
          ("line_crossing", "tape")}),
        ("park", {"zone": "for: [abandoned_object]"},
         {("abandoned_object", "lawn"), ("line_crossing", "tape")}),
        ("park", {"camera": GROUND.replace("SCALE", "10"), "zone": "for: [crowd_density]"},
         {("crowd_density", "lawn"), ("line_crossing", "tape")}),
        ("road", {}, {("stopped_vehicle", "lawn"), ("pedestrian_on_carriageway", "lawn"),
                      ("road_obstacle", "lawn"), ("wrong_way", "tape")}),
        ("road", {"zone": "arrow: [[0.2, 0.8], [0.8, 0.8]]", "line": "for: []"},
         {("stopped_vehicle", "lawn"), ("pedestrian_on_carriageway", "lawn"), ("road_obstacle", "lawn"),
          ("wrong_way", "lawn")}),
        ("mall", {"zone": "for: no_stopping", "line": "for: [wrong_way]"},
         {("no_stopping", "lawn"), ("wrong_way", "tape")}),
        ("school", {"rule": "{kind: water_edge, zone: lawn}"}, {("water_edge", "lawn")}),
        ("school", {"rule": "{kind: water_edge, zone: lawn}", "zone": "for: [no_stopping, water_edge]"},
         {("water_edge", "lawn"), ("no_stopping", "lawn")}),
    ],
)  # fmt: skip
def test_the_place_class_brings_rules(
    place: str, written: dict[str, str], expected: set[tuple[str, str]], tmp_path: Path
) -> None:
    (camera,) = load_box(write(tmp_path, place=place, **written)).cameras
    assert {(rule.kind.value, rule.target) for rule in camera.rules} == expected


def test_what_the_class_brings_is_told(tmp_path: Path) -> None:
    code, output = check(write(tmp_path))
    assert code == 0
    told = "lawn: water_edge, abandoned_object; tape: line_crossing"
    assert f"camera cam-1 watches, as its place is a park, {told}" in output


def test_the_parameters_are_those_of_the_table(tmp_path: Path) -> None:
    (camera,) = load_box(write(tmp_path, place="school")).cameras
    armed = next(rule for rule in camera.rules if rule.kind is Kind.PERIMETER_INTRUSION)
    assert armed.spans == ("mon-fri 00:00-06:30", "mon-fri 18:30-24:00", "sat,sun,holiday 00:00-24:00")


def test_the_table_can_be_the_citys_own(tmp_path: Path) -> None:
    table = tmp_path / "own.yaml"
    table.write_text("version: own\nby_class:\n  park: [{kind: no_stopping, dwell_s: 90}]\n")
    file = write(tmp_path, line="for: []")
    file.write_text("rule_table: own.yaml\n" + file.read_text())
    (camera,) = load_box(file).cameras
    assert [rule.kind for rule in camera.rules] == [Kind.NO_STOPPING]
    assert camera.rules[0].model_dump()["dwell_s"] == 90


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        ("{kind: no_stoping}", "no_stopping"),
        ("{kind: no_stopping, dwel_s: 3}", "dwel_s"),
        ("{kind: crowd_density}", "limit"),
        ("{kind: no_stopping}, {kind: no_stopping}", "second no_stopping"),
    ],
)
def test_faults_of_a_table(entry: str, part: str, tmp_path: Path) -> None:
    table = tmp_path / "rules.yaml"
    table.write_text(f"version: own\nby_class:\n  park: [{entry}]\n")
    code, output = check(table)
    assert code == 2
    assert f"{table}:3: by_class.park" in output
    assert part in output


def test_no_table_brings_a_crowd_rule_to_a_public_office(tmp_path: Path) -> None:
    table = tmp_path / "rules.yaml"
    table.write_text("version: own\nby_class:\n  public_office: [{kind: crowd_density, limit: 9}]\n")
    code, output = check(table)
    assert code == 2
    assert "by_class.public_office[0].kind: crowd_density is not allowed" in output


def test_both_sides_know_the_same_classes_and_kinds() -> None:
    edge_table = load_rule_table().by_class
    areas = load_key_areas(shipped("configs") / "key_areas.yaml").classes
    assert set(edge_table) == set(PlaceClass) == set(areas)
    for place_class, area in areas.items():
        assert [entry["kind"] for entry in edge_table[place_class]] == [
            rule.kind.value for rule in area.rules
        ]
        assert set(area.never) == set(REFUSED.get(place_class, ()))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{kind: no_stopping, zone: lawn, dwell_s: -3}", "was '-3'; allowed: from 2 to 86400"),
        ("{kind: camera_health, sharpness: 7}", "was '7'; allowed: more than 0 and less than 1"),
        (
            "{kind: no_stopping, zone: lawn, hours: {mon: 1}}",
            "hours: must be a list. Fix: write it as [a, b]",
        ),
    ],
)
def test_a_value_out_of_range_is_told_with_the_range(tmp_path: Path, rule: str, said: str) -> None:
    code, out = check(write(tmp_path, rule=rule))
    assert code == 2
    assert said in out.replace("\n", " ")


def test_the_range_of_a_value_that_may_be_left_out_is_told_too(tmp_path: Path) -> None:
    code, out = check(write(tmp_path, zone="area_m2: -4"))
    assert code == 2
    assert "allowed: more than 0.5 and at most 1000000" in out
