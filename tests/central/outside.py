"""What surrounds central in tests: boxes that insist on their receipts, and central as a process."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from central.config import CentralConfig
from central.store.engine import Store
from central.store.migrate import migrate
from messages import Alert, Receipt, decode, encode
from messages.topics import BoxTopics
from placewatch.config import load
from tests.central.people import bearer, token
from tests.servers import end, wait_until

CITY = Path(__file__).parent / "city"
_RUN = "from placewatch.cli.main import run; run()"


@dataclass(slots=True)
class Outbox:
    """A box's side of the promise: an alert is sent again and again until its receipt comes.

    Attributes:
        box: Whose.
        port: The broker's.
        receipted: Ids with a receipt.
        rejected: Ids with a rejection, and its reason.
    """

    box: BoxTopics
    port: int
    receipted: set[str] = field(default_factory=set)
    rejected: dict[str, str] = field(default_factory=dict)
    _client: paho.Client = field(init=False)
    _subscribed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=f"box-{self.box.box}", clean_session=False
        )
        client.reconnect_delay_set(1, 1)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.connect_async("127.0.0.1", self.port)
        client.loop_start()
        self._client = client

    def ready(self) -> None:
        """Wait for the subscription."""
        wait_until(self._subscribed.is_set, "the box's subscription")

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe(self.box.receipt, 1)

    def _on_subscribe(self, *_: object) -> None:
        self._subscribed.set()

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        receipt = decode(bytes(message.payload), Receipt)
        self.receipted.update(receipt.ids)
        self.rejected.update({item.id: item.reason for item in receipt.rejected})

    @property
    def settled(self) -> set[str]:
        """Ids that the box may forget."""
        return self.receipted | set(self.rejected)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send once."""
        self._client.publish(topic, payload, qos=1)

    def send(self, alerts: Sequence[Alert]) -> None:
        """Send once."""
        for alert in alerts:
            self.publish(self.box.alert(alert.data.place, alert.data.kind), encode(alert))

    def insist(self, alerts: Sequence[Alert], within_s: float = 60.0, every_s: float = 1.0) -> None:
        """Send what has no receipt, again and again, until all have."""
        deadline = time.monotonic() + within_s
        while waiting := [alert for alert in alerts if alert.id not in self.settled]:
            if time.monotonic() > deadline:
                pytest.fail(f"{len(waiting)} of {len(alerts)} alerts have no receipt after {within_s:g} s")
            self.send(waiting)
            pause = time.monotonic() + every_s
            while time.monotonic() < pause and any(alert.id not in self.settled for alert in waiting):
                time.sleep(0.02)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


@contextmanager
def outbox(box: BoxTopics, port: int) -> Iterator[Outbox]:
    """A box that is connected and hears its receipts."""
    made = Outbox(box, port)
    try:
        made.ready()
        yield made
    finally:
        made.close()


@dataclass(slots=True)
class Central:
    """``placewatch central serve`` as a process.

    Attributes:
        config: Its configuration file.
        url: Where it answers; a new port after each start.
        headers: What its API wants: a token that may do everything.
    """

    config: Path
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait for the readiness line."""
        if not self.headers:
            self.headers = bearer(_token(self.config))
        with (self.config.parent / "central.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _RUN, "central", "serve", "--config", self.config, "--json"],
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.config.parent / "central.log").read_text()
        ready = json.loads(line)
        assert ready["pid"] == self.process.pid
        self.url = ready["url"]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        assert self.process is not None
        code = end(self.process, number)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def get(self, path: str) -> httpx.Response:
        """Ask it."""
        return httpx.get(self.url.rstrip("/") + path, headers=self.headers, timeout=10)

    def counts(self) -> dict[str, int]:
        """Its sums."""
        found: dict[str, int] = self.get("/api/v1/counts").json()
        return found

    def log(self) -> str:
        """What it wrote."""
        return (self.config.parent / "central.log").read_text()


def _token(config: Path) -> str:
    store = Store(load(config, CentralConfig).database)
    migrate(store)
    secret = token(store, name="outside")
    store.close()
    return secret


@contextmanager
def central(
    folder: Path, broker_port: int, database: str = "", client_id: str = "central", **more: object
) -> Iterator[Central]:
    """A central that runs until the end; ``more`` goes into its configuration."""
    settings = {
        "city": str(CITY / "city.yaml"),
        "grids": str(CITY / "grids.geojson"),
        "broker": {"port": broker_port, "client_id": client_id},
        "http": {"port": 0},
        **({"database": database} if database else {}),
        **more,
    }
    config = folder / "central.yaml"
    config.write_text(json.dumps(settings))
    made = Central(config)
    made.start()
    try:
        yield made
    finally:
        made.stop(signal.SIGKILL)
