"""The day itself, step by step, with its figures."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scripts.fieldday.box import Box
from scripts.fieldday.city import BOX, NEXT_BROKER_PORT, SITE, City, must
from scripts.fieldday.network import has_link_outside
from tests import servers

Tell = Callable[[str], None]
RULE: dict[str, object] = {"kind": "perimeter_intrusion", "dwell_s": 0.3, "update_s": 1.0}


@dataclass(slots=True)
class Figures:
    """What was seen.

    Attributes:
        seconds: Of each step.
        to_first_alert_s: From the bundle on a bare machine to the first alert in the centre's books.
        cameras: Cameras found and written.
        committed: Alerts in the centre's books at the end, each once.
        spooled: Alerts that the box put on disk.
        lost: Numbers missing at the centre.
        double: Numbers there twice.
        events: Events made of them.
        dead_letters: Messages that the centre could not use.
        during_cut: Alerts put on disk while the cable was out.
        after_revocation: Alerts that came in after the box was revoked; must be none.
        versions: Before and after the update.
        configurations: What became of each that the centre sent, by version, and why.
        undisturbed: Over renewal, configurations and another broker, in one life of the worker: streams
            opened anew, packets that could not be decoded, pictures decoded or passed over.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    to_first_alert_s: float = 0.0
    cameras: int = 0
    committed: int = 0
    spooled: int = 0
    lost: int = 0
    double: int = 0
    events: int = 0
    dead_letters: int = 0
    during_cut: int = 0
    after_revocation: int = 0
    versions: tuple[str, str] = ("", "")
    configurations: dict[int, str] = field(default_factory=dict)
    undisturbed: dict[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


class Day:
    """A day of one box.

    Args:
        city: Where.
        box: Which.
        bundles: The first version and the one that it is brought to.
        cut_s: How long the cable is out.
        tell: Told each step.
    """

    def __init__(self, city: City, box: Box, bundles: tuple[Path, Path], cut_s: float, tell: Tell) -> None:
        self._city = city
        self._box = box
        self._bundles = bundles
        self._cut_s = cut_s
        self._tell = tell
        self.figures = Figures()
        self._streams: dict[str, int] = {}

    def live(self) -> Figures:
        """All of it; the worker is stopped in any case.

        Raises:
            AssertionError: A step did not do what it must.
        """
        steps = (
            self.install, self.find_cameras, self.first_alert, self.rotate, self.bad_configuration,
            self.good_configuration, self.move_broker, self.worse_configuration, self.update, self.cut,
            self.count, self.revoke,
        )  # fmt: skip
        self._began = time.monotonic()
        try:
            for step in steps:
                began = time.monotonic()
                name = step.__name__.replace("_", " ")
                self._tell(name)
                step()
                self.figures.seconds[name] = round(time.monotonic() - began, 2)
        finally:
            with suppress(Exception):
                self._box.stop()
        return self.figures

    def install(self) -> None:
        """One command: files, virtual environment, key, certificate."""
        must(not has_link_outside(self._city.network, "box"), "the box has a link to the outside")
        token = self._city.central("trust", "invite", f"{SITE}/{BOX}", "--config", self._city.config)["token"]
        self._box.install(self._bundles[0], str(token))
        must(bool(self._box.certificate()), "no certificate")

    def find_cameras(self) -> None:
        """By multicast; the proposed streams are written with variables for user and password."""
        found = [each for each in self._box.discover() if each["proposed"]]
        must(bool(found), "no camera was found")
        self.figures.cameras = len(found)
        self._box.watch_for(RULE)

    def first_alert(self) -> None:
        """Until the centre has committed it."""
        self._box.start()
        servers.wait_until(self._city.committed, "the first committed alert", 240)
        self.figures.to_first_alert_s = round(time.monotonic() - self._began, 2)
        servers.wait_until(self._all_stream, "all cameras", 120)
        self._streams = self._counted()

    def rotate(self) -> None:
        """A new key and certificate under a running load."""
        before = self._box.certificate()
        self._box.run("box", "renew", "--folder", self._box.home / "var" / "identity", "--force", "--json")
        must(self._box.certificate() != before, "the certificate is the old one")
        self._goes_on()

    def bad_configuration(self) -> None:
        """One camera more, where nobody answers: refused by the trial, what runs goes on."""
        wanted = self._box.watched()
        nowhere = f"rtsp://{self._city.network.addresses['centre']}:554/x"
        more = {"id": "nowhere", "url": nowhere, "zones": [], "rules": []}
        wanted["cameras"].append({**wanted["cameras"][0], **more})
        reason = self._becomes("refused", self._city.push(wanted))
        must("nowhere" in reason, reason)
        self._goes_on()

    def worse_configuration(self) -> None:
        """It passes the trial; then the camera that it changes is away: taken back by the box itself."""
        wanted = self._box.watched() | {"broker": self._broker}
        wanted["cameras"][0]["rules"][0]["dwell_s"] = 0.5
        version = self._city.push(wanted)
        self._becomes("probation", version)
        self._city.network.link("camera", up=False)
        try:
            reason = self._becomes("rolled_back", version)
        finally:
            self._city.network.link("camera", up=True)
        # All cameras hang on that cable: the one that it changes is named, or those that it does not touch.
        must(any(camera["id"] in reason for camera in wanted["cameras"]), reason)
        self._goes_on()

    def good_configuration(self) -> None:
        """It stays."""
        wanted = self._box.watched()
        wanted["cameras"][0]["rules"][0]["dwell_s"] = 0.4
        self._becomes("applied", self._city.push(wanted))
        self._goes_on()

    def move_broker(self) -> None:
        """Another broker, named by a configuration; the centre follows; no camera notices."""
        self._city.start_broker(NEXT_BROKER_PORT)
        version = self._city.push(self._box.watched() | {"broker": self._broker})
        servers.wait_until(
            lambda: self._box.connected_to(NEXT_BROKER_PORT), "the box at the other broker", 120
        )
        self._city.start_centre(NEXT_BROKER_PORT)
        self._becomes("applied", version)
        self._goes_on()
        after = self._counted()
        self.figures.undisturbed = {name: after[name] - self._streams[name] for name in after}
        must(
            self.figures.undisturbed["reopened"] == 0, f"streams were opened anew: {self.figures.undisturbed}"
        )
        must(self.figures.undisturbed["broken"] == 0, f"packets were lost: {self.figures.undisturbed}")

    def update(self) -> None:
        """To the next version, beside the old one; the spool is carried over."""
        outcome = self._box.update(self._bundles[1])
        must(not outcome.returned, str(outcome))
        self.figures.versions = (outcome.before, outcome.after)
        self._goes_on()

    def cut(self) -> None:
        """The cable is out: cameras too are away, for they hang on the same switch as the centre."""
        network = self._city.network
        for far in ("centre", "broker"):
            network.link(far, up=False)
        before = self._box.spooled()
        time.sleep(self._cut_s)
        servers.wait_until(lambda: self._box.spooled() > before, "alerts while the link is cut", 60)
        self.figures.during_cut = self._box.spooled() - before
        for far in ("centre", "broker"):
            network.link(far, up=True)
        self._goes_on()

    def count(self) -> None:
        """Stop, and compare both books."""
        self._box.stop()
        servers.wait_until(lambda: len(self._city.committed()) >= self._box.spooled(), "the last alerts", 120)
        rows = self._city.committed()
        numbers = [number for _, number in rows]
        spooled = self._box.spooled()
        figures = self.figures
        figures.committed, figures.spooled = len(rows), spooled
        figures.lost = len(set(range(1, spooled + 1)) - set(numbers))
        figures.double = len(numbers) - len(set(numbers))
        figures.events, figures.dead_letters = self._city.events(), self._city.dead()
        must((figures.lost, figures.double, figures.dead_letters) == (0, 0, 0), str(figures))

    def revoke(self) -> None:
        """The box is stolen: nothing of it comes in any more."""
        before = len(self._city.committed())
        self._city.central(
            "trust", "revoke", f"{SITE}/{BOX}", "--reason", "stolen", "--config", self._city.config
        )
        acl = self._city.folder / "trust" / "broker" / "acl"
        servers.wait_until(lambda: f"{SITE}:{BOX}\n" not in acl.read_text(), "the revocation", 60)
        known = self._box.spooled()
        self._box.start()
        servers.wait_until(lambda: self._box.spooled() > known, "an alert of the stolen box", 120)
        time.sleep(2.0)
        self.figures.after_revocation = len(self._city.committed()) - before
        must(self.figures.after_revocation == 0, "a revoked box was heard")
        must(self._box.waiting() > 0, "nothing waits at the revoked box")

    def _becomes(self, state: str, version: int) -> str:
        """Wait until the box has reported a state of a version; why it did so."""

        def met() -> bool:
            said = self._city.reported()
            return (said.get("state"), said.get("wanted")) == (state, version)

        servers.wait_until(met, f"configuration {version} {state}", 120)
        reason = str(self._city.reported().get("reason") or "")
        self.figures.configurations[version] = f"{state}: {reason}" if reason else state
        return reason

    @property
    def _broker(self) -> dict[str, object]:
        return {"host": self._city.network.addresses["broker"], "port": NEXT_BROKER_PORT}

    def _all_stream(self) -> bool:
        cameras = self._city.cameras()
        return len(cameras) == self.figures.cameras and all(each["state"] == "streaming" for each in cameras)

    def _counted(self) -> dict[str, int]:
        """Counters of all cameras together, since the worker's start."""
        cameras = self._city.cameras()
        names = {"reopened": ("reconnects",), "broken": ("decode_errors",),
                 "pictures": ("frames_decoded", "frames_skipped")}  # fmt: skip
        return {
            name: sum(each.get(key, 0) for each in cameras for key in keys) for name, keys in names.items()
        }

    def _goes_on(self) -> None:
        """New alerts come in, and everything up to now has."""
        self._box.settle()
        now = len(self._city.committed())
        servers.wait_until(lambda: len(self._city.committed()) > now, "alerts that go on", 120)
