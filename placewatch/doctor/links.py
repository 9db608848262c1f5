"""The broker, the database and the cameras that a configuration names, each tried for real."""

import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from alembic.runtime.migration import MigrationContext
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import make_url

from central.config import CentralConfig
from central.store.engine import Store
from central.store.evidence_remote import open_evidence
from central.store.migrate import head
from edge.config import BoxConfig, Camera
from edge.ingest.source import open_source
from placewatch.doctor.finding import Finding, fail, failed, ok, warn
from placewatch.errors import BrokerError, StreamError
from placewatch.tls import Tls, client_context

BROKER_S = 5.0
CAMERA_S = 8.0


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker is, and as whom to go there.

    Attributes:
        host: Host name or address.
        port: TCP port.
        username: User, if it asks for one.
        password: Password.
        topic: A topic that this client may write and read, and that nobody listens to.
        tls: Certificates, if it asks for them.
    """

    host: str
    port: int
    username: str | None
    password: str | None
    topic: str
    tls: Tls | None = None


def broker(address: BrokerAddress) -> Iterator[Finding]:
    """Connect, subscribe, publish, and wait for the message to come back."""
    where = f"{address.host}:{address.port}"
    try:
        trial = _Trial(address)
    except BrokerError as error:
        yield fail("broker", f"{error.where}: {error.message}", error.remedy)
        return
    try:
        trial.client.connect(address.host, address.port, keepalive=10)
    except OSError as error:
        trial.close()
        reason = error.strerror or str(error)
        yield fail(
            "broker",
            f"{where} cannot be reached: {reason}",
            "start it, or correct broker.host and broker.port",
        )
        return
    trial.client.loop_start()
    try:
        trial.over.wait(BROKER_S)
    finally:
        trial.close()
    if trial.refused:
        yield fail(
            "broker", f"{where} refuses: {trial.refused}", "correct broker.username and broker.password"
        )
    elif trial.came_back:
        yield ok("broker", f"{where}: connected, subscribed, and a message came back")
    elif trial.connected:
        yield fail(
            "broker",
            f"{where} lets us in, but a message to {address.topic} did not come back in {BROKER_S:.0f} s",
            f"let this user read and write {address.topic.rsplit('/', 1)[0]}/# in the broker's access list",
        )
    else:
        yield fail(
            "broker", f"{where} does not answer as an MQTT broker", "check that broker.port is its MQTT port"
        )


class _Trial:
    """A client that talks to itself through the broker."""

    def __init__(self, address: BrokerAddress) -> None:
        self.connected = False
        self.came_back = False
        self.refused = ""
        self.over = threading.Event()
        self._topic = address.topic
        self._text = secrets.token_hex(8).encode()
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"placewatch-doctor-{secrets.token_hex(4)}",
            clean_session=True,
        )
        self.client.connect_timeout = BROKER_S
        if address.username is not None:
            self.client.username_pw_set(address.username, address.password)
        if address.tls is not None:
            self.client.tls_set_context(client_context(address.tls))
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message

    def close(self) -> None:
        """Hang up."""
        self.client.disconnect()
        self.client.loop_stop()
        # Without its callbacks the client is in no circle of references and closes its sockets at once.
        self.client.on_connect = self.client.on_subscribe = self.client.on_message = None

    def _on_connect(
        self, client: mqtt.Client, _data: object, _flags: object, reason: object, _more: object
    ) -> None:
        if getattr(reason, "is_failure", False):
            self.refused = str(reason)
            self.over.set()
            return
        self.connected = True
        client.subscribe(self._topic, qos=1)

    def _on_subscribe(
        self, client: mqtt.Client, _data: object, _mid: int, _reasons: object, _more: object
    ) -> None:
        client.publish(self._topic, self._text, qos=1)

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        if message.payload == self._text:
            self.came_back = True
            self.over.set()


def evidence(central: CentralConfig) -> Iterator[Finding]:
    """Whether a store elsewhere takes a file and deletes it again."""
    open_evidence(central.evidence, central.evidence_s3)
    yield ok("evidence", f"{central.evidence} takes and deletes files")


def database(url: str) -> Iterator[Finding]:
    """Whether the database answers, and whether its schema is this program's."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        yield ok("database", f"{parsed.database} will be made at the first start")
        return
    store = Store(url)
    try:
        store.check()
        with store.read() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        store.close()
    wanted = head()
    if found == wanted:
        yield ok("database", f"{store.where} answers, schema {found}")
    elif found is None:
        yield ok("database", f"{store.where} answers, is empty; tables are made at the first start")
    else:
        yield warn(
            "database",
            f"{store.where} answers, schema {found}, this program's is {wanted}",
            "it is migrated at the next start: take a backup first",
        )


def cameras(box: BoxConfig) -> Iterator[Finding]:
    """Open every camera, several at a time."""
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="camera") as pool:
        yield from pool.map(_camera, box.cameras)


def _camera(camera: Camera) -> Finding:
    try:
        with open_source(
            camera.url, transport=camera.transport, where=camera.id, open_s=CAMERA_S, read_s=CAMERA_S
        ) as source:
            info = source.info
    except StreamError as error:
        return failed("camera", error)
    host = urlsplit(camera.url).hostname or "file"
    return ok("camera", f"{camera.id} at {host}: {info.codec} {info.width}x{info.height}, {info.fps:.3g} fps")
