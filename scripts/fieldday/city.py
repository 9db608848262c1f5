"""The city's side of a field day: authority, broker, centre, cameras, each on its own machine."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import yaml

from scripts.fieldday.network import Network
from tests import servers
from tests.parts import ROOT, program

CITY = ROOT / "tests" / "central" / "city"
COMMAND = (sys.executable, "-c", "from placewatch.cli.main import run; run()")
SITE, BOX = "field", "box-1"
USER, PASSWORD = "viewer", "field-day-8/@"
BROKER_PORT, NEXT_BROKER_PORT, HTTP_PORT = 8883, 8884, 8600


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
        processes: Broker and centre, by name; camera too.
        log: Where they write.
    """

    network: Network
    folder: Path
    config: Path
    env: dict[str, str]
    processes: dict[str, "subprocess.Popen[bytes]"]
    log: IO[bytes]

    def start_broker(self, port: int) -> None:
        """Start a broker with the city's certificates; the one before is left alone."""
        own = self.folder / "trust" / "broker"
        conf = own / "mosquitto.conf"
        if port != BROKER_PORT:
            text = conf.read_text().replace(f"listener {BROKER_PORT}", f"listener {port}")
            conf = own / f"mosquitto-{port}.conf"
            data = own / f"data-{port}"
            data.mkdir()
            shutil.chown(data, own.joinpath("data").stat().st_uid)
            conf.write_text(text.replace(f"{own / 'data'}/", f"{data}/"))
        self.processes[f"broker {port}"] = self.network.start(
            "broker", (program("mosquitto"), "-c", conf), self.env, self.log
        )

    def start_centre(self, broker_port: int) -> None:
        """Start the centre, or start it again at another broker."""
        if "centre" in self.processes:
            servers.end(self.processes["centre"])
        pid = self.processes[f"broker {broker_port}"].pid
        self.config.write_text(json.dumps(_settings(self, broker_port, pid)))
        serve = (*COMMAND, "central", "serve", "--config", self.config)
        self.processes["centre"] = self.network.start("centre", serve, self.env, self.log)
        code = (
            f"import socket; socket.create_connection(({self.network.addresses['centre']!r}, {HTTP_PORT}), 1)"
        )
        servers.wait_until(lambda: _succeeds(self.network, code), "the centre", 300)

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
        return dict(self._health().get("config") or {})

    def cameras(self) -> list[dict[str, Any]]:
        """What the box said last of each camera, as the centre keeps it."""
        return [dict(camera) for camera in self._health().get("cameras") or ()]

    def _health(self) -> dict[str, Any]:
        rows = self._read(
            "select said.health from box_health said join box on box.id = said.box_id where name = ?", BOX
        )
        return dict(json.loads(rows[0][0])) if rows else {}

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
    with (folder / "city.log").open("ab") as log:
        made = City(network, folder, folder / "central.yaml", env, {}, log)
        me = ("--broker-user", "root") if os.geteuid() == 0 else ()
        made.central("trust", "init", "--folder", folder / "trust", "--host", broker, "--host", centre, *me)
        try:
            made.start_broker(BROKER_PORT)
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
            made.processes["camera"] = network.start("camera", (*COMMAND, *watch), env, log)
            made.start_centre(BROKER_PORT)
            yield made
        finally:
            for process in reversed(made.processes.values()):
                servers.end(process)


def _succeeds(network: Network, code: str) -> bool:
    command = network.command("box", sys.executable, "-c", code)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _settings(around: City, broker_port: int, broker_pid: int) -> dict[str, Any]:
    trust = around.folder / "trust"
    broker, centre = (around.network.addresses[each] for each in ("broker", "centre"))
    tls = {"ca": trust / "ca.crt", "certificate": trust / "central.crt", "key": trust / "central.key"}
    return {
        "city": str(CITY / "city.yaml"),
        "grids": str(CITY / "grids.geojson"),
        "broker": {
            "host": broker,
            "port": broker_port,
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
            "broker_port": broker_port,
            "broker_files": str(trust / "broker"),
            "reload": ["kill", "-HUP", str(broker_pid)],
        },
    }
