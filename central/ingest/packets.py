"""MQTT packets as bytes, read and made many at a time: what the broker's client does for each alert.

Only what comes by the thousand is read here: PUBLISH with QoS 0 or 1, and the acknowledgements of what
`publish` made. Everything else is the library's. Source: OASIS MQTT 3.1.1 and 5.0, sections 2 and 3.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

PUBLISH, PUBACK = 0x30, 0x40
OWN_IDS = range(0x8000, 0x10000)
"""Packet ids of what `publish` makes; the library's own begin at 1 and are few."""

_LONGEST_HEAD = 5


class Delivery(NamedTuple):
    """A PUBLISH that came.

    Attributes:
        topic: As sent.
        payload: As sent.
        mid: Packet id; 0 with QoS 0.
        qos: 0 or 1.
    """

    topic: bytes
    payload: bytes
    mid: int
    qos: int


def read(data: bytes, at: int, *, v5: bool) -> tuple[list[Delivery], int, bool]:
    """The deliveries that begin at ``at``, until something else comes or the bytes end.

    Args:
        data: Bytes from the broker.
        at: Where a packet begins.
        v5: Whether they are MQTT 5.

    Returns:
        Deliveries; where reading stopped; whether what begins there may be one that is not whole yet.
    """
    found: list[Delivery] = []
    end = len(data)
    while at < end:
        kind, qos = data[at] & 0xF0, data[at] >> 1 & 3
        if not (kind == PUBLISH and qos < 2) and data[at] != PUBACK:
            return found, at, False
        size, body = _number(data, at + 1, end)
        if not body:
            return found, at, end - at < _LONGEST_HEAD
        if (stop := body + size) > end:
            return found, at, True
        if kind == PUBACK:
            if int.from_bytes(data[body : body + 2], "big") not in OWN_IDS:
                return found, at, False
        else:
            start = body + 2 + int.from_bytes(data[body : body + 2], "big")
            topic, mid = data[body + 2 : start], 0
            if qos:
                mid = int.from_bytes(data[start : start + 2], "big")
                start += 2
            if v5:
                properties, start = _number(data, start, stop)
                start += properties
            if start > stop or not topic:
                return found, at, False  # not well formed, or a topic alias: the library's to judge
            found.append(Delivery(topic, data[start:stop], mid, qos))
        at = stop
    return found, at, False


def _number(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A variable byte integer and where it ends; 0 for the end when it is not whole."""
    value = shift = 0
    while at < end and shift < 28:
        digit = data[at]
        at += 1
        value |= (digit & 0x7F) << shift
        if digit < 0x80:
            return value, at
        shift += 7
    return 0, 0


def _length(size: int) -> bytes:
    digits = bytearray()
    while True:
        size, digit = size >> 7, size & 0x7F
        digits.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(digits)


def publish(topic: bytes, payload: bytes, mid: int, *, v5: bool) -> bytes:
    """A PUBLISH with QoS 1, not retained."""
    middle = mid.to_bytes(2, "big") + (b"\x00" if v5 else b"")
    size = 2 + len(topic) + len(middle) + len(payload)
    return b"".join((b"\x32", _length(size), len(topic).to_bytes(2, "big"), topic, middle, payload))


def pubacks(packet_ids: Iterable[int]) -> bytes:
    """The acknowledgements of these deliveries."""
    return b"".join(struct.pack("!BBH", PUBACK, 2, number) for number in packet_ids)
