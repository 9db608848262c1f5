"""What an installer and an administrator do on a machine with systemd, and what is seen there."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scripts.fieldday.city import must
from scripts.fieldday.machine import Machine
from tests import servers

ETC, STATE = "/etc/placewatch", "/var/lib/placewatch"
BOX = "city-east/box-1"
EDGE = "placewatch-edge"
USER, PASSWORD = "viewer", "field-day-8/@"
_WATCHDOG_S = 6
_RULES = """
import json, sys, yaml
path, health_s = sys.argv[1:]
with open(path) as file:
    box = yaml.safe_load(file)
box["health_s"] = float(health_s)
for camera in box["cameras"]:
    zone = camera["zones"][0]["id"]
    camera["rules"] = [{"kind": "perimeter_intrusion", "zone": zone, "dwell_s": 0.3, "update_s": 1.0}]
with open(path, "w") as file:
    yaml.safe_dump(box, file)
"""


class Services:
    """A day under systemd.

    Args:
        machine: Where.
        files: Copied to ``/srv`` there: ``first.run``, ``next.run``, ``release.pub``, ``clips/gate.mp4``.
        tell: Told each step.
    """

    def __init__(self, machine: Machine, files: Mapping[str, Path], tell: Callable[[str], None]) -> None:
        self._machine = machine
        self._tell = tell
        self.figures: dict[str, Any] = {"seconds": {}}
        for name, source in files.items():
            target = machine.disk / "srv" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)

    def live(self) -> None:
        """All of it.

        Raises:
            AssertionError: A step did not do what it must.
        """
        steps = (
            self.centre, self.install, self.cameras, self.first_alert, self.exposure, self.watchdog,
            self.lists, self.renew, self.update, self.clean_stop,
        )  # fmt: skip
        for step in steps:
            began = time.monotonic()
            name = step.__name__.replace("_", " ")
            self._tell(name)
            step()
            self.figures["seconds"][name] = round(time.monotonic() - began, 1)

    def centre(self) -> None:
        """As docs/field.md has it: install, database, three units."""
        run = self._machine.run
        run("sh", "/srv/first.run", "--role", "central", "--host", "localhost", "--key", "/srv/release.pub")
        run("install", "-m", "644", f"{ETC}/postgresql/postgresql.conf",
            "/etc/postgresql/15/main/conf.d/placewatch.conf")  # fmt: skip
        run("systemctl", "restart", "postgresql@15-main")
        as_admin = (
            f"setpriv --reuid postgres --clear-groups psql -v ON_ERROR_STOP=1 -f {ETC}/postgresql/setup.sql"
        )
        run("sh", "-ec", f"set -a; . {ETC}/secrets.env; {as_admin}")
        run("systemctl", "enable", "--now", "placewatch-broker", "placewatch-broker-reload.path",
            "placewatch-central")  # fmt: skip
        must(
            self._machine.shows("placewatch-central", "StatusText") != "", "the centre said nothing of itself"
        )

    def install(self) -> None:
        """One command; the token by standard input."""
        token = self._placewatch("central", "trust", "invite", BOX, "--config", f"{ETC}/central.yaml")
        began = time.monotonic()
        self._machine.run(
            "sh", "/srv/first.run", "--key", "/srv/release.pub", "--token", "-", text=token.strip() + "\n"
        )
        self._installed_at = began

    def cameras(self) -> None:
        """A camera as ONVIF has it, found and written; a rule; the check."""
        run = self._machine.run
        serve = ("footage", "serve", "/srv/clips", "--host", "127.0.0.1", "--port", "554", "--onvif", "80")
        run("systemd-run", "--unit=camera", f"--setenv=PLACEWATCH_RTSP_PASSWORD={PASSWORD}",
            "/usr/local/bin/placewatch", *serve, "--user", USER)  # fmt: skip
        servers.wait_until(lambda: "ready:" in self._machine.said("camera"), "the camera", 60)
        coded = PASSWORD.replace("/", "%2F").replace("@", "%40")
        with (self._machine.disk / "etc/placewatch/secrets.env").open("a") as file:
            file.write(f"CAMERA_USER={USER}\nCAMERA_PASSWORD={coded}\n")
        (self._machine.disk / "root/pw").write_text(PASSWORD)
        self._placewatch(
            "cameras", "discover", "--interface", "lo", "--timeout", "2", "--user", USER,
            "--password-file", "/root/pw", "--add", f"{ETC}/box.yaml",
            "--place", "station-forecourt", "--class", "transport_hub",
        )  # fmt: skip
        python = "/opt/placewatch/current/venv/bin/python"
        run(python, "-c", _RULES, f"{ETC}/box.yaml", "1")
        self._placewatch("config", "check", f"{ETC}/box.yaml")
        said = self._placewatch("doctor", "--config", f"{ETC}/box.yaml", check=False)
        must("0 fail" in said, said)

    def first_alert(self) -> None:
        """Three units; systemd waits until the worker is ready; the centre commits an alert."""
        began = time.monotonic()
        self._machine.run(
            "systemctl", "enable", "--now", EDGE, "placewatch-renew.timer", "placewatch-update.path"
        )
        self.figures["start_to_ready_s"] = round(time.monotonic() - began, 1)
        self.figures["status"] = self._machine.shows(EDGE, "StatusText")
        servers.wait_until(self._committed, "the first committed alert", 120)
        self.figures["installer_to_first_alert_s"] = round(time.monotonic() - self._installed_at, 1)

    def exposure(self) -> None:
        """By systemd's own reckoning of the units as they run."""
        shown = self._machine.run("systemd-analyze", "security", "--no-pager", check=False)
        found = {
            line.split()[0]: float(line.split()[1]) for line in shown.splitlines() if "placewatch" in line
        }
        must(max(found.values()) <= 2.0, str(found))
        self.figures["exposure"] = found

    def watchdog(self) -> None:
        """A worker that hangs is killed and started again; nothing is lost."""
        drop_in = self._machine.disk / f"etc/systemd/system/{EDGE}.service.d/watchdog.conf"
        drop_in.parent.mkdir()
        drop_in.write_text(f"[Service]\nWatchdogSec={_WATCHDOG_S}\n")
        self._machine.run("systemctl", "daemon-reload")
        self._machine.run("systemctl", "restart", EDGE)
        before = self._machine.shows(EDGE, "MainPID")
        time.sleep(_WATCHDOG_S * 2)
        must(self._machine.shows(EDGE, "MainPID") == before, "a sound worker was killed")
        began = time.monotonic()
        self._machine.run("kill", "-STOP", before)
        servers.wait_until(
            lambda: self._machine.shows(EDGE, "MainPID") not in {before, "0"}
            and self._machine.shows(EDGE, "ActiveState") == "active",
            "another worker", 120,
        )  # fmt: skip
        self.figures["watchdog"] = {
            "set_s": _WATCHDOG_S,
            "hung_to_ready_s": round(time.monotonic() - began, 1),
            "restarts": int(self._machine.shows(EDGE, "NRestarts")),
        }
        drop_in.unlink()
        self._machine.run("systemctl", "daemon-reload")
        self._machine.run("systemctl", "restart", EDGE)

    def lists(self) -> None:
        """A box more, and revoked: the broker reads its lists by the path unit, and goes on running."""
        broker = self._machine.shows("placewatch-broker", "MainPID")
        config = ("--config", f"{ETC}/central.yaml")
        token = self._placewatch("central", "trust", "invite", "city-east/box-2", *config)
        enrol = ("box", "enrol", "--token", "-", "--folder", "/root/box-2")
        self._placewatch(*enrol, text=token.strip() + "\n")
        acl = self._machine.disk / "etc/placewatch/trust/broker/acl"
        servers.wait_until(lambda: "box-2" in acl.read_text(), "the new box in the access list", 60)
        wanted = acl.with_name("reload.wanted")
        servers.wait_until(lambda: not wanted.exists(), "the broker to read that", 60)
        before, began = self._reloads(), time.monotonic()
        self._placewatch("central", "trust", "revoke", "city-east/box-2", "--reason", "stolen", *config)
        servers.wait_until(lambda: "box-2" not in acl.read_text(), "the list without it", 60)
        servers.wait_until(
            lambda: not wanted.exists() and self._reloads() > before, "the broker to read its lists", 60
        )
        self.figures["revoked_to_reloaded_s"] = round(time.monotonic() - began, 1)
        must(self._machine.shows("placewatch-broker", "MainPID") == broker, "the broker was restarted")

    def renew(self) -> None:
        """The service runs, as its account; a certificate that is young stays."""
        self._machine.run("systemctl", "start", "placewatch-renew")
        must("not due" in self._machine.said("placewatch-renew"), self._machine.said("placewatch-renew"))

    def update(self) -> None:
        """By signed order: fetched by the worker, followed by the updater; units come along."""
        config = ("--config", f"{ETC}/central.yaml")
        self._placewatch("central", "update", "order", BOX, "--bundle", "/srv/next.run",
                         "--key", "/srv/release.pub", *config)  # fmt: skip
        show = ("/usr/local/bin/placewatch", "central", "update", "show", BOX, *config, "--json")

        def done() -> bool:
            said = json.loads(self._machine.tried(*show).stdout or "{}")
            state = (said.get("reported") or {}).get("state")
            must(state not in {"refused", "returned"}, str(said))
            return bool(said.get("in_step"))

        servers.wait_until(done, "the update", 480)
        current = (self._machine.disk / "opt/placewatch/current").readlink()
        self.figures["version"] = current.name
        unit = (self._machine.disk / f"etc/systemd/system/{EDGE}.service").read_bytes()
        of_version = self._machine.disk / f"opt/placewatch/versions/{current.name}/systemd/{EDGE}.service"
        must(unit == of_version.read_bytes(), "the units are of the version before")
        self.figures["unit_after_update"] = self._machine.shows(EDGE, "Description")

    def clean_stop(self) -> None:
        """What was seen is told; both books agree."""
        began = time.monotonic()
        self._machine.run("systemctl", "stop", EDGE)
        self.figures["clean_stop_s"] = round(time.monotonic() - began, 1)
        must(self._machine.shows(EDGE, "Result") == "success", self._machine.said(EDGE)[-2000:])
        rows = self._sql("select count(*), count(distinct (session, seq)), coalesce(max(seq), 0) from inbox")
        committed, distinct, last = (int(each) for each in rows.split("|"))
        spooled = int(self._spool("select seq from book"))
        waiting = int(self._spool("select count(*) from alert"))
        self.figures |= {
            "committed": committed, "spooled": spooled, "waiting": waiting,
            "lost": spooled - distinct, "double": committed - distinct,
        }  # fmt: skip
        must((committed, distinct, last, waiting) == (spooled, spooled, spooled, 0), str(self.figures))

    def _reloads(self) -> int:
        return self._machine.said("placewatch-broker").count("Reloading config")

    def _committed(self) -> int:
        return int(self._sql("select count(*) from inbox"))

    def _sql(self, statement: str) -> str:
        as_admin = ("setpriv", "--reuid", "postgres", "--clear-groups", "psql", "-d", "placewatch", "-Atc")
        return self._machine.run(*as_admin, statement).strip()

    def _spool(self, statement: str) -> str:
        asked = f"sqlite3.connect('{STATE}/spool.sqlite').execute({statement!r}).fetchone()[0]"
        python = "/opt/placewatch/current/venv/bin/python"
        return self._machine.run(python, "-c", f"import sqlite3; print({asked})").strip()

    def _placewatch(self, *arguments: str, text: str = "", check: bool = True) -> str:
        return self._machine.run("/usr/local/bin/placewatch", *arguments, text=text, check=check)
