"""The broker's client that reads ahead, against the real broker and a socket that trickles."""

import socket
import threading

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from central.ingest.mqtt import subscriptions
from central.ingest.quick_paho import QuickClient, ReadAhead
from tests.servers import Mosquitto, wait_until


def test_reads_are_whole_whatever_the_pieces() -> None:
    near, far = socket.socketpair()
    far.sendall(b"abcdef")
    near.setblocking(False)
    ahead = ReadAhead(near)
    assert (ahead.recv(2), ahead.pending(), ahead.recv(10), ahead.pending()) == (b"ab", 4, b"cdef", 0)
    with pytest.raises(BlockingIOError):
        ahead.recv(1)
    assert ahead.send(b"xyz") == 3
    assert ahead.unsent == 3
    ahead.close()
    assert far.recv(10) == b"xyz"
    far.close()


def test_what_the_socket_does_not_take_waits() -> None:
    near, far = socket.socketpair()
    near.setblocking(False)
    ahead = ReadAhead(near)
    data = b"x" * 4_000_000
    ahead.send(data)
    ahead.flush()
    assert 0 < ahead.unsent < len(data)
    received = bytearray()

    def read() -> None:
        while len(received) < len(data):
            received.extend(far.recv(1 << 20))

    reader = threading.Thread(target=read)
    reader.start()

    def all_sent() -> bool:
        ahead.flush()
        return ahead.unsent == 0

    wait_until(all_sent, "the rest to be sent")
    reader.join(10)
    assert received == data
    near.close()
    far.close()


def test_acknowledged_in_one_write_and_nothing_comes_again(mosquitto: Mosquitto) -> None:
    """Half of the messages are acknowledged; a new connection of the same session gets the other half."""
    count = 600
    seen: list[paho.MQTTMessage] = []

    def client() -> QuickClient:
        made = QuickClient(
            CallbackAPIVersion.VERSION2, client_id="quick", clean_session=False, manual_ack=True
        )
        made.on_connect = lambda who, *_: who.subscribe("quick/#", 1)
        made.on_message = lambda _who, _data, message: seen.append(message)
        subscribed = threading.Event()
        made.on_subscribe = lambda *_: subscribed.set()
        made.connect("127.0.0.1", mosquitto.port)
        made.loop_start()
        assert subscribed.wait(10)
        return made

    first = client()
    for number in range(count):
        first.publish(f"quick/{number}", b"x" * number, qos=1)
    wait_until(lambda: len(seen) == count, "all messages")
    assert [int(message.topic.split("/")[1]) for message in seen] == list(range(count))
    assert all(len(message.payload) == number for number, message in enumerate(seen))
    first.acknowledge(message.mid for message in seen[: count // 2])
    first.disconnect()
    first.loop_stop()
    seen.clear()
    second = client()
    wait_until(lambda: len(seen) >= count // 2, "the other half")
    second.acknowledge(message.mid for message in seen)
    second.disconnect()
    second.loop_stop()
    assert sorted(int(message.topic.split("/")[1]) for message in seen) == list(range(count // 2, count))


def test_a_group_shares_alerts_but_not_states() -> None:
    """States are retained, and a picture goes to the member that asked for it: all members hear those."""
    plain, shared = subscriptions(""), subscriptions("city")
    assert not any(topic.startswith("$share/") for topic, _ in plain)
    for_all = {topic for topic, _ in shared if not topic.startswith("$share/")}
    assert for_all == {"pw/v1/+/+/state", "pw/v1/+/+/snapshot/+"}
    assert {topic.removeprefix("$share/city/") for topic, _ in shared} == {topic for topic, _ in plain}
