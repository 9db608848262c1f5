"""Encoded pictures as RTP packets (RFC 3550, RFC 6184 for H.264, RFC 7798 for H.265)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

PAYLOAD_TYPE = 96
UDP_PAYLOAD = 1400
"""Largest RTP payload in a datagram, bytes: fits an Ethernet frame."""
TCP_PAYLOAD = 8000
"""Largest RTP payload inside the RTSP connection, bytes: few headers, and every client's buffer holds it."""
NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""


def payloads(codec: str, nals: tuple[bytes, ...], limit: int) -> list[bytes]:
    """RTP payloads of one picture: single NAL units, or fragments of those over ``limit`` bytes."""
    fragment = _fragments_h264 if codec == "h264" else _fragments_h265
    result: list[bytes] = []
    for nal in nals:
        if len(nal) <= limit:
            result.append(nal)
        else:
            result.extend(fragment(nal, limit))
    return result


def _fragments_h264(nal: bytes, limit: int) -> Iterator[bytes]:
    """FU-A (RFC 6184 §5.8): indicator with type 28, header with start and end bits."""
    indicator = (nal[0] & 0xE0) | 28
    kind = nal[0] & 0x1F
    body = nal[1:]
    for start in range(0, len(body), limit - 2):
        part = body[start : start + limit - 2]
        flags = (0x80 if start == 0 else 0) | (0x40 if start + len(part) == len(body) else 0)
        yield bytes((indicator, flags | kind)) + part


def _fragments_h265(nal: bytes, limit: int) -> Iterator[bytes]:
    """FU (RFC 7798 §4.4.3): two-byte header with type 49, FU header with start and end bits."""
    head = bytes(((nal[0] & 0x81) | (49 << 1), nal[1]))
    kind = (nal[0] >> 1) & 0x3F
    body = nal[2:]
    for start in range(0, len(body), limit - 3):
        part = body[start : start + limit - 3]
        flags = (0x80 if start == 0 else 0) | (0x40 if start + len(part) == len(body) else 0)
        yield head + bytes((flags | kind,)) + part


@dataclass(slots=True)
class RtpSender:
    """Numbers the packets of one track of one client.

    Attributes:
        ssrc: Synchronisation source, 32 bits.
        sequence: Next sequence number, wraps at 2**16.
        kind: Payload type.
        packets: Packets sent, for the sender report.
        octets: Payload bytes sent, for the sender report.
    """

    ssrc: int
    sequence: int = 0
    kind: int = PAYLOAD_TYPE
    packets: int = field(default=0, init=False)
    octets: int = field(default=0, init=False)

    def packetise(self, parts: list[bytes], timestamp: int) -> list[bytes]:
        """RTP packets of one picture; the last one carries the marker.

        Args:
            parts: Payloads from `payloads`.
            timestamp: RTP time, 90 kHz ticks; taken modulo 2**32.
        """
        last = len(parts) - 1
        stamp = timestamp & 0xFFFFFFFF
        result = []
        for index, part in enumerate(parts):
            kind = self.kind | (0x80 if index == last else 0)
            result.append(struct.pack("!BBHII", 0x80, kind, self.sequence, stamp, self.ssrc) + part)
            self.sequence = (self.sequence + 1) & 0xFFFF
            self.octets += len(part)
        self.packets += len(parts)
        return result

    def report(self, now: float, timestamp: int) -> bytes:
        """RTCP sender report and CNAME (RFC 3550 §6.4.1, §6.5): ties RTP time to the wall clock.

        Args:
            now: Unix seconds.
            timestamp: RTP time of that moment.
        """
        seconds = int(now)
        fraction = int((now - seconds) * 2**32)
        report = struct.pack(
            "!BBHIIIIII",
            0x80,
            200,
            6,
            self.ssrc,
            (seconds + NTP_EPOCH) & 0xFFFFFFFF,
            fraction,
            timestamp & 0xFFFFFFFF,
            self.packets & 0xFFFFFFFF,
            self.octets & 0xFFFFFFFF,
        )
        name = b"replay"
        item = bytes((1, len(name))) + name
        item += b"\x00" * (4 - len(item) % 4)
        return report + struct.pack("!BBHI", 0x81, 202, (4 + len(item)) // 4, self.ssrc) + item
