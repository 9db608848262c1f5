"""Replay: the same alerts every time, every picture looked at, time from the clip."""

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from edge.config import BoxConfig, load_box
from edge.ingest.source import open_source
from edge.redact.redactor import Redactor
from edge.replay import DEFAULT_START, ClipTime, Replay, Step, choose_camera, session_of
from messages import Alert, Phase, decode, encode
from placewatch.cli.main import app
from placewatch.clock import utc
from placewatch.errors import PlacewatchError, StreamError, UsageError
from tests.edge.boxes import INTRUSION, STOPPING, write_box
from tests.edge.clips import intruder, parked, walk, write_clip
from tests.edge.fakes import ColorDetector
from tests.parts import shared


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    write_clip(folder / "gate.mp4", walk(12.0, intruder))
    write_clip(folder / "lane.mp4", walk(12.0, parked))
    return folder


def run(config: BoxConfig, clip: Path, redactor: Redactor, *, start: float = DEFAULT_START) -> list[Step]:
    camera = choose_camera(config, clip)
    session = session_of(clip, config, camera, start=start, model="color@1")
    replay = Replay(config, camera, ColorDetector(), redactor, session, start)
    with open_source(str(clip)) as source:
        return list(replay.steps(source))


def alerts(steps: list[Step]) -> list[Alert]:
    return [alert for step in steps for alert in step.alerts]


def test_an_intruder_opens_and_closes_an_episode(tmp_path: Path, clips: Path, redactor: Redactor) -> None:
    config = load_box(write_box(tmp_path, {"gate": "rtsp://h/gate"}))
    steps = run(config, clips / "gate.mp4", redactor)
    assert 40 <= len(steps) < 120  # ten a second while something moves, keyframes while nothing does
    opened, closed = alerts(steps)
    assert (opened.type.phase, closed.type.phase) == (Phase.OPENED, Phase.CLOSED)
    assert opened.data.alert_id == closed.data.alert_id
    assert opened.data.started.timestamp() - DEFAULT_START == pytest.approx(2.0, abs=0.15)
    assert opened.time.timestamp() - DEFAULT_START == pytest.approx(2.6, abs=0.3)
    assert closed.time.timestamp() - DEFAULT_START == pytest.approx(9.1, abs=1.5)
    assert (opened.seq, closed.seq) == (1, 2)
    assert opened.data.model == "color@1"
    evidence = opened.data.evidence
    assert evidence is not None
    assert (evidence.width, evidence.height) == (320, 192)
    assert evidence.captured == opened.time
    assert evidence.jpeg[:2] == b"\xff\xd8"
    assert evidence.blurred >= 1  # the detector saw a person: the head is covered
    for alert in (opened, closed):
        assert decode(encode(alert), Alert) == alert


def test_a_parked_car_is_reported_after_its_dwell(tmp_path: Path, clips: Path, redactor: Redactor) -> None:
    config = load_box(write_box(tmp_path, {"lane": "rtsp://h/lane"}, rules=(STOPPING,)))
    opened, closed = alerts(run(config, clips / "lane.mp4", redactor))
    assert opened.data.kind == "no_stopping"
    assert opened.time.timestamp() - DEFAULT_START >= 4.0
    assert closed.data.ended is not None


def test_two_replays_are_identical_and_another_configuration_is_not(
    tmp_path: Path, clips: Path, redactor: Redactor
) -> None:
    config = load_box(write_box(tmp_path, {"gate": "rtsp://h/gate"}))
    first, second = (alerts(run(config, clips / "gate.mp4", redactor)) for _ in range(2))
    assert [encode(alert) for alert in first] == [encode(alert) for alert in second]
    other = load_box(write_box(tmp_path, {"gate": "rtsp://h/gate"}, rules=({**INTRUSION, "dwell_s": 1.0},)))
    third = alerts(run(other, clips / "gate.mp4", redactor))
    assert {alert.session for alert in third}.isdisjoint(alert.session for alert in first)
    assert {alert.id for alert in third}.isdisjoint(alert.id for alert in first)
    assert third[0].data.rule_version != first[0].data.rule_version


def test_an_episode_that_is_open_at_the_end_stays_open(tmp_path: Path, redactor: Redactor) -> None:
    clip = write_clip(tmp_path / "gate.mp4", walk(6.0, intruder))
    config = load_box(write_box(tmp_path, {"gate": "rtsp://h/gate"}))
    assert [alert.type.phase for alert in alerts(run(config, clip, redactor))] == [Phase.OPENED]


def test_armed_hours_go_by_the_start(tmp_path: Path, clips: Path, redactor: Redactor) -> None:
    rule = {**INTRUSION, "armed": ["22:00-06:00"]}
    config = load_box(write_box(tmp_path, {"gate": "rtsp://h/gate"}, rules=(rule,)))
    noon, midnight = 1767240000.0, 1767283200.0  # Shanghai
    assert not alerts(run(config, clips / "gate.mp4", redactor, start=noon))
    night = alerts(run(config, clips / "gate.mp4", redactor, start=midnight))
    assert night[0].time >= utc(midnight)


