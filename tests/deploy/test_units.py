"""The service units, read by systemd's own tools, and what the services tell it."""

import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from placewatch.notify import Notifier, keep_alive
from tests.parts import ROOT, program
from tests.servers import end, free_port

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
MOST_EXPOSED = 2.0


def test_there_are_units() -> None:
    assert {unit.name for unit in UNITS} == {
        "placewatch-broker.service",
        "placewatch-broker-reload.path",
        "placewatch-broker-reload.service",
        "placewatch-central.service",
        "placewatch-edge.service",
        "placewatch-renew.service",
        "placewatch-renew.timer",
        "placewatch-update.path",
        "placewatch-update.service",
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: str(unit.name))
def test_systemd_understands_the_unit(unit: Path, tmp_path: Path) -> None:
    """On a machine where Placewatch is not installed, a program that exists stands in for its own."""
    analyze = program("systemd-analyze")
    for other in UNITS:
        text = other.read_text().replace("/opt/placewatch/current/venv/bin/placewatch", "/bin/true")
        (tmp_path / other.name).write_text(text)
    done = subprocess.run(
        [analyze, "verify", tmp_path / unit.name], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: str(unit.name))
def test_services_are_sandboxed(unit: Path) -> None:
    analyze = program("systemd-analyze")
    done = subprocess.run(
        [analyze, "security", "--offline=true", unit], capture_output=True, text=True, check=False
    )
    found = re.search(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= MOST_EXPOSED


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """What systemd listens with."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(60)
        yield listener


def test_a_service_says_how_it_is(manager: socket.socket) -> None:
    env = {"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "90000000"}
    notifier = Notifier.from_environment(env)
    assert notifier.beat_s == 30
    notifier.ready("16\ncameras")
    notifier.alive()
    notifier.stopping()
    assert [manager.recv(500) for _ in range(3)] == [
        b"READY=1\nSTATUS=16 cameras",
        b"WATCHDOG=1",
        b"STOPPING=1",
    ]


@pytest.mark.parametrize(
    ("env", "beat_s"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "x"}, None),
        ({"WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "3000000"}, 1.0),
    ],
)
def test_when_beats_are_due(env: dict[str, str], beat_s: float | None) -> None:
    assert Notifier.from_environment(env).beat_s == beat_s


def test_nobody_listens(tmp_path: Path) -> None:
    Notifier(None).ready("nobody is told")
    Notifier(str(tmp_path / "gone"), 1.0).alive()


def test_a_service_that_hangs_is_silent(manager: socket.socket) -> None:
    healthy, stop = [True], Event()
    keep_alive(Notifier(manager.getsockname(), 0.03), lambda: healthy[0], stop)
    assert manager.recv(100) == b"WATCHDOG=1"
    healthy[0] = False
    manager.settimeout(0.3)
    with suppress(TimeoutError):
        for _ in range(3):  # what was on its way may still come
            manager.recv(100)
    with pytest.raises(TimeoutError):
        manager.recv(100)
    stop.set()


def test_the_centre_tells_systemd(manager: socket.socket, tmp_path: Path) -> None:
    config = tmp_path / "central.yaml"
    for name in ("city.yaml", "grids.geojson"):
        shutil.copy(ROOT / "tests" / "central" / "city" / name, tmp_path)
    config.write_text(f"broker: {{port: {free_port()}}}\nhttp: {{port: 0}}\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "placewatch", "central", "serve", "--config", config],
        env={"NOTIFY_SOCKET": manager.getsockname(), "WATCHDOG_USEC": "3000000", "PATH": "/usr/bin"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    try:
        assert manager.recv(500).startswith(b"READY=1\n")
        assert manager.recv(500) == b"WATCHDOG=1"
        process.send_signal(signal.SIGTERM)
        while manager.recv(500) != b"STOPPING=1":
            continue
        assert process.wait(30) == 0
    finally:
        end(process)
