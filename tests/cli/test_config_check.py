import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.config import load_box
from placewatch.cli.main import app
from placewatch.errors import ConfigError
from placewatch.paths import shipped

GOOD = """\
site: demo
box: box-1
places:
  - {id: lake, class: park}
cameras:
  - id: cam-1
    url: rtsp://127.0.0.1:8554/one
    place: lake
    zones:
      - id: lawn
        polygon: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]
    rules:
      - kind: perimeter_intrusion
        zone: lawn
"""

BAD: Mapping[str, tuple[str, str, int, str, str]] = {
    # what: (written, instead, line, key, part of the message or fix)
    "two points": (
        "[[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]",
        "[[0.1, 0.1], [0.9, 0.1]]",
        11,
        "cameras[0].zones[0].polygon",
        "at least 3 points",
    ),
    "outside the picture": (
        "[0.9, 0.9]]",
        "[0.9, 1.9]]",
        11,
        "cameras[0].zones[0].polygon[2]",
        "outside the picture",
    ),
    "crossing": (
        "[[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]",
        "[[0, 0], [1, 1], [1, 0], [0, 1]]",
        11,
        "cameras[0].zones[0].polygon",
        "without crossing lines",
    ),
    "no area": (
        "[[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]",
        "[[0, 0], [1, 1], [0.5, 0.5]]",
        11,
        "cameras[0].zones[0].polygon",
        "not a simple polygon",
    ),
    "unknown place": ("place: lake", "place: laek", 8, "cameras[0].place", "write 'lake'"),
    "unknown zone": ("zone: lawn", "zone: roof", 14, "cameras[0].rules[0].zone", "one of: lawn"),
    "unknown kind": (
        "kind: perimeter_intrusion",
        "kind: perimeter_intrusoin",
        13,
        "cameras[0].rules[0].kind",
        "write 'perimeter_intrusion'",
    ),
    "unknown class": ("class: park", "class: parck", 4, "places[0].class", "write 'park'"),
    "unknown key": ("    place: lake", "    plce: lake", 8, "cameras[0].plce", "write 'place'"),
    "unknown key of a rule": (
        "zone: lawn",
        "zone: lawn\n        dwel_s: 3",
        15,
        "cameras[0].rules[0].dwel_s",
        "write 'dwell_s'",
    ),
    "key twice": ("box: box-1", "box: box-1\nbox: box-2", 3, "box", "given twice"),
    "place twice": (
        "  - {id: lake, class: park}",
        "  - {id: lake, class: park}\n  - {id: lake, class: mall}",
        5,
        "places[1].id",
        "first on line 4",
    ),
    "bad port": ("places:", "broker: {port: 70000}\nplaces:", 3, "broker.port", "65535"),
    "bad time zone": ("places:", "timezone: Mars/Base\nplaces:", 3, "timezone", "Asia/Shanghai"),
    "unset variable": (
        "rtsp://127.0.0.1",
        "rtsp://u:${NO_SUCH_VARIABLE}@127.0.0.1",
        7,
        "cameras[0].url",
        "export NO_SUCH_VARIABLE=",
    ),
    "name of two levels": ("box: box-1", "box: a/b", 2, "box", "is not a name"),
    "number as a name": ("box: box-1", "box: 12", 2, "box", 'put it in quotes, as in "12"'),
    "scheme": ("rtsp://", "http://", 7, "cameras[0].url", "use rtsp://"),
    "hours": (
        "zone: lawn",
        "zone: lawn\n        armed: ['22-6']",
        15,
        "cameras[0].rules[0].armed",
        '"22:00-06:00"',
    ),
    "no cameras": (GOOD[GOOD.index("cameras:") :], "cameras: []\n", 5, "cameras", "must not be empty"),
    "bad date": ("box: box-1", "box: 2020-99-99", 2, "box", "put it in quotes"),
}


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["config", "check", *map(str, arguments)])
    return result.exit_code, result.stdout


def test_shipped_files_are_good() -> None:
    configs = shipped("configs")
    files = sorted([*configs.rglob("*.yaml"), *configs.rglob("*.geojson")])
    assert len(files) >= 5
    code, output = run(*files)
    assert code == 0, output
    assert output.count(": good: ") == len(files)


@pytest.mark.parametrize("name", BAD)
def test_fault_is_named_with_line_key_and_fix(name: str, tmp_path: Path) -> None:
    written, instead, line, key, part = BAD[name]
    assert written in GOOD
    file = tmp_path / "box.yaml"
    file.write_text(GOOD.replace(written, instead, 1))
    code, output = run(file)
    assert code == 2
    found = [text for text in output.splitlines() if text.startswith(f"{file}:{line}: {key}: ")]
    assert found, output
    assert part in found[0]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "empty"),
        (b"# only a remark\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe", "not a text file"),
        (b"a: \x01\x02", "not a text file"),
        (b"just words", "not a mapping"),
        (b"- a\n- b\n", "not a mapping"),
        (b"site: [1, 2\nbox: }", "not valid YAML"),
        (b"a: &a [*a]", "anchors"),
        (b"[" * 20000, "nested too deeply"),
        (b"something: else\nelsewhere: more\n", "none of the files"),
    ],
)
def test_file_that_is_no_configuration(content: bytes, part: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    code, output = run(file)
    assert code == 2
    assert len(output.splitlines()) == 1
    assert part in output


def test_all_faults_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    file = tmp_path / "box.yaml"
    file.write_text(
        GOOD.replace("place: lake", "place: sea").replace("box: box-1", "box: a/b").replace("0.9]]", "9]]")
    )
    with pytest.raises(ConfigError) as raised:
        load_box(file)
    assert [problem.path for problem in raised.value.problems] == [
        "box",
        "cameras[0].place",
        "cameras[0].zones[0].polygon[2]",
    ]


def test_password_is_never_repeated(tmp_path: Path) -> None:
    file = tmp_path / "box.yaml"
    text = GOOD.replace("places:", "broker: {password: 4711}\nplaces:").replace(
        "rtsp://127", "http://u:hush@127"
    )
    file.write_text(text)
    code, output = run(file)
    assert code == 2
    assert "4711" not in output
    assert "hush" not in output


def test_json_for_programs(tmp_path: Path) -> None:
    file = tmp_path / "box.yaml"
    file.write_text(GOOD.replace("place: lake", "place: sea"))
    code, output = run(file, "--json")
    found = json.loads(output)
    assert code == 2
    assert (found["ok"], found["form"]) == (False, "box")
    assert found["problems"][0] | {"file": ""} == {
        "file": "",
        "line": 8,
        "path": "cameras[0].place",
        "message": "unknown place 'sea'",
        "fix": "one of: lake",
    }


def test_form_can_be_named(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("{}\n")
    assert "unknown" not in run(file, "--as", "box")[1]
    code, output = run(file, "--as", "bx")
    assert code == 2
    assert "one of: box, central" in output
