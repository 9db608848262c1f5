"""An update from the centre's desk to the switch: centre over HTTPS, broker, worker, updater."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx
import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from central.fleet.bundles import Bundles
from central.fleet.desired import Fleet, Software, Wish
from central.store.boxes import health_of
from central.trust.signing import read_signer
from edge.managed.fetch import fetch
from edge.managed.handover import Handover
from messages import Signed, UpdateHealth, UpdateOrder, UpdateState, decode
from messages.topics import BoxTopics
from placewatch.bundle.ordered import follow
from placewatch.bundle.update import Site
from placewatch.errors import TrustError
from tests.deploy.bundles import packed, public_pem, unpacked
from tests.e2e.test_trust_chain import City, city, context, placewatch
from tests.servers import end, wait_until

pytestmark = pytest.mark.slow  # begins first

__all__ = ["city"]

NAME = BoxTopics("north", "box-1")
BOX = f"{NAME.site}/{NAME.box}"
KEY, FOREIGN = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


@dataclass(frozen=True, slots=True)
class Machine:
    """A box's machine: its installed versions, and what stands in for systemd."""

    city: City
    folder: Path

    @property
    def handover(self) -> Handover:
        return Handover(self.folder / "managed" / "update")

    @property
    def site(self) -> Site:
        return Site(
            self.folder / "opt", self.folder, self.folder / "box.yaml", ("restart",), ("active",), 0.0
        )

    def bundle(self, version: str, signer: Ed25519PrivateKey = KEY) -> Path:
        folder = self.folder / f"bundle-{version}"
        return packed(unpacked(folder, version, signer), self.folder / f"{version}.bundle", version)

    def order(self, bundle: Path, *more: str) -> dict[str, Any]:
        made: dict[str, Any] = placewatch(
            *("central", "update", "order", BOX, "--bundle", bundle),
            *("--config", self.city.config, "--json", *more),
        )
        return made

    def order_again(self, bundle: Path) -> None:
        """As `order`, without a process of its own."""
        folder = self.city.folder
        sha256, size = Bundles(folder / "bundles").put(bundle)
        software = Software(version=bundle.stem, sha256=sha256, size=size)
        fleet = Fleet(self.city.store, read_signer(folder / "trust"))
        fleet.update(Wish(NAME, "test"), software, datetime.now(UTC))

    def becomes(self, order: int, state: str) -> dict[str, Any]:
        wait_until(
            lambda: (self.said().get("version"), self.said().get("state")) == (order, state),
            f"order {order} {state}, not {self.said()}",
            60,
        )
        return self.said()

    def said(self) -> dict[str, Any]:
        """What the box said last of its update, as the centre keeps it."""
        with self.city.store.read() as connection:
            found: dict[str, Any] = health_of(connection, NAME).get("update") or {}
        return found

    def follow(self, trouble: str = "") -> UpdateHealth | None:
        """What systemd starts when an order lies there."""

        def run(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
            if command[0] in {"restart", "active"}:
                bad = self.site.current.resolve().name == trouble
                return subprocess.CompletedProcess(command, int(bad), "", "segmentation fault")
            if command[0] == "sh" and trouble:  # what the installer does is seen with the first version
                copytree(self.site.current.resolve(), self.site.prefix / "versions" / trouble, symlinks=True)
                return subprocess.CompletedProcess(command, 0, "", "")
            return subprocess.run(command, capture_output=True, text=True, check=False)

        return follow(self.site, datetime.now(UTC), run=run, sleep=lambda _: None)


@pytest.fixture
def machine(city: City, tmp_path: Path) -> Iterator[Machine]:
    made = Machine(city, tmp_path / "box")
    identity = city.enrol(BOX)
    in_use = unpacked(made.folder / "opt" / "versions" / "0.0.1", "0.0.1", KEY)
    made.site.current.symlink_to(in_use)
    (made.folder / "release.pub").write_bytes(public_pem(KEY))
    tls = {"ca": str(identity / "ca.crt"), "certificate": str(identity / "box.pem")}
    document = {
        "site": NAME.site,
        "box": NAME.box,
        "health_s": 1,
        "broker": {"port": city.broker_port, "tls": tls},
        "managed": {"identity": str(identity)},
    }
    (made.folder / "box.yaml").write_text(yaml.safe_dump(document))
    with working(made):
        yield made


@contextmanager
def working(machine: Machine) -> Iterator[None]:
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "placewatch",
        "edge",
        "run",
        "--config",
        machine.site.file,
    ]
    with (machine.folder / "box.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, env={"PATH": "/usr/bin"})
        try:
            yield
        finally:
            end(process)


def bundles_are_for_those_who_were_told(machine: Machine, payload: bytes, content: bytes) -> None:
    """Fetched on from where a link broke; another box, an altered request, a bundle unordered: refused."""
    order = decode(decode(payload, Signed).body.encode(), UpdateOrder)
    city, folder, now = machine.city, machine.folder / "fetched", datetime.now(UTC)
    own, other = city.folder / BOX.replace("/", "-"), city.enrol("north/box-2")
    target = folder / f"{order.sha256}.run"
    folder.mkdir()
    target.with_suffix(".part").write_bytes(content[:1000])
    fetch(own, order, target, now)
    assert target.read_bytes() == content
    elsewhere = folder / "other" / target.name
    with pytest.raises(TrustError, match="HTTP 403"):
        fetch(other, order, elsewhere, now)
    with pytest.raises(TrustError, match="HTTP 403"):
        fetch(own, replace(order, sha256="0" * 64), elsewhere, now)
    with pytest.raises(TrustError, match="HTTP 403"):
        fetch(own, order, elsewhere, now - timedelta(days=1))
    elsewhere.with_suffix(".part").write_bytes(b"x" * order.size)
    with pytest.raises(TrustError, match="another file than the order names"):
        fetch(own, order, elsewhere, now)
    assert httpx.post(f"{city.centre.url}api/v1/trust/bundles", content=b"{}", verify=context(own)).is_error
    assert not elsewhere.exists()


@pytest.mark.timeout(300)
def test_a_box_runs_what_its_centre_orders_and_its_release_key_signed(machine: Machine) -> None:
    bundle = machine.bundle("9.0.0")
    made = machine.order(bundle)
    assert (made["order"], made["software"]) == (1, "9.0.0")
    machine.becomes(1, "installing")
    assert machine.handover.bundle(made["sha256"]).read_bytes() == bundle.read_bytes()
    replayed = machine.handover.order.read_bytes()
    bundles_are_for_those_who_were_told(machine, replayed, bundle.read_bytes())
    followed = machine.follow()
    assert followed is not None
    assert (followed.state, followed.reason) == (UpdateState.DONE, "")
    assert machine.site.current.resolve().name == "9.0.0"
    machine.becomes(1, "done")
    shown = placewatch("central", "update", "show", BOX, "--config", machine.city.config, "--json")
    assert shown["in_step"]
    assert not list(machine.handover.folder.glob("*.run"))
    assert machine.follow() is None

    # Signed by the centre, not by the release key: fetched, and refused by the one who has rights.
    machine.order_again(machine.bundle("9.1.0", FOREIGN))
    machine.becomes(2, "installing")
    assert machine.follow() is not None
    assert "not signed by the key" in machine.becomes(2, "refused")["reason"]
    assert machine.site.current.resolve().name == "9.0.0"

    # A file that somebody brought is taken, under whatever name; a version that fails is left again.
    brought = machine.bundle("9.2.0")
    (machine.handover.folder / "from-a-stick.run").write_bytes(brought.read_bytes())
    machine.order_again(brought)
    for kept in (machine.city.folder / "bundles").iterdir():
        kept.unlink()  # nothing is left to fetch
    machine.becomes(3, "installing")
    machine.follow(trouble="9.2.0")
    assert "segmentation fault" in machine.becomes(3, "returned")["reason"]
    assert machine.site.current.resolve().name == "9.0.0"

    older = machine.bundle("0.0.2")
    machine.order_again(older)
    assert "no downgrade was ordered" in machine.becomes(4, "refused")["reason"]

    # A worker that was taken over brings an old order back: the updater remembers by itself.
    machine.handover.want(replayed)
    with pytest.raises(TrustError, match="not newer than 3"):
        machine.follow()
    assert not machine.handover.order.exists()