def test_a_clip_that_breaks_off_gives_what_came_before(
    tmp_path: Path, clips: Path, redactor: Redactor
) -> None:
    broken = tmp_path / "gate.mkv"
    with av.open(str(clips / "gate.mp4")) as source, av.open(str(broken), "w") as target:
        copy = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                target.mux(packet)
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
    config = load_box(write_box(tmp_path, {"gate": "rtsp://h/gate"}))
    steps = run(config, broken, redactor)
    assert 20 < len(steps) < 120


def test_a_clip_without_any_picture(tmp_path: Path, redactor: Redactor) -> None:
    clip = write_clip(tmp_path / "gate.mkv", walk(0.2, intruder))
    content = clip.read_bytes()
    at = content.index(b"\x1f\x43\xb6\x75")  # the first cluster: header and track stay
    clip.write_bytes(content[:at])
    config = load_box(write_box(tmp_path, {"gate": "rtsp://h/gate"}))
    with pytest.raises(StreamError, match=r"pictures can be decoded|not a video"):
        run(config, clip, redactor)


@pytest.mark.parametrize(
    ("clip", "wanted", "expected"),
    [
        ("gate.mp4", None, "a"),
        ("lane.avi", None, "b"),
        ("other.mp4", "b", "b"),
        ("gate.mp4", "b", "b"),
        ("other.mp4", None, "2 cameras could be meant"),
        ("gate.mp4", "c", "no camera 'c'"),
    ],
)
def test_whose_rules_apply(tmp_path: Path, clip: str, wanted: str | None, expected: str) -> None:
    urls = {"a": "rtsp://u:p@h:8554/live/gate?x=1", "b": "/data/lane.mp4"}
    config = load_box(write_box(tmp_path, urls))
    if len(expected) == 1:
        assert choose_camera(config, Path(clip), wanted).id == expected
        return
    with pytest.raises(UsageError, match=expected) as caught:
        choose_camera(config, Path(clip), wanted)
    assert "a, b" in caught.value.remedy
    assert caught.value.exit_code == 2


def test_the_only_camera_needs_no_name(tmp_path: Path) -> None:
    config = load_box(write_box(tmp_path, {"a": "rtsp://h/x"}))
    assert choose_camera(config, Path("other.mp4")).id == "a"


@pytest.mark.parametrize(
    ("pts", "expected"),
    [
        ([5.0, 5.1, 5.2], [0.0, 0.1, 0.2]),
        ([None, None, None], [0.0, 0.1, 0.2]),
        ([0.0, 0.0, -3.0], [0.0, 0.1, 0.2]),
        ([None, 0.1, 0.2], [0.0, 0.1, 0.2]),
        ([0.0, 9.0, 9.1], [0.0, 9.0, 9.1]),
    ],
)
def test_clip_time_grows_whatever_the_timestamps(pts: list[float | None], expected: list[float]) -> None:
    times = ClipTime(1000.0, 10.0)
    assert [times.position(each) for each in pts] == pytest.approx(expected)


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from placewatch.cli.main import run; run()", "replay", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_command_writes_alerts_summary_and_a_clip(tmp_path: Path, clips: Path) -> None:
    config = write_box(
        tmp_path, {"gate": "rtsp://h/gate"}, settings={"detector": {"fps": 1.0, "input_size": 160}}
    )
    out, seen = tmp_path / "alerts.jsonl", tmp_path / "seen.mp4"
    done = command(clips / "gate.mp4", "--config", config, "--out", out, "--annotate", seen, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["camera"], summary["looks"]) == ("gate", 12)
    assert len(out.read_text().splitlines()) == summary["opened"] + summary["updated"] + summary["closed"]
    with av.open(str(seen)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 12


@pytest.mark.parametrize(
    ("clip", "extra", "code", "told"),
    [
        ("box.yaml", [], 1, "not a video"),
        ("nothing.mp4", [], 1, "no such file"),
        ("gate.mp4", ["--camera", "x"], 2, "no camera 'x'"),
        ("gate.mp4", ["--annotate", "seen.gif"], 2, ".mp4"),
    ],
)
def test_the_command_says_what_is_wrong_in_one_line(
    tmp_path: Path, clips: Path, clip: str, extra: list[str], code: int, told: str
) -> None:
    config = write_box(tmp_path, {"gate": "rtsp://h/gate"})
    path = clips / clip if (clips / clip).exists() else tmp_path / clip
    arguments = ["replay", path, "--config", config, "--out", tmp_path / "out.jsonl", *extra]
    error = CliRunner().invoke(app, [str(each) for each in arguments]).exception
    assert isinstance(error, PlacewatchError)
    assert error.exit_code == code
    assert told in str(error)
    assert "\n" not in str(error)


def test_real_footage_twice(tmp_path: Path) -> None:
    clip = shared("media/car-detection.mp4")
    config = write_box(tmp_path, {"cars": "rtsp://h/car-detection"}, settings={"detector": {"fps": 2.0}})
    results = []
    for name in ("first.jsonl", "second.jsonl"):
        done = command(clip, "--config", config, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
        results.append((tmp_path / name).read_bytes())
    assert results[0] == results[1]
    told = [decode(line, Alert) for line in results[0].splitlines()]
    assert any(alert.type.phase is Phase.OPENED for alert in told)
    assert all(alert.data.evidence or alert.data.evidence_missing for alert in told)
