"""paho's client with fewer system calls: it reads ahead, and acknowledges a whole batch in one write.

As it comes, paho reads a packet with three calls and a select, and writes and wakes for each acknowledgement.
Here its socket reads ahead, `loop_read` goes on while whole packets may be waiting, what it writes goes out
together, and a batch's acknowledgements are one write. The two methods that are not public are under test.
"""

import contextlib
import struct
from collections.abc import Iterable
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode

_CHUNK = 128 * 1024
_PUBACK = 0x40


class ReadAhead:
    """A socket whose reads are served from a buffer and whose writes wait for `flush`."""

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - plain, TLS or a wrapper of paho's own
        """Wrap ``inner``."""
        self._inner = inner
        self._data = b""
        self._at = 0
        self._out = bytearray()

    def recv(self, size: int) -> bytes:
        """At most ``size`` bytes; raises as the socket does when there are none."""
        data, at = self._data, self._at
        if at >= len(data):
            data, at = self._inner.recv(_CHUNK), 0
            self._data = data
        piece: bytes = data[at : at + size]
        self._at = at + len(piece)
        return piece

    def pending(self) -> int:
        """Bytes that can be read without asking the kernel."""
        held = len(self._data) - self._at
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
        """Send what waits, if that is possible at once, and close."""
        with contextlib.suppress(OSError):
            self.flush()
        self._inner.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a socket has
        """The socket's own."""
        return getattr(self._inner, name)


class QuickClient(paho.Client):
    """See the module."""

    def _create_socket(self) -> Any:  # noqa: ANN401 - what paho takes for a socket
        return ReadAhead(super()._create_socket())

    def _ahead(self) -> ReadAhead | None:
        held: Any = self.socket()
        return held if isinstance(held, ReadAhead) else None

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Read packets until no more bytes are at hand."""
        while True:
            code = super().loop_read(max_packets)
            ahead = self._ahead()
            if code or ahead is None or not ahead.pending():
                return code

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

    def acknowledge(self, packet_ids: Iterable[int]) -> None:
        """Acknowledge QoS 1 messages; from any thread."""
        packets = b"".join(struct.pack("!BBH", _PUBACK, 2, number) for number in packet_ids)
        if packets:
            self._packet_queue(_PUBACK, packets, 0, 0)
