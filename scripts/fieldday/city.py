"""The city's side of a field day: authority, broker, centre, cameras, each on its own machine."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scripts.fieldday.network import Network
from tests import servers
from tests.parts import ROOT, program

CITY = ROOT / "tests" / "central" / "city"
COMMAND = (sys.executable, "-c", "from placewatch.cli.main import run; run()")
SITE, BOX = "field", "box-1"
USER, PASSWORD = "viewer", "field-day-8/@"
BROKER_PORT, HTTP_PORT = 8883, 8600


def must(condition: bool, told: str) -> None:
    """A step that did not do what it must ends the day.

    Raises:
        AssertionError: With the words given.
    """
    if not condition:
        raise AssertionError(told)


@dataclass(frozen=True, slots=True)
class City:
    """What runs beside the box.

    Attributes:
        network: The machines.
        folder: Of everything.
        config: The centre's configuration.
        env: For every command.
    """

    network: Network
    folder: Path
    config: Path
    env: dict[str, str]

    def central(self, *arguments: object) -> dict[str, Any]:
        """What a ``placewatch central`` command prints as JSON, on the centre's machine."""
        command = (*COMMAND, "central", *arguments, "--json")
        made: dict[str, Any] = said(self.network, "centre", command, self.env)
        return made

    def committed(self) -> list[tuple[str, int]]:
        """Session and number of every alert of the box in the centre's books, each once."""
        chosen = "select inbox.session, seq from inbox join box on box.id = box_id"
        return self._read(f"{chosen} where box.name = ? order by 1, 2", BOX)

    def events(self) -> int:
        """Events that the centre has made of them."""
        return int(self._read("select count(*) from event")[0][0])

    def dead(self) -> int:
        """Messages that the centre could not use."""
        return int(self._read("select count(*) from dead_letter")[0][0])

    def push(self, config: dict[str, Any]) -> int:
        """Sign a configuration for the box; its version."""
        file = self.folder / "pushed.yaml"
        file.write_text(yaml.safe_dump(config))
        made = self.central("config", "push", f"{SITE}/{BOX}", file, "--config", self.config)
        return int(made["version"])

    def reported(self) -> dict[str, Any]:
        """What the box said last of its configuration, as the centre keeps it."""
        rows = self._read("select health from box where name = ?", BOX)
        health = json.loads(rows[0][0]) if rows and rows[0][0] else {}
        return dict(health.get("config") or {})

    def _read(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.folder}/central.sqlite?mode=ro", uri=True)) as database:
            return database.execute(statement, values).fetchall()


def said(
    network: Network, host: str, command: tuple[object, ...], env: dict[str, str], stdin: str = ""
) -> Any:  # noqa: ANN401
    """What a command prints as JSON.

    Raises:
        AssertionError: It failed; with what it said.
    """
    done = subprocess.run(
        network.command(host, *command), capture_output=True, text=True, input=stdin, check=False, env=env
    )
    if done.returncode:
        raise AssertionError(f"{command}: {done.stderr or done.stdout}")
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}


@contextmanager
def city(network: Network, folder: Path, clips: Path) -> Iterator[City]:
    """Cameras, broker and centre, up and running."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PLACEWATCH_RTSP_PASSWORD": PASSWORD}
    broker, centre, camera = (network.addresses[each] for each in ("broker", "centre", "camera"))
    made = City(network, folder, folder / "central.yaml", env)
    me = ("--broker-user", "root") if os.geteuid() == 0 else ()
    made.central("trust", "init", "--folder", folder / "trust", "--host", broker, "--host", centre, *me)
    started: list[subprocess.Popen[bytes]] = []
    try:
        with (folder / "city.log").open("ab") as log:
            conf = folder / "trust" / "broker" / "mosquitto.conf"
            started.append(network.start("broker", (program("mosquitto"), "-c", conf), env, log))
            made.config.write_text(json.dumps(_settings(folder, broker, centre, started[0].pid)))
            serve = (*COMMAND, "central", "serve", "--config", made.config)
            started.append(network.start("centre", serve, env, log))
            watch = (
                "footage",
                "serve",
                clips,
                "--host",
                camera,
                "--port",
                "554",
                "--onvif",
                "80",
                "--user",
                USER,
            )
            started.append(network.start("camera", (*COMMAND, *watch), env, log))
        up = f"import socket; socket.create_connection(({centre!r}, {HTTP_PORT}), 1)"
        servers.wait_until(lambda: _succeeds(network, up), "the centre", 300)
        yield made
    finally:
        for process in reversed(started):
            servers.end(process)


def _succeeds(network: Network, code: str) -> bool:
    command = network.command("box", sys.executable, "-c", code)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _settings(folder: Path, broker: str, centre: str, broker_pid: int) -> dict[str, Any]:
    trust = folder / "trust"
    tls = {"ca": trust / "ca.crt", "certificate": trust / "central.crt", "key": trust / "central.key"}
    return {
        "city": str(CITY / "city.yaml"),
        "grids": str(CITY / "grids.geojson"),
        "broker": {
            "host": broker,
            "port": BROKER_PORT,
            "tls": {name: str(each) for name, each in tls.items()},
        },
        "http": {
            "host": centre,
            "port": HTTP_PORT,
            "tls": {"certificate": str(trust / "https.crt"), "key": str(trust / "https.key")},
        },
        "trust": {
            "url": f"https://{centre}:{HTTP_PORT}",
            "broker_host": broker,
            "broker_port": BROKER_PORT,
            "broker_files": str(trust / "broker"),
            "reload": ["kill", "-HUP", str(broker_pid)],
        },
    }
