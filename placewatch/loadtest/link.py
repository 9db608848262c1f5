"""One TCP connection to the broker that several boxes share; never blocks once it is open."""

import socket
import time
from collections.abc import Iterator

from placewatch.errors import BrokerError
from placewatch.loadtest import wire
from placewatch.loadtest.plan import Address
from placewatch.loadtest.wire import Packet, Reader

_CHUNK = 256 * 1024
_PACKET_IDS = 65_535


class Link:
    """Packets out, packets in.

    Attributes:
        unacknowledged: Publishes that the broker has not acknowledged.
    """

    def __init__(self, address: Address, client_id: str, topics: list[str], timeout_s: float = 20.0) -> None:
        """Connect and subscribe to ``topics``.

        Raises:
            BrokerError: It cannot be reached or refuses.
        """
        self._reader = Reader()
        self._out = bytearray()
        self._next_id = 1
        self.unacknowledged = 0
        where = f"broker {address.host}:{address.port}"
        try:
            self._socket = socket.create_connection((address.host, address.port), timeout_s)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(
                wire.connect(client_id, username=address.username, password=address.password)
            )
            self._expect(wire.CONNACK, timeout_s)
            self._socket.sendall(wire.subscribe(topics))
            self._expect(wire.SUBACK, timeout_s)
        except OSError as error:
            raise BrokerError(
                f"cannot be reached: {error.strerror or error}",
                where=where,
                remedy="start it, or give another --broker; many connections need a higher 'ulimit -n'",
            ) from error
        self._socket.setblocking(False)

    def _expect(self, kind: int, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for packet in self._reader.feed(self._socket.recv(4096)):
                if packet.kind == kind:
                    if kind == wire.CONNACK and packet.body[1]:
                        raise OSError(f"connection refused with code {packet.body[1]}")
                    return
        raise TimeoutError("no answer")

    def fileno(self) -> int:
        """For a selector."""
        return self._socket.fileno()

    @property
    def wants_to_write(self) -> bool:
        """Whether bytes wait."""
        return bool(self._out)

    def publish(self, topic: bytes, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Queue a message; `flush` sends it."""
        number = 0
        if qos:
            number = self._next_id
            self._next_id = number % _PACKET_IDS + 1
            self.unacknowledged += 1
        self._out += wire.publish(topic, payload, number, retain=retain)

    def flush(self) -> None:
        """Send as much as the socket takes.

        Raises:
            OSError: The connection is gone.
        """
        if self._out:
            try:
                sent = self._socket.send(self._out)
            except BlockingIOError:
                return
            del self._out[:sent]

    def read(self) -> Iterator[Packet]:
        """The receipts that have come; acknowledgements are dealt with.

        Raises:
            OSError: The connection is gone.
        """
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        if not data:
            raise ConnectionResetError("the broker closed the connection")
        for packet in self._reader.feed(data):
            if packet.kind == wire.PUBACK:
                self.unacknowledged -= 1
            elif packet.kind == wire.PUBLISH:
                if packet.packet_id:
                    self._out += wire.puback(packet.packet_id)
                yield packet

    def ping(self) -> None:
        """Queue a PINGREQ."""
        self._out += wire.PINGREQ

    def close(self) -> None:
        """Leave."""
        try:
            self._socket.setblocking(True)
            self._socket.settimeout(1.0)
            self._socket.sendall(bytes(self._out) + wire.DISCONNECT)
        except OSError:
            pass  # it is gone already
        self._socket.close()
