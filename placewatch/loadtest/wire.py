"""Just enough of MQTT 3.1.1 to make load: packets in and out as bytes, no sockets.

A client library's 100 us a message would be most of what is measured. Only the load generator uses this.
Source: OASIS MQTT 3.1.1, sections 2 and 3.
"""

from collections.abc import Iterator
from dataclasses import dataclass

CONNACK = 0x20
PUBLISH = 0x30
PUBACK = 0x40
SUBACK = 0x90
PINGREQ = b"\xc0\x00"
DISCONNECT = b"\xe0\x00"


def _length(size: int) -> bytes:
    """A remaining length, 7 bits a byte."""
    if size < 128:
        return bytes((size,))
    digits = bytearray()
    while True:
        size, digit = divmod(size, 128)
        digits.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(digits)


def _text(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


def connect(client_id: str, *, keepalive_s: int = 60, username: str = "", password: str = "") -> bytes:
    """A CONNECT with a clean session."""
    flags = 0x02 | (0x80 if username else 0) | (0x40 if password else 0)
    body = b"\x00\x04MQTT\x04" + bytes((flags,)) + keepalive_s.to_bytes(2, "big") + _text(client_id.encode())
    body += b"".join(_text(part.encode()) for part in (username, password) if part)
    return b"\x10" + _length(len(body)) + body


def subscribe(topics: list[str], packet_id: int = 1) -> bytes:
    """A SUBSCRIBE to ``topics`` with QoS 1."""
    body = packet_id.to_bytes(2, "big") + b"".join(_text(topic.encode()) + b"\x01" for topic in topics)
    return b"\x82" + _length(len(body)) + body


def publish(topic: bytes, payload: bytes, packet_id: int = 0, *, retain: bool = False) -> bytes:
    """A PUBLISH; QoS 1 with a packet id (1 to 65535), QoS 0 without."""
    first = 0x30 | (0x02 if packet_id else 0) | (0x01 if retain else 0)
    middle = packet_id.to_bytes(2, "big") if packet_id else b""
    size = 2 + len(topic) + len(middle) + len(payload)
    return b"".join((bytes((first,)), _length(size), _text(topic), middle, payload))


def puback(packet_id: int) -> bytes:
    """A PUBACK."""
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet that came.

    Attributes:
        kind: Upper half of its first byte, such as `PUBLISH`.
        packet_id: Of a PUBACK, or of a PUBLISH with QoS 1; else 0.
        body: Payload of a PUBLISH; all else of other packets.
        topic: Of a PUBLISH.
    """

    kind: int
    packet_id: int
    body: bytes
    topic: bytes = b""


class Reader:
    """Bytes in any pieces to whole packets."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet]:
        """The packets that ``data`` completes."""
        buffer = self._buffer
        buffer += data
        start, end = 0, len(buffer)
        while end - start >= 2:
            size, width = _remaining(buffer, start + 1, end)
            body = start + 1 + width
            if not width or body + size > end:
                break
            yield _packet(buffer[start], bytes(buffer[body : body + size]))
            start = body + size
        del buffer[:start]


def _remaining(buffer: bytearray, start: int, end: int) -> tuple[int, int]:
    """A remaining length and how many bytes it took; 0 bytes when it is not whole yet."""
    size = 0
    for width in range(min(4, end - start)):
        digit = buffer[start + width]
        size |= (digit & 0x7F) << (7 * width)
        if digit < 0x80:
            return size, width + 1
    return 0, 0


def _packet(first: int, body: bytes) -> Packet:
    kind = first & 0xF0
    if kind == PUBACK:
        return Packet(kind, int.from_bytes(body[:2], "big"), b"")
    if kind != PUBLISH:
        return Packet(kind, 0, body)
    start = 2 + int.from_bytes(body[:2], "big")
    topic = body[2:start]
    if not first & 0x06:
        return Packet(kind, 0, body[start:], topic)
    return Packet(kind, int.from_bytes(body[start : start + 2], "big"), body[start + 2 :], topic)
