"""``placewatch demo`` as a user runs it."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from placewatch.footage.fetch import FootageSet
from tests.e2e.processes import family, gone

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DEMO = [sys.executable, "-m", "placewatch", "demo", "--no-browser"]
PARTS = 4


@contextmanager
def running(work: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A demo in the background; killed with its family if the test leaves it."""
    process = subprocess.Popen(
        [*DEMO, "--keep", str(work), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.wait()


def until(process: subprocess.Popen[str], part: str) -> str:
    """Read lines until one has ``part``; the lines so far."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if part in line:
            return "".join(lines)
    pytest.fail(f"{part!r} was never printed:\n{''.join(lines)}")


def test_report_adds_up_and_no_process_stays(footage: FootageSet, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    with running(tmp_path / "work", "--for", "20", "--report", str(report)) as demo:
        output = until(demo, "page: http://127.0.0.1:")
        started = family(demo.pid)
        assert len(started) == 1 + PARTS
        assert demo.stdout is not None
        output += demo.stdout.read()
        assert demo.wait(30) == 0, output
        assert gone(started, 1.0)
    figures = json.loads(report.read_text())
    assert figures["cameras"] == len(footage.clips)
    assert figures["frames_decoded"] > 100
    assert figures["alerts_published"] == figures["alerts_committed"] > 0
    assert figures["events"] > 0
    assert 0 < figures["first_alert_s"] <= 60
    assert figures["url"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 0), (signal.SIGTERM, 0)])
def test_signal_ends_everything_in_order(
    number: signal.Signals, exit_code: int, few_clips: Path, tmp_path: Path
) -> None:
    with running(tmp_path / "work", "--footage", str(few_clips)) as demo:
        until(demo, "page:")
        started = family(demo.pid)
        demo.send_signal(number)
        assert demo.stdout is not None
        output = demo.stdout.read()
        assert demo.wait(40) == exit_code, output
        assert gone(started, 1.0)
    assert "published" in output


def test_killed_demo_leaves_no_process(few_clips: Path, tmp_path: Path) -> None:
    with running(tmp_path / "work", "--footage", str(few_clips)) as demo:
        until(demo, "page:")
        started = family(demo.pid)
        demo.kill()
        assert gone(started, 5.0), [process.cmdline() for process in started if process.is_running()]


def test_killed_broker_is_started_again_and_nothing_is_lost(few_clips: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    arguments = ["--footage", str(few_clips), "--for", "15", "--report", str(report)]
    with running(tmp_path / "work", *arguments) as demo:
        until(demo, "page:")
        broker = next(one for one in family(demo.pid) if "placewatch.demo.broker" in one.cmdline())
        time.sleep(4.0)
        broker.kill()
        output = until(demo, "broker was killed by signal 9; it is started again")
        started = family(demo.pid)
        assert demo.stdout is not None
        output += demo.stdout.read()
        assert demo.wait(90) == 0, output
        assert gone(started, 1.0)
    figures = json.loads(report.read_text())
    assert figures["alerts_published"] == figures["alerts_committed"] > 0


def test_asked_port_in_use_is_one_line(few_clips: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            [*DEMO, "--footage", str(few_clips), "--port", str(port)],
            check=False,
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert result.returncode == 1
    assert result.stderr == (
        f"error: --port: port {port} is in use by another program"
        " (choose another, or leave --port out: a free one is taken)\n"
    )


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--keep", "/"], "--keep /: is not empty (choose a new folder)"),
        (["--footage", "/no/such/folder"], "/no/such/folder: no such folder"),
        (
            ["--report", "/no/such/folder/report.json"],
            "--report /no/such/folder/report.json: cannot be written",
        ),
    ],
)
def test_bad_paths_are_told_before_anything_starts(arguments: list[str], part: str) -> None:
    result = subprocess.run([*DEMO, *arguments], check=False, capture_output=True, text=True, timeout=30)
    assert result.returncode == 1
    assert part in result.stderr
    assert "Traceback" not in result.stderr


def test_nothing_of_ours_runs_afterwards() -> None:
    time.sleep(0.2)
    children = psutil.Process().children(recursive=True)
    assert not [child for child in children if "placewatch" in " ".join(child.cmdline())]
