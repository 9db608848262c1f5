"""``placewatch bench edge`` with the real box, model and camera server, on small clips."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from placewatch.bench.box.children import BenchError, measured
from placewatch.bench.box.recordings import begun_at, read_recording, read_sets
from placewatch.bench.clips import draw
from placewatch.cli.main import app
from placewatch.errors import PlacewatchError, UsageError
from tests.parts import ROOT

pytestmark = pytest.mark.slow  # begins first

RUN_KEYS = {
    *("set", "via", "cameras", "cpu_s_per_camera_s", "cameras_per_core", "latency_s", "packets_dropped"),
    *("frames_detected", "rss_mb_per_camera", "event_recall", "event_precision", "detail"),
}


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("footage")
    (folder / "busy").mkdir()
    draw(folder / "busy" / "yard.mp4", 240, seconds=6)
    return folder


def test_a_recording_begins_anywhere_and_loses_nothing(footage: Path, tmp_path: Path) -> None:
    recording = read_recording(footage / "busy" / "yard.mp4")
    assert (len(recording.times), recording.keys) == (150, (0, 50, 100))
    assert recording.seconds == pytest.approx(6.0, abs=0.01)
    begun_at(recording, 100, tmp_path / "later.mp4")
    later = read_recording(tmp_path / "later.mp4")
    assert later.keys == (0, 50, 100)
    assert later.times == pytest.approx(recording.times, abs=0.002)
    with av.open(str(recording.path)) as one, av.open(str(tmp_path / "later.mp4")) as other:
        first, second = (
            [bytes(packet) for packet in container.demux(video=0) if packet.size]
            for container in (one, other)
        )
    assert second == first[100:] + first[:100]


def test_the_report_has_the_keys_that_others_read(footage: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out, picture = tmp_path / "out.json", tmp_path / "out.png"
    command = [
        "bench",
        "edge",
        "--footage",
        str(footage),
        "--streams",
        "2",
        "--seconds",
        "2",
        "--warm-s",
        "0",
    ]
    result = CliRunner().invoke(app, [*command, "--reference", "--report", str(out), "--plot", str(picture)])
    assert result.exit_code == 0, result.output
    report = json.loads(out.read_text())
    assert report.keys() == {
        *("runs", "reference", "ratio", "keyframe_floor", "machine", "model", "commit", "remarks"),
    }
    (run,), (plain,) = report["runs"], report["reference"]
    assert run.keys() == plain.keys() == RUN_KEYS
    assert (run["set"], run["via"], run["cameras"], plain["cameras"]) == ("busy", "rtsp", 2, 1)
    assert run["latency_s"].keys() == {"awake", "idle"}
    assert run["latency_s"]["awake"].keys() == {"p50", "p95", "p99"}
    assert run["cpu_s_per_camera_s"] * run["cameras_per_core"] == pytest.approx(1.0, rel=0.05)
    assert run["detail"]["packets"] > 0
    assert plain["frames_detected"] > 0
    assert report["ratio"] == [
        {
            "set": "busy",
            "cpu": pytest.approx(plain["cpu_s_per_camera_s"] / run["cpu_s_per_camera_s"], abs=0.01),
        }
    ]
    (floor,) = report["keyframe_floor"]
    assert floor.keys() == {"set", "cpu_s_per_camera_s", "via", "files_cpu_s_per_camera_s"}
    assert (floor["set"], floor["via"]) == ("busy", "rtsp")
    assert floor["files_cpu_s_per_camera_s"] > 0
    assert floor["cpu_s_per_camera_s"] > 0
    assert run["detail"]["repeats"] == [run["cpu_s_per_camera_s"]]
    assert report["machine"]["cores"] >= 1
    assert picture.read_bytes()[:4] == b"\x89PNG"
    again = tmp_path / "again.svg"
    assert CliRunner().invoke(app, ["bench", "plot", str(out), str(out), "--out", str(again)]).exit_code == 0
    assert "<svg" in again.read_text()


def test_both_pipelines_run_beside_each_other(footage: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    command = [
        "bench",
        "edge",
        "--footage",
        str(footage),
        "--via",
        "files",
        "--seconds",
        "2",
        "--warm-s",
        "0",
    ]
    result = CliRunner().invoke(app, [*command, "--reference", "--beside", "--report", str(out)])
    assert result.exit_code == 0, result.output
    report = json.loads(out.read_text())
    assert [each["cpu"] > 0 for each in report["ratio"]] == [True]
    assert report["reference"][0]["frames_detected"] > 0


def test_what_does_not_fit_into_the_time_is_left_out_and_said(footage: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    command = ["bench", "edge", "--footage", str(footage), "--via", "files", "--within-s", "10"]
    began = time.monotonic()
    result = CliRunner().invoke(app, [*command, "--reference", "--report", str(out)])
    assert time.monotonic() - began < 15
    assert result.exit_code == 1  # nothing of the box is known
    report = json.loads(out.read_text())
    assert (report["runs"], report["reference"], report["ratio"]) == ([], [], [])
    assert report["keyframe_floor"][0]["files_cpu_s_per_camera_s"] > 0
    assert [remark["set"] for remark in report["remarks"]] == ["busy", "busy"]
    told = [remark["text"] for remark in report["remarks"]]
    assert told[0].startswith("the plain pipeline was left out: it takes 51 s, and ")
    assert told[1].startswith("the box was left out: it takes 51 s, and ")


def test_a_child_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    module = tmp_path / "silent.py"
    module.write_text("import sys, time\nprint('loaded', flush=True)\ntime.sleep(60)\n")
    with (
        _on_path(tmp_path),
        measured("the silent one", "silent", [], tmp_path / "log") as child,
    ):
        assert child.answer(30) == "loaded"
        with pytest.raises(BenchError, match=r"says nothing for 0\.2 s"):
            child.answer(0.2)


@contextmanager
def _on_path(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(folder), str(ROOT))))
        yield


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--footage", "nowhere"], "no such folder"),
        (["--footage", ".", "--set", "night"], "no recording of set 'night'"),
        (["--footage", ".", "--clips", "x*"], "no recording that matches 'x*'"),
        (["--footage", ".", "--plot", "a.doc"], "no picture is called a.doc"),
    ],
)
def test_what_is_asked_wrongly_is_said(
    footage: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(footage)
    error = CliRunner().invoke(app, ["bench", "edge", *arguments]).exception
    assert isinstance(error, UsageError)
    assert told in str(error)


def test_a_report_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"runs": 3}')
    error = (
        CliRunner()
        .invoke(app, ["bench", "plot", str(tmp_path / "a.json"), "--out", str(tmp_path / "a.png")])
        .exception
    )
    assert isinstance(error, PlacewatchError)
    assert "is no report" in str(error)


def test_sets_are_folders(footage: Path) -> None:
    sets = read_sets(footage)
    assert {name: [each.name for each in recordings] for name, recordings in sets.items()} == {
        "busy": ["yard"]
    }
    assert list(read_sets(footage / "busy")) == ["busy"]
