"""The broker's client that reads ahead, against the real broker and a socket that trickles."""

import select
import socket
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from central.ingest import packets
from central.ingest.mqtt import subscriptions
from central.ingest.packets import Delivery
from central.ingest.quick_paho import QuickClient, ReadAhead
from tests.cuts import pieces
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


def test_the_last_words_arrive_though_something_lies_unread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    near.setblocking(False)
    ahead = ReadAhead(near)
    far.sendall(b"an answer that nobody reads")
    assert select.select([near], [], [], 5)[0]
    ahead.send(b"acknowledged")
    leaving = threading.Thread(target=ahead.close)
    leaving.start()
    far.settimeout(5)
    time.sleep(0.1)  # the broker is busy: what it has not read must still be there
    assert (far.recv(100), far.recv(100)) == (b"acknowledged", b"")
    far.close()
    leaving.join(5)
    assert near.fileno() == -1


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


@pytest.mark.parametrize("version", [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5])
def test_answered_in_one_write_and_nothing_comes_again(
    mosquitto: Mosquitto, version: MQTTProtocolVersion
) -> None:
    """Half of the messages are acknowledged; a new connection of the same session gets the other half."""
    count = 600
    seen: list[Delivery] = []
    v5 = version == MQTTProtocolVersion.MQTTv5
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = 600

    def client() -> QuickClient:
        made = QuickClient(
            CallbackAPIVersion.VERSION2,
            client_id=f"quick-{version}",
            clean_session=None if v5 else False,
            manual_ack=True,
            protocol=version,
        )
        made.on_connect = lambda who, *_: who.subscribe(f"quick{version}/#", 1)
        made.on_deliveries = seen.extend
        subscribed = threading.Event()
        made.on_subscribe = lambda *_: subscribed.set()
        if v5:
            made.connect("127.0.0.1", mosquitto.port, clean_start=False, properties=properties)
        else:
            made.connect("127.0.0.1", mosquitto.port)
        made.loop_start()
        assert subscribed.wait(10)
        return made

    first = client()
    published: list[int] = []
    first.on_publish = lambda _who, _data, mid, *_: published.append(mid)
    first.publish(f"quick{version}/0", b"", qos=1)
    first.answer([], [(f"quick{version}/{number}", b"x" * number) for number in range(1, count)])
    wait_until(lambda: len(seen) == count, "all messages")
    assert [int(delivery.topic.split(b"/")[1]) for delivery in seen] == list(range(count))
    assert all(delivery.payload == b"x" * number for number, delivery in enumerate(seen))
    wait_until(lambda: published, "the library's own acknowledgement")
    first.answer([delivery.mid for delivery in seen[: count // 2]], [])
    first.publish("elsewhere", b"", qos=1)
    wait_until(lambda: len(published) == 2, "the broker to have read all before it")
    first.disconnect()
    first.loop_stop()
    seen.clear()
    second = client()
    wait_until(lambda: len(seen) >= count // 2, "the other half")
    second.answer([delivery.mid for delivery in seen], [])
    second.disconnect()
    second.loop_stop()
    assert sorted(int(delivery.topic.split(b"/")[1]) for delivery in seen) == list(range(count // 2, count))


sizes = st.sampled_from([0, 1, 110, 127, 128, 16_383, 16_384, 20_000])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(sizes, st.integers(0x8000, 0xFFFF)), min_size=1, max_size=5), st.booleans(), st.data()
)
def test_packets_survive_any_cut(packed: list[tuple[int, int]], v5: bool, data: st.DataObject) -> None:
    """Other packets between them are left to the library, at their first byte."""
    stream = b"".join(
        packets.publish(b"pw/v1/a", b"x" * size, number, v5=v5) + packets.pubacks([number])
        for size, number in packed
    )
    stream += packets.pubacks([7]) + packets.publish(b"pw/v1/b", b"last", 9, v5=v5)
    held, found = b"", []
    for piece in pieces(stream, data):
        held += piece
        while True:
            more, at, partial = packets.read(held, 0, v5=v5)
            found += more
            held = held[at:]
            if partial or not held or len(held) < 4:
                break
            assert held[:4] == packets.pubacks([7])
            held = held[4:]
    assert [(len(each.payload), each.mid) for each in found[:-1]] == packed
    assert (found[-1].topic, found[-1].payload, found[-1].mid, found[-1].qos) == (b"pw/v1/b", b"last", 9, 1)
    assert not held


def test_what_is_not_well_formed_is_left_to_the_library() -> None:
    for bad in (
        b"\x32\x03\x00\x09a",
        b"\x32\x05\x00\x00\x00\x01x",
        b"\x34\x05\x00\x01a\x00\x01",
        b"\x20\x02\x00\x00",
    ):
        assert packets.read(bad, 0, v5=False) == ([], 0, False)


def test_a_group_shares_alerts_but_not_states() -> None:
    """States are retained, and a picture goes to the member that asked for it: all members hear those."""
    plain, shared = subscriptions(""), subscriptions("city")
    assert not any(topic.startswith("$share/") for topic, _ in plain)
    for_all = {topic for topic, _ in shared if not topic.startswith("$share/")}
    assert for_all == {"pw/v1/+/+/state", "pw/v1/+/+/snapshot/+"}
    assert {topic.removeprefix("$share/city/") for topic, _ in shared} == {topic for topic, _ in plain}
