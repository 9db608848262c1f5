"""``placewatch footage`` as a user and as a program runs it."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from placewatch.cli import footage
from placewatch.cli.footage import app
from placewatch.errors import UsageError
from placewatch.footage.fetch import SHOTS
from tests.edge.clips import picture, write_clip

COMMAND = [sys.executable, "-m", "placewatch", "footage"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    folder.mkdir()
    images = (picture((n * 8, 80, n * 8 + 24, 150)) for n in range(20))
    write_clip(folder / "东门 1.mp4", images, fps=20)
    (folder / "notes.mp4").write_text("this is no video")
    return folder


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_for_a_program(folder: Path, tmp_path: Path, number: signal.Signals) -> None:
    environment = os.environ | {"PLACEWATCH_RTSP_PASSWORD": "s3cret"}
    command = [*COMMAND, "serve", str(folder), "--port", "0", "--json", "--user", "viewer"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as server:
        assert server.stdout is not None
        ready = json.loads(server.stdout.readline())
        url = ready["urls"]["东门 1"].replace("//", "//viewer:s3cret@")
        with av.open(url, options={"rtsp_transport": "tcp"}, timeout=10) as container:
            assert next(container.decode(video=0)).width == 320
        server.send_signal(number)
        _, errors = server.communicate(timeout=10)
    assert server.returncode == 0
    assert errors.count("skipped: ") == 1
    assert "notes.mp4" in errors
    assert "s3cret" not in errors
    assert "Traceback" not in errors


def test_port_in_use_is_one_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*COMMAND, "serve", str(folder), "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line and not line.startswith("skipped: ")]
    assert line.startswith(f"error: 127.0.0.1:{port}: cannot listen")
    assert "--port" in line


@pytest.mark.parametrize(
    ("options", "environment", "error"),
    [
        (["--user", "viewer"], "", "a user without a password"),
        (["--user", ""], "s3cret", "no proper name"),
        (["--user", "a:b"], "s3cret", "no proper name"),
        (["--password-file", "/dev/null"], "", "a password without a user"),
        (["--user", "viewer", "--password-file", "/no/such/file"], "", "cannot be read"),
        (["--user", "viewer", "--password-file", "/dev/null"], "", "a user without a password"),
    ],
)
def test_half_a_login(folder: Path, options: list[str], environment: str, error: str) -> None:
    done = CliRunner().invoke(
        app, ["serve", str(folder), *options], env={"PLACEWATCH_RTSP_PASSWORD": environment}
    )
    assert isinstance(done.exception, UsageError)
    assert error in str(done.exception)


def test_password_out_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3 cret\nsecond line\n")
    found = footage._credentials("viewer", file)
    assert found is not None
    assert (found.user, found.password) == ("viewer", "s3 cret")
    assert footage._credentials(None, None) is None


def test_list(tmp_path: Path) -> None:
    environment = {"PLACEWATCH_CACHE": str(tmp_path)}
    rows = json.loads(CliRunner().invoke(app, ["list", "--json"], env=environment).stdout)
    assert [row["name"] for row in rows] == [shot.name for shot in SHOTS]
    assert not any(row["here"] for row in rows)
    plain = CliRunner().invoke(app, ["list"], env=environment).stdout
    assert plain.count("absent  ") == len(SHOTS)
    assert "placewatch footage fetch" in plain
