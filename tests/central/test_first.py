"""The first administrator's one-time password: at a terminal, else in a file that goes with the sign-in."""

import os
import pty
import select
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import yaml

from central.people.first import FirstPassword, OneTime
from tests import servers
from tests.central.outside import CITY
from tests.servers import Mosquitto, end, wait_until

COMMAND = [sys.executable, "-m", "placewatch", "central", "serve", "--config"]


def settings(folder: Path, broker: int, port: int) -> Path:
    """A centre as it is installed: tables here, what it writes in a folder of state."""
    (folder / "state").mkdir()
    path = folder / "central.yaml"
    said = {
        "broker": {"port": broker, "client_id": f"first-{port}"},
        "http": {"port": port},
        "database": f"sqlite:///{folder}/state/central.sqlite",
        "evidence": str(folder / "state" / "evidence"),
        "city": str(CITY / "city.yaml"),
        "grids": str(CITY / "grids.geojson"),
    }
    path.write_text(yaml.safe_dump(said))
    return path


def test_in_a_log_stands_the_file_and_it_goes_with_the_first_sign_in(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    port = servers.free_port()
    file = tmp_path / "state" / "first-administrator.txt"
    config = settings(tmp_path, mosquitto.port, port)
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*COMMAND, config], stdout=log, stderr=log)
    try:
        wait_until(lambda: "Placewatch central:" in (tmp_path / "log").read_text(), "the centre", 60)
        name, secret = (line.split()[-1] for line in file.read_text().splitlines())
        said = (tmp_path / "log").read_text()
        assert str(file) in said
        assert secret not in said
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            wrong = client.post("/api/v1/session", json={"name": name, "password": "something else"})
            assert wrong.status_code == 401
            assert file.exists()
            right = client.post("/api/v1/session", json={"name": name, "password": secret})
            assert right.status_code == 201
            assert right.json()["must_change"]
        assert not file.exists()
    finally:
        end(process)


def test_a_terminal_sees_it_and_no_file_is_left(tmp_path: Path, mosquitto: Mosquitto) -> None:
    ours, theirs = pty.openpty()
    config = settings(tmp_path, mosquitto.port, servers.free_port())
    process = subprocess.Popen([*COMMAND, config], stdout=theirs, stderr=subprocess.DEVNULL)
    os.close(theirs)
    seen = b""
    try:
        until = time.monotonic() + 60
        while b"Placewatch central:" not in seen and time.monotonic() < until:
            if select.select([ours], [], [], 1)[0]:
                seen += os.read(ours, 4096)
        assert b"First administrator: name admin, one-time password " in seen
        assert not (tmp_path / "state" / "first-administrator.txt").exists()
    finally:
        process.send_signal(signal.SIGTERM)
        end(process)
        os.close(ours)


@pytest.mark.parametrize(("name", "left"), [("admin", False), ("admin-2", True), ("adm", True)])
def test_only_its_own_sign_in_removes_the_file(tmp_path: Path, name: str, left: bool) -> None:
    place = FirstPassword(tmp_path / "first.txt")
    place.forget(name)  # there is none yet: nothing happens
    place.keep(OneTime("admin", "one two three"))
    place.forget(name)
    assert place.path.exists() is left
