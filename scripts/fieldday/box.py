"""The box's side: what an installer does, and the worker as a process that an update may restart."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from placewatch.bundle.update import Outcome, Site, update
from scripts.fieldday.city import PASSWORD, USER, City, must, said
from tests import servers

PLACE, CLASS = "station-forecourt", "transport_hub"


@dataclass(slots=True)
class Box:
    """One box.

    Attributes:
        city: Where it is.
        key: The release key's public half.
        process: Its worker, while it runs.
    """

    city: City
    key: Path
    process: "subprocess.Popen[bytes] | None" = None
    env: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        secret = self.city.folder / "camera-password"
        secret.write_text(PASSWORD.replace("/", "%2F").replace("@", "%40"))
        self.env |= {"CAMERA_USER": USER, "CAMERA_PASSWORD_FILE": str(secret)}

    @property
    def home(self) -> Path:
        """Its disk."""
        return self.city.folder / "box"

    @property
    def config(self) -> Path:
        """Its configuration."""
        return self.home / "etc" / "box.yaml"

    @property
    def command(self) -> Path:
        """The installed command."""
        return self.home / "opt" / "current" / "venv" / "bin" / "placewatch"

    def install(self, bundle: Path, token: str) -> None:
        """The one command of an installation; enrols as well.

        Raises:
            AssertionError: It failed; with what it said.
        """
        where = ("--prefix", self.home / "opt", "--config", self.home / "etc", "--state", self.home / "var")
        command = ("sh", bundle, *where, "--no-systemd", "--no-account", "--key", self.key, "--token", "-")
        done = subprocess.run(
            self.city.network.command("box", *command), input=token + "\n", capture_output=True, text=True,
            check=False, env=self.env,
        )  # fmt: skip
        must(done.returncode == 0, done.stderr)

    def discover(self) -> list[dict[str, Any]]:
        """Search for cameras and write what is found into the configuration."""
        pw = self.city.folder / "onvif-password"
        pw.write_text(PASSWORD)
        search = (
            "cameras",
            "discover",
            "--interface",
            self.city.network.interface(),
            "--timeout",
            "2",
            "--json",
        )
        who = ("--user", USER, "--password-file", pw)
        add = ("--add", self.config, "--place", PLACE, "--class", CLASS)
        found: list[dict[str, Any]] = self.run(*search, *who, *add)["cameras"]
        return found

    def watch_for(self, rule: dict[str, object]) -> None:
        """What an installer writes beside the cameras."""
        document = yaml.safe_load(self.config.read_text())
        document |= {"health_s": 1.0}
        document["managed"] |= {"probation_s": 4.0, "patience_s": 2.0}
        for camera in document["cameras"]:
            camera["rules"] = [{**rule, "zone": camera["zones"][0]["id"]}]
        self.config.write_text(yaml.safe_dump(document))

    def watched(self) -> dict[str, Any]:
        """Places and cameras of its own file, as a centre would send them."""
        document = yaml.safe_load(self.config.read_text())
        return {name: document[name] for name in ("places", "cameras")}

    def run(self, *arguments: object) -> Any:  # noqa: ANN401 - whatever it prints
        """What the installed command prints as JSON."""
        return said(self.city.network, "box", (self.command, *arguments), self.env)

    def start(self) -> None:
        """Start the worker."""
        command = (self.command, "edge", "run", "--config", self.config, "--log-format", "json")
        with (self.city.folder / "box.log").open("ab") as log:
            self.process = self.city.network.start("box", command, self.env, log)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop it, after it has waited for receipts."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(60)
            self.process = None

    def spooled(self) -> int:
        """Alerts that it has put on disk since its installation."""
        return int(self._read("select seq from book"))

    def waiting(self) -> int:
        """Alerts without a receipt."""
        return int(self._read("select count(*) from alert"))

    def _read(self, statement: str) -> Any:  # noqa: ANN401 - one value
        path = self.home / "var" / "spool.sqlite"
        if not path.exists():
            return 0
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return database.execute(statement).fetchone()[0]

    def connected_to(self, port: int) -> bool:
        """Whether its machine holds a TCP connection to a port."""
        table = self.city.network.command("box", "cat", "/proc/net/tcp")
        rows = subprocess.run(table, capture_output=True, text=True, check=True).stdout.splitlines()[1:]
        return any(row.split()[2].endswith(f":{port:04X}") and row.split()[3] == "01" for row in rows)

    def certificate(self) -> bytes:
        """What it shows to the broker."""
        return (self.home / "var" / "identity" / "box.pem").read_bytes()

    def update(self, bundle: Path) -> Outcome:
        """Bring it to a bundle's version; its worker is restarted as its service would be."""
        site = Site(self.home / "opt", self.home / "etc", self.config, ("restart",), ("active",), watch_s=2.0)

        def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
            if command[0] == "restart":
                self.stop()
                self.start()
                return subprocess.CompletedProcess(command, 0, "", "")
            if command[0] == "active":
                alive = self.process is not None and self.process.poll() is None
                return subprocess.CompletedProcess(command, int(not alive), "", "the worker ended")
            whole = self.city.network.command("box", *command)
            return subprocess.run(whole, capture_output=True, text=True, check=False, env=self.env)

        return update(bundle, site, run=run)

    def settle(self, within_s: float = 120.0) -> None:
        """Wait until the centre has everything that was put on disk so far."""
        now = self.spooled()
        servers.wait_until(lambda: len(self.city.committed()) >= now, f"{now} alerts at the centre", within_s)
