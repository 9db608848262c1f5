"""Real brokers for the tests of the outbox, and a central that answers with receipts."""

import asyncio
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

import paho.mqtt.client as mqtt
from amqtt.broker import Broker as Amqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from messages import Alert, BoxState, ClipPart, Health, Receipt, Rejection, Snapshot, decode, encode
from messages.topics import ALL_ALERTS, ALL_CLIPS, ALL_HEALTH, ALL_SNAPSHOTS, ALL_STATES, BoxTopics, parse
from tests.parts import program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], object], seconds: float = 15.0) -> bool:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return bool(condition())


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Mosquitto:
    """A mosquitto process that keeps nothing when it is killed."""

    def __init__(self, folder: Path, *, users: dict[str, str] | None = None) -> None:
        self.port = free_port()
        lines = ["user root", f"listener {self.port} 127.0.0.1", "persistence false", "max_queued_messages 0"]
        if users is None:
            lines.append("allow_anonymous true")
        else:
            secrets = folder / "users"
            secrets.write_text("".join(f"{name}:{password}\n" for name, password in users.items()))
            subprocess.run([program("mosquitto_passwd"), "-U", str(secrets)], check=True, capture_output=True)
            lines += ["allow_anonymous false", f"password_file {secrets}"]
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join(lines) + "\n")
        self._log = (folder / "mosquitto.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        self._process = subprocess.Popen(
            [program("mosquitto"), "-c", str(self._config)], stdout=self._log, stderr=self._log
        )
        assert until(lambda: listens(self.port))
        return self

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """SIGSTOP: the connections stay, nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._log.close()


class EmbeddedAmqtt:
    """amqtt in a thread, as the demo runs it."""

    def __init__(self) -> None:
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        self._broker: Amqtt | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._broker is not None
        asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _begin(self) -> None:
        self._broker = Amqtt(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{self.port}"}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        await self._broker.start()


class Central:
    """Notes every alert and answers with a receipt, unless it is told to be silent."""

    def __init__(self, port: int, *, silent: bool = False, rejects: frozenset[int] = frozenset()) -> None:
        self.silent = silent
        self.rejects = rejects
        self.arrivals: list[Alert] = []
        self.parts: list[ClipPart] = []
        self.snapshots: list[Snapshot] = []
        self.states: list[BoxState | None] = []
        self.healths: list[Health] = []
        self._ready = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="central", clean_session=True)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._subscribed
        self._client.on_message = self._message
        self._port = port

    @property
    def seqs(self) -> list[int]:
        """Distinct numbers, in the order of their first arrival."""
        return list(Counter(alert.seq for alert in self.arrivals))

    def __enter__(self) -> Self:
        with suppress(ConnectionRefusedError):
            self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def ask(self, box: BoxTopics, payload: bytes) -> None:
        """Send a command."""
        self._client.publish(box.command, payload, qos=1)

    def answer(self, alert: Alert) -> None:
        box = parse(f"pw/v1/{alert.source.removeprefix('//').rpartition('/')[0]}/health")
        assert box is not None
        refused = [Rejection(id=alert.id, reason="not good")] if alert.seq in self.rejects else []
        receipt = Receipt(ids=[] if refused else [alert.id], rejected=refused)
        self._client.publish(box.box.receipt, encode(receipt), qos=1)

    def _connected(
        self,
        client: mqtt.Client,
        _data: object,
        _flags: mqtt.ConnectFlags,
        _reason: ReasonCode,
        _more: Properties | None,
    ) -> None:
        client.subscribe(
            [(topic, 1) for topic in (ALL_ALERTS, ALL_CLIPS, ALL_HEALTH, ALL_SNAPSHOTS, ALL_STATES)]
        )

    def _subscribed(
        self,
        _client: mqtt.Client,
        _data: object,
        _mid: int,
        _reasons: list[ReasonCode],
        _more: Properties | None,
    ) -> None:
        self._ready.set()

    def _message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        address = parse(message.topic)
        assert address is not None
        payload = bytes(message.payload)
        match address.channel:
            case "alert":
                alert = decode(payload, Alert)
                assert (address.place, address.kind) == (alert.data.place, alert.data.kind)
                self.arrivals.append(alert)
                if not self.silent:
                    self.answer(alert)
            case "clip":
                part = decode(payload, ClipPart)
                assert address.item == part.clip
                self.parts.append(part)
                if not self.silent:
                    self._client.publish(address.box.receipt, encode(Receipt(ids=[part.id])), qos=1)
            case "snapshot":
                self.snapshots.append(decode(payload, Snapshot))
            case "state":
                self.states.append(decode(payload, BoxState) if payload else None)
            case "health":
                self.healths.append(decode(payload, Health))
