"""Truth files: what they say, what is due, and how faults in them are told."""

from pathlib import Path

import pytest

from messages import Fault, Kind
from placewatch.errors import ConfigError, UsageError
from placewatch.eval.expect import dues_of
from placewatch.eval.truth import Truth, load_folder, load_truth
from tests.parts import ROOT

GOOD = """\
clip: gate.mp4
tolerance_s: 1.5
place: {id: gate, class: school}
camera:
  zones:
    - {id: lane, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 1.0]]}
  lines:
    - {id: in, points: [[0.1, 0.6], [0.9, 0.6]]}
  rules:
    - {kind: no_stopping, zone: lane, dwell_s: 10, clear_s: 3, rejoin_s: 4}
    - {kind: line_crossing, line: in}
    - {kind: abandoned_object, zone: lane, dwell_s: 10, away_s: 15}
    - {kind: crowd_density, zone: lane, limit: 4, hold_s: 6}
events:
  - {kind: no_stopping, zone: lane, opened: 4, closed: 30}
"""


def write(folder: Path, text: str, name: str = "gate.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def truth(folder: Path, *events: str) -> Truth:
    head = GOOD.partition("events:")[0]
    listed = "".join(f"  - {{{event}}}\n" for event in events)
    return load_truth(write(folder, f"{head}events:\n{listed}"))


def test_a_good_file(tmp_path: Path) -> None:
    found = load_truth(write(tmp_path, GOOD))
    assert found.name == "gate"
    assert found.camera.place == "gate"
    assert found.config.place_of(found.camera).place_class == "school"
    assert found.start == 1767225600.0


def test_the_clip_may_begin_at_a_local_time(tmp_path: Path) -> None:
    text = GOOD.replace("tolerance_s", "start: 2026-03-01T22:00:00\ntimezone: Asia/Shanghai\ntolerance_s")
    assert load_truth(write(tmp_path, text)).start == 1772373600.0


@pytest.mark.parametrize(
    ("before", "after", "line", "key", "words"),
    [
        ("no_stopping, zone: lane, o", "no_stoping, zone: lane, o", 15, "events[0].kind", "no_stopping"),
        ("opened: 4", "opened: 40", 15, "events[0]", "before opened"),
        ("opened: 4, ", "", 15, "events[0].opened", "missing"),
        ("zone: lane, opened", "opened", 15, "events[0]", "zone"),
        ("zone: lane, opened", "zone: lain, opened", 15, "events[0].zone", "lane"),
        ("no_stopping, zone: lane, o", "water_edge, zone: lane, o", 15, "events[0].zone", "no rule"),
        ("closed: 30", "closed: 30, fault: dark", 15, "events[0]", "camera_health"),
        ("class: school", "class: scool", 3, "place.class", "school"),
        ("lane, dwell_s: 10, clear", "lain, dwell_s: 10, clear", 10, "camera.rules[0].zone", "lane"),
        (", [0.9, 0.5], [0.9, 1.0]]", ", [0.9, 0.5]]", 6, "camera.zones[0].polygon", "3 points"),
        ("clip: gate.mp4\n", "", 1, "clip", "missing"),
        ("tolerance_s: 1.5", "tolerance_s: 0", 2, "tolerance_s", "greater than 0"),
        ("tolerance_s: 1.5", "tolerance_s: 1.5\ncolour: red", 3, "colour", "unknown key"),
    ],
)  # fmt: skip
def test_faults_are_told_with_their_line(
    tmp_path: Path, before: str, after: str, line: int, key: str, words: str
) -> None:
    assert before in GOOD
    path = write(tmp_path, GOOD.replace(before, after))
    with pytest.raises(ConfigError) as caught:
        load_truth(path)
    first = caught.value.problems[0]
    assert (first.file, first.line, first.path) == (str(path), line, key), str(first)
    assert words in str(first)


def test_all_faults_of_all_files_at_once(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("opened: 4", "opened: x").replace("class: school", "class: scool"), "a.yaml")
    write(tmp_path, "clip: 3", "b.yaml")
    write(tmp_path, GOOD, "c.yaml")
    with pytest.raises(ConfigError) as caught:
        load_folder(tmp_path)
    files = [Path(problem.file).name for problem in caught.value.problems]
    assert files.count("a.yaml") == 2
    assert files.count("b.yaml") >= 2
    assert "c.yaml" not in files


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no truth file"):
        load_folder(tmp_path)
    with pytest.raises(UsageError, match="no such folder"):
        load_folder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["kind: no_stopping, zone: lane, opened: 4, closed: 30"], [(4, 30, 14)]),
        (["kind: no_stopping, zone: lane, opened: 4"], [(4, 100, 14)]),
        (["kind: no_stopping, zone: lane, opened: 4, due: 20"], [(4, 100, 20)]),
        (["kind: no_stopping, zone: lane, opened: 4, closed: 9"], []),
        (["kind: no_stopping, zone: lane, opened: 95"], []),
        (
            [
                "kind: no_stopping, zone: lane, opened: 4, closed: 30",
                "kind: no_stopping, zone: lane, opened: 36, closed: 50",
            ],
            [(4, 50, 14)],
        ),
        (["kind: line_crossing, zone: in, opened: 7"], [(7, 7, 7)]),
        (["kind: abandoned_object, zone: lane, opened: 20"], [(20, 100, 35)]),
        (["kind: crowd_density, zone: lane, opened: 20, closed: 60"], [(20, 60, 26)]),
        (["kind: camera_health, opened: 20, fault: covered"], [(20, 100, 24)]),
        (["kind: camera_health, opened: 20, fault: frozen"], [(20, 100, 26)]),
        (
            [
                "kind: line_crossing, zone: in, opened: 70",
                "kind: no_stopping, zone: lane, opened: 4, closed: 30",
            ],
            [(4, 30, 14), (70, 70, 70)],
        ),
    ],
)
def test_what_is_due(tmp_path: Path, events: list[str], expected: list[tuple[float, float, float]]) -> None:
    found = dues_of(truth(tmp_path, *events), 100.0)
    assert [(due.opened, due.closed, due.due) for due in found] == expected


def test_what_an_event_says_goes_with_it(tmp_path: Path) -> None:
    one, two = dues_of(
        truth(
            tmp_path,
            "kind: camera_health, opened: 1, fault: dark, tolerance_s: 9, note: hand",
            "kind: line_crossing, zone: in, opened: 50, optional: true",
        ),
        100.0,
    )
    assert (one.fault, one.tolerance_s, one.note, one.zone) == (Fault.DARK, 9, "hand", None)
    assert (two.optional, two.tolerance_s, two.kind) == (True, 1.5, Kind.LINE_CROSSING)


def test_the_projects_own_truth_is_sound() -> None:
    found = load_folder(ROOT / "tests" / "truth")
    assert {each.name for each in found} >= {"car-detection", "one-by-one", "vtest"}
    for each in found:
        assert each.spec.about, each.name
