"""The command ``edge run`` as a process: start lines, errors in one line, signals."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.edge.boxes import write_box
from tests.edge.clips import picture, write_clip
from tests.edge.scripted import answering, closed_port

COMMAND = [sys.executable, "-c", "from placewatch.cli.main import run; run()", "edge", "run"]


def run(config: Path) -> subprocess.CompletedProcess[str]:
    arguments = [*COMMAND, "--config", str(config)]
    return subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)


def start(config: Path, *more: str) -> subprocess.Popen[str]:
    arguments = [*COMMAND, "--config", str(config), *more]
    return subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def read_until(process: subprocess.Popen[str], *words: str, seconds: float = 30.0) -> list[str]:
    """Lines of standard error until each of the words has come."""
    assert process.stderr is not None
    lines: list[str] = []
    until = time.monotonic() + seconds
    while not all(any(word in line for line in lines) for word in words):
        assert time.monotonic() < until, lines
        line = process.stderr.readline()
        assert line, lines
        lines.append(line)
    return lines


def test_a_bad_configuration_is_told_whole(tmp_path: Path) -> None:
    config = write_box(
        tmp_path, {"gate": "http://camera/x"}, settings={"health_s": 0.0, "timezone": "Mars/Olympus"}
    )
    done = run(config)
    assert done.returncode == 2
    for word in ("http://", "health_s", "Mars/Olympus"):
        assert word in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"detector": {"model": "no_such_model"}}, "no_such_model"),
        ({"spool": {"path": "/proc/spool.sqlite"}}, "spool"),
    ],
)
def test_what_is_missing_is_told_in_one_line(tmp_path: Path, more: dict[str, object], told: str) -> None:
    config = write_box(tmp_path, {"gate": "rtsp://127.0.0.1/x"}, settings=more)
    done = run(config)
    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_what_it_does_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    clip = write_clip(tmp_path / "clip.mp4", [picture()] * 20)
    with answering(None) as silent:
        urls = {"gate": str(clip), "silent": f"rtsp://u:s3cr3t@127.0.0.1:{silent}/x"}
        process = start(
            write_box(tmp_path, urls, port=closed_port()), "--log-format", "json", "--drain-s", "0.5"
        )
        try:
            told = read_until(process, "camera_streaming", "broker_unavailable")
            process.send_signal(number)
            _, rest = process.communicate(timeout=20)
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 0
    lines = [json.loads(line) for line in [*told, *rest.splitlines()]]
    events = [line["event"] for line in lines]
    assert events[0] == "box_starting"
    assert events.count("camera_configured") == 2
    assert events[-1] == "box_stopped"
    assert "s3cr3t" not in "".join(told) + rest
