"""A box's life where certificates alone are believed: invited, enrolled, renewed under load, revoked."""

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from central.store.engine import Store
from central.store.models import Box, Inbox
from edge.config import Broker
from edge.ingest.backoff import Backoff
from edge.outbox.publisher import Publisher, PublisherTimes
from edge.outbox.spool import Spool
from edge.outbox.window import Pace
from messages import EnrolmentToken, encode
from messages.topics import BoxTopics
from tests import servers
from tests.central.outside import CITY, Central
from tests.outbox.samples import BOX, SITE, alert, open_spool
from tests.parts import program
from tests.servers import end, free_port, wait_until

pytestmark = pytest.mark.slow  # begins first

_PLACEWATCH = [sys.executable, "-c", "from placewatch.cli.main import run; run()"]
_FAST = PublisherTimes(
    pace=Pace(resend_s=2.0, grace_s=0.5), backoff=Backoff(first_s=0.1, cap_s=0.5), random=lambda: 0.5
)


def placewatch(*arguments: object, stdin: str = "", code: int = 0) -> Any:  # noqa: ANN401 - whatever it prints
    """What the command prints as JSON; with another exit code, what it says."""
    done = subprocess.run(
        [*_PLACEWATCH, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if code == 0 else done.stderr


@dataclass(frozen=True, slots=True)
class City:
    """A centre with HTTPS, its broker with TLS, and their folder."""

    folder: Path
    config: Path
    broker_port: int
    centre: Central
    store: Store

    def invite(self, box: str) -> str:
        return str(placewatch("central", "trust", "invite", box, "--config", self.config, "--json")["token"])

    def enrol(self, box: str) -> Path:
        identity = self.folder / box.replace("/", "-")
        placewatch("box", "enrol", "--token", "-", "--folder", identity, "--json", stdin=self.invite(box))
        # Its rights reach the broker with the keeper's next look.
        acl = self.folder / "trust" / "broker" / "acl"
        wait_until(lambda: box.replace("/", ":") in acl.read_text(), "the broker's access list", 60)
        return identity

    def committed(self, name: str) -> int:
        with self.store.read() as connection:
            chosen = select(func.count()).select_from(Inbox).join(Box).where(Box.name == name)
            return connection.execute(chosen).scalar_one()


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    mosquitto = program("mosquitto")
    broker_port, http_port = free_port(), free_port()
    trust = tmp_path / "trust"
    me = ["--broker-user", "root"] if os.geteuid() == 0 else []
    made = placewatch(
        *("central", "trust", "init", "--folder", trust, "--host", "127.0.0.1", "--json"),
        *("--broker-port", broker_port, *me),
    )
    with (tmp_path / "broker.log").open("ab") as log:
        broker = subprocess.Popen(
            [mosquitto, "-c", trust / "broker" / "mosquitto.conf"], stderr=log, stdout=log
        )
    config = tmp_path / "central.yaml"
    config.write_text(
        json.dumps(
            {
                "city": str(CITY / "city.yaml"),
                "grids": str(CITY / "grids.geojson"),
                "broker": {
                    "port": broker_port,
                    "tls": {
                        "ca": "trust/ca.crt",
                        "certificate": "trust/central.crt",
                        "key": "trust/central.key",
                    },
                },
                "http": {
                    "port": http_port,
                    "tls": {"certificate": "trust/https.crt", "key": "trust/https.key"},
                },
                "trust": {
                    "url": f"https://127.0.0.1:{http_port}",
                    "broker_host": "127.0.0.1",
                    "broker_port": broker_port,
                    "broker_files": "trust/broker",
                    "reload": ["kill", "-HUP", str(broker.pid)],
                },
            }
        )
    )
    assert len(made["fingerprint"]) == 64
    centre = Central(config)
    store = Store(f"sqlite:///{tmp_path}/central.sqlite")
    try:
        wait_until(lambda: servers.accepts(broker_port), "the broker")
        centre.start()
        assert centre.url == f"https://127.0.0.1:{http_port}/"
        yield City(tmp_path, config, broker_port, centre, store)
    finally:
        if centre.process is not None:
            centre.stop(signal.SIGKILL)
        end(broker)
        store.close()


@contextmanager
def publishing(city: City, identity: Path, spool: Spool) -> Iterator[Publisher]:
    tls = {"ca": identity / "ca.crt", "certificate": identity / "box.pem"}
    broker = Broker.model_validate({"host": "127.0.0.1", "port": city.broker_port, "tls": tls})
    publisher = Publisher(spool, broker, BoxTopics(SITE, BOX), version="0", times=_FAST)
    publisher.start()
    try:
        yield publisher
    finally:
        publisher.stop(0)


def settled(spool: Spool) -> bool:
    return spool.stats().waiting == 0


def test_a_box_from_invitation_to_revocation(city: City, tmp_path: Path) -> None:
    identity = city.enrol(f"{SITE}/{BOX}")
    assert (identity / "box.pem").stat().st_mode & 0o777 == 0o600
    other = city.enrol(f"{SITE}/box-2")
    with open_spool(tmp_path / "spool.sqlite") as spool:
        with publishing(city, identity, spool) as publisher:
            for number in range(50):
                spool.append(alert(number))
            wait_until(lambda: settled(spool), "the first receipts", 60)
            before = (identity / "box.pem").read_bytes()
            for number in range(50, 150):  # a renewal in the middle of the load
                spool.append(alert(number))
                if number == 100:
                    placewatch("box", "renew", "--folder", identity, "--force", "--json")
            assert (identity / "box.pem").read_bytes() != before
            wait_until(lambda: settled(spool), "the receipts across the renewal", 60)
        with publishing(city, identity, spool) as publisher:  # the new certificate, on a new connection
            spool.append(alert(150))
            wait_until(lambda: settled(spool), "a receipt with the new certificate", 60)
            assert city.committed(BOX) == 151
            forge(city, other, BoxTopics(SITE, BOX))
            assert city.committed(BOX) == 151
            placewatch(
                *("central", "trust", "revoke", f"{SITE}/{BOX}", "--config", city.config, "--json"),
                *("--reason", "stolen"),
            )
            acl = city.folder / "trust" / "broker" / "acl"
            wait_until(lambda: f"{SITE}:{BOX}\n" not in acl.read_text(), "the revocation", 60)
        with publishing(city, identity, spool) as publisher:
            spool.append(alert(151))
            wait_until(
                lambda: "certificate verify failed" in (tmp_path / "broker.log").read_text(), "a no", 60
            )
            assert not publisher.connected
            assert spool.stats().waiting == 1
        assert city.committed(BOX) == 151
        refused = placewatch("box", "renew", "--folder", identity, "--force", code=1)
        assert "revoked or unknown" in refused
    assert httpx.get(f"{city.centre.url}healthz", verify=context(other)).status_code == 200


def forge(city: City, identity: Path, victim: BoxTopics) -> None:
    """An enrolled box speaks in another box's name; returns when the broker has dealt with it."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="forger")
    client.tls_set_context(context(identity))
    client.connect("127.0.0.1", city.broker_port)
    client.loop_start()
    try:
        made = alert(999)("forged", 1)
        info = client.publish(victim.alert(made.data.place, made.data.kind), encode(made), qos=1)
        info.wait_for_publish(30)
        own = client.publish(BoxTopics(SITE, "box-2").health, b"junk", qos=1)
        own.wait_for_publish(30)
    finally:
        client.disconnect()
        client.loop_stop()


def context(identity: Path) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(identity / "ca.crt"))
    made.load_cert_chain(identity / "box.pem")
    return made


def test_tokens_and_centres_that_are_not_believed(city: City, tmp_path: Path) -> None:
    token = city.invite("north/box-9")
    spent = tmp_path / "spent"
    placewatch("box", "enrol", "--token", token, "--folder", spent, "--json")
    assert "used or expired" in placewatch(
        "box", "enrol", "--token", token, "--folder", tmp_path / "x", code=1
    )
    assert not (tmp_path / "x" / "box.pem").exists()
    assert "not an enrolment token" in placewatch("box", "enrol", "--token", "pwenrol1.x", code=1)
    wrong = EnrolmentToken(url=city.centre.url.rstrip("/"), ca="0" * 64, secret="s").text
    told = placewatch("box", "enrol", "--token", wrong, "--folder", tmp_path / "y", code=1)
    assert "another fingerprint" in told
    away = EnrolmentToken(url="https://127.0.0.1:1", ca="0" * 64, secret="s").text
    assert "cannot be reached" in placewatch(
        "box", "enrol", "--token", away, "--folder", tmp_path / "z", code=1
    )
    base, trusted = city.centre.url + "api/v1/trust/", context(spent)
    for body, status in ((b"{", 422), (b"{}", 422), (b"x" * 40_000, 413), (b'{"secret":"s","csr":"c"}', 403)):
        answer = httpx.post(base + "enrolments", content=body, verify=trusted)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
    assert httpx.post(base + "renewals", content=b'{"a":1}', verify=trusted).status_code == 422
    rows = placewatch("central", "trust", "list", "--config", city.config, "--json")
    assert [(row["box"], row["revoked"]) for row in rows] == [("box-9", None)]
