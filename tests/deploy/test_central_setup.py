"""A fresh centre: one command, and its files are such as Mosquitto, PostgreSQL and the centre take."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from central.config import CentralConfig
from placewatch.cli.main import app
from placewatch.config import load
from tests import servers
from tests.parts import program


def setup(folder: Path, *more: str) -> list[str]:
    arguments = ["central", "setup", "--host", "centre.example", "--folder", str(folder), "--json", *more]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output + str(done.exception)
    return [str(each) for each in json.loads(done.stdout)["made"]]


@pytest.mark.parametrize("more", [(), ("--containers",)])
def test_everything_a_centre_needs(tmp_path: Path, more: tuple[str, ...]) -> None:
    made = setup(tmp_path, *more)
    assert str(tmp_path / "central.yaml") in made
    central = load(tmp_path / "central.yaml", CentralConfig, env={"DB_PASSWORD": "x"})
    assert central.trust is not None
    assert central.trust.url == "https://centre.example:8600"
    assert (tmp_path / "trust" / "broker" / "mosquitto.conf").exists()
    assert (tmp_path / "trust" / "ca.key").stat().st_mode & 0o777 == 0o600
    if not more:
        secrets = tmp_path / "secrets.env"
        assert secrets.stat().st_mode & 0o777 == 0o600
        password = secrets.read_text().partition("=")[2].strip()
        assert len(password) == 48
        written = [path for path in tmp_path.rglob("*") if path.is_file() and path != secrets]
        assert not any(password.encode() in path.read_bytes() for path in written)
    assert setup(tmp_path, *more) == []  # a second time changes nothing


def test_postgresql_takes_its_settings_and_statements(tmp_path: Path) -> None:
    """A real server starts with them; the role signs in with the password that was made."""
    setup(tmp_path)
    psql = program("psql")
    password = (tmp_path / "secrets.env").read_text().partition("=")[2].strip()
    with servers.postgres() as server:
        settings = (tmp_path / "postgresql" / "postgresql.conf").read_text()
        shutil.copy(tmp_path / "postgresql" / "setup.sql", tmp_path / "setup.sql")
        server.stop()
        server.configure(settings)
        server.start()
        as_admin = ["-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "-d", "postgres"]
        env = {"DB_PASSWORD": password, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [psql, "-v", "ON_ERROR_STOP=1", *as_admin, "-f", tmp_path / "setup.sql"],
            capture_output=True, text=True, check=False, env=env,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        asked = subprocess.run(
            [psql, *as_admin[:4], "-U", "placewatch", "-d", "placewatch", "-Atc", "show wal_compression"],
            capture_output=True, text=True, check=False, env={**env, "PGPASSWORD": password},
        )  # fmt: skip
        assert asked.stdout.strip() in {"on", "pglz"}, asked.stderr
