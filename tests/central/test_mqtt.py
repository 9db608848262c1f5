"""The aggregator's client against a broker that lets it in but does not let it read."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from central.config import Broker
from central.ingest import mqtt
from central.ingest.lanes import Lanes
from central.ingest.mqtt import MqttClient
from placewatch.clock import SystemClock
from tests.servers import wait_until

_CONNACK = b"\x20\x02\x00\x00"
_GRANTED = b"\x01\x01\x01\x00\x00"
"""For alerts, clips, states, pictures, health: as `central.ingest.mqtt.subscriptions` asks."""
_NO_STATES = b"\x01\x01\x80\x00\x00"
_NO_PICTURES = b"\x01\x80\x01\x80\x00"


def _packet(connection: socket.socket) -> bytes:
    """Next packet's first byte and body; lengths under 16384."""
    first = connection.recv(1)
    low = connection.recv(1)[0]
    size = (low & 127) + (connection.recv(1)[0] << 7 if low > 127 else 0)
    body = b""
    while len(body) < size:
        body += connection.recv(size - len(body))
    return first + body


class Scripted:
    """Takes one client; answers its subscriptions with one list of codes after the other, then the last."""

    def __init__(self, *answers: bytes) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._answers = answers
        self.asked = 0
        self.may_answer = threading.Semaphore(0)

    def run(self) -> None:
        """Until the client is gone."""
        connection, _ = self._server.accept()
        with connection:
            while True:
                try:
                    packet = _packet(connection)
                except (IndexError, OSError):
                    return
                if packet[0] == 0x10:
                    connection.sendall(_CONNACK)
                elif packet[0] == 0x82:
                    self.asked += 1
                    self.may_answer.acquire()
                    codes = self._answers[min(self.asked, len(self._answers)) - 1]
                    connection.sendall(b"\x90" + bytes([2 + len(codes)]) + packet[1:3] + codes)

    def close(self) -> None:
        self._server.close()


@contextmanager
def scripted(*answers: bytes) -> Iterator[Scripted]:
    """A broker at work."""
    broker = Scripted(*answers)
    thread = threading.Thread(target=broker.run, daemon=True)
    thread.start()
    yield broker
    broker.close()
    thread.join(5)


def test_a_broker_that_may_not_be_read_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "_RESUBSCRIBE_S", 0.05)
    with scripted(_NO_STATES, _NO_STATES, _GRANTED) as broker, capture_logs() as lines:
        client = MqttClient(Broker(port=broker.port), Lanes(1, messages=10, size=1000), SystemClock())
        client.start()
        wait_until(lambda: broker.asked == 1, "a subscription")
        assert not client.connected  # the broker answered, and has not yet said what it gives
        broker.may_answer.release(2)
        wait_until(lambda: broker.asked == 3, "two more tries")
        assert not client.connected
        assert client.connected_since is None
        broker.may_answer.release()
        wait_until(lambda: client.connected, "what it may read")
        assert client.connection == 1
        client.stop()
    said = [line for line in lines if line["log_level"] == "error"]
    assert len(said) == 1  # once for each cause
    assert "refuses to be read" in said[0]["event"]
    assert "docs/operation.md" in said[0]["remedy"]


def test_a_broker_that_gives_all_but_pictures_is_there() -> None:
    with scripted(_NO_PICTURES) as broker, capture_logs() as lines:
        client = MqttClient(Broker(port=broker.port), Lanes(1, messages=10, size=1000), SystemClock())
        client.start()
        broker.may_answer.release()
        wait_until(lambda: client.connected, "what it may read")
        client.stop()
    (said,) = [line["event"] for line in lines if line["log_level"] == "error"]
    assert "clip" in said
    assert "snapshot" in said
    assert "alert" not in said
