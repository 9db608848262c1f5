"""paho's client with fewer system calls and less work a message.

As it comes, paho reads a packet with three calls and a select, hands each on by itself, and writes and wakes
for each acknowledgement. Here its socket reads ahead, what was published is handed on in the bunches in which
it came, what it writes goes out together, and so do a batch's acknowledgements and receipts. The methods that
are not public are under test.
"""

import contextlib
import select
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import cycle
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

from central.ingest import packets
from central.ingest.packets import Delivery

_CHUNK = 256 * 1024
_FAREWELL_S = 0.5
"""Time that a broker has to hang up, too."""


class ReadAhead:
    """A socket whose reads are served from a buffer and whose writes wait for `flush`."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - plain, TLS or a wrapper of paho's own
        """Wrap ``inner``."""
        self._inner = inner
        self._data = b""
        self._at = 0
        self._partial = False
        self._out = bytearray()

    def recv(self, size: int) -> bytes:
        """At most ``size`` bytes; raises as the socket does when there are none."""
        data, at = self._data, self._at
        if at >= len(data):
            data, at = self._inner.recv(_CHUNK), 0
            self._data = data
        piece: bytes = data[at : at + size]
        self._at = at + len(piece)
        self._partial = False
        return piece

    def deliveries(self, *, v5: bool) -> list[Delivery]:
        """What was published and lies next in the buffer, which is filled first if it is empty.

        Nothing while the next packet is of another sort; then `recv` gives it.

        Raises:
            OSError: As the socket's `recv`; the buffer is as it was.
        """
        if self._partial or self._at >= len(self._data):
            more = self._inner.recv(_CHUNK)
            self._data, self._at = self._data[self._at :] + more, 0
            if not more:
                self._partial = False
                raise ConnectionAbortedError("the broker closed the connection")
        found, self._at, self._partial = packets.read(self._data, self._at, v5=v5)
        return found

    def pending(self) -> int:
        """Bytes that are worth reading without asking the kernel: not those of a packet that is not whole."""
        held = 0 if self._partial else len(self._data) - self._at
        return held or (self._inner.pending() if hasattr(self._inner, "pending") else 0)

    def send(self, data: bytes) -> int:
        """Take ``data``; `flush` sends it."""
        self._out += data
        return len(data)

    @property
    def unsent(self) -> int:
        """Bytes that wait for `flush`."""
        return len(self._out)

    def flush(self) -> None:
        """Send as much as the socket takes.

        Raises:
            OSError: The connection is gone.
        """
        while self._out:
            try:
                sent = self._inner.send(self._out)
            except (BlockingIOError, InterruptedError):
                return
            del self._out[:sent]

    def close(self) -> None:
        """Send what waits, if that is possible at once, and close when the other side has read it.

        A socket that is closed with bytes unread is reset by the kernel, and the broker then loses what it
        has not read: acknowledgements, so that alerts would come again.
        """
        with contextlib.suppress(OSError, ValueError):  # gone already
            self.flush()
            self._inner.shutdown(socket.SHUT_WR)
            self._read_to_end()
        self._inner.close()

    def _read_to_end(self) -> None:
        until = time.monotonic() + _FAREWELL_S
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._inner], [], [], left)[0] or not self._inner.recv(_CHUNK):
                return

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a socket has
        """The socket's own."""
        return getattr(self._inner, name)


class QuickClient(paho.Client):
    """See the module.

    Attributes:
        on_deliveries: Called in the client's thread with what was published, in order; `on_message` gets only
            what the library has read itself. None while everything goes through the library.
    """

    on_deliveries: Callable[[Sequence[Delivery]], None] | None = None

    def __init__(self, *args: Any, **settings: Any) -> None:  # noqa: ANN401 - as paho's
        """As `paho.mqtt.client.Client`."""
        super().__init__(*args, **settings)
        self._numbers = cycle(packets.OWN_IDS)

    def _create_socket(self) -> Any:  # noqa: ANN401 - what paho takes for a socket
        return ReadAhead(super()._create_socket())

    def _ahead(self) -> ReadAhead | None:
        held: Any = self.socket()
        return held if isinstance(held, ReadAhead) else None

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read packets until no more bytes are at hand."""
        while True:
            ahead = self._ahead()
            if ahead is None or self.on_deliveries is None:
                code = super().loop_read(max_packets)
            elif self._in_packet["command"] or not self._deliver(ahead, self.on_deliveries):
                code = self._read_one()
            else:
                code = MQTTErrorCode.MQTT_ERR_SUCCESS
            ahead = self._ahead()
            if code or ahead is None or not ahead.pending():
                return code

    def _deliver(self, ahead: ReadAhead, take: Callable[[Sequence[Delivery]], None]) -> bool:
        """Hand on what was published; False when something for the library comes next."""
        try:
            found = ahead.deliveries(v5=self._v5)
        except BlockingIOError:
            return True
        except OSError:
            return False  # the library finds the same, and knows what to do
        if found:
            take(found)
        return bool(found) or not ahead.pending()

    def _read_one(self) -> MQTTErrorCode:
        code = self._packet_read()
        if code == MQTTErrorCode.MQTT_ERR_AGAIN:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        return self._loop_rc_handle(code) if code else code

    @property
    def _v5(self) -> bool:
        return self._protocol == MQTTProtocolVersion.MQTTv5

    def loop_write(self) -> MQTTErrorCode:
        """Write all that waits, together."""
        code = super().loop_write()
        ahead = self._ahead()
        if ahead is not None:
            with contextlib.suppress(OSError):  # the next read tells
                ahead.flush()
        return code

    def want_write(self) -> bool:
        """Whether anything waits to be written."""
        ahead = self._ahead()
        return super().want_write() or (ahead is not None and ahead.unsent > 0)

    def answer(self, acknowledged: Iterable[int], messages: Iterable[tuple[str, bytes]]) -> None:
        """Acknowledge QoS 1 deliveries and publish ``messages`` with QoS 1, in one write; from any thread.

        What is published so is not repeated after a loss of the connection: a receipt that does not arrive is
        asked for again by its box.

        Args:
            acknowledged: Packet ids.
            messages: Topics and payloads.
        """
        sent = packets.pubacks(acknowledged) + b"".join(
            packets.publish(topic.encode(), payload, number, v5=self._v5)
            for (topic, payload), number in zip(messages, self._numbers, strict=False)
        )
        if sent:
            self._packet_queue(packets.PUBACK, sent, 0, 0)
