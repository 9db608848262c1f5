"""Packetisation: what a receiver puts together again is what was sent."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.footage.rtp import NTP_EPOCH, RtpSender, payloads


def reassemble(codec: str, parts: list[bytes]) -> list[bytes]:
    """A receiver, written from the RFCs."""
    nals: list[bytes] = []
    for part in parts:
        kind = part[0] & 0x1F if codec == "h264" else (part[0] >> 1) & 0x3F
        if codec == "h264" and kind == 28:
            head = bytes(((part[0] & 0xE0) | (part[1] & 0x1F),))
            flags, body = part[1], part[2:]
        elif codec == "hevc" and kind == 49:
            head = bytes(((part[0] & 0x81) | ((part[2] & 0x3F) << 1), part[1]))
            flags, body = part[2], part[3:]
        else:
            nals.append(part)
            continue
        if flags & 0x80:
            nals.append(head)
        nals[-1] += body
    return nals


NALS = st.lists(st.tuples(st.integers(1, 23), st.binary(min_size=2, max_size=4000)), min_size=1, max_size=5)


@given(NALS, st.sampled_from(["h264", "hevc"]), st.integers(50, 1500))
def test_fragments_come_together_again(nals: list[tuple[int, bytes]], codec: str, limit: int) -> None:
    sent = tuple(
        (bytes((0x60 | kind,)) if codec == "h264" else bytes((kind << 1, 1))) + body for kind, body in nals
    )
    parts = payloads(codec, sent, limit)
    assert all(len(part) <= limit for part in parts)
    assert reassemble(codec, parts) == list(sent)


def test_sequence_and_marker() -> None:
    sender = RtpSender(ssrc=7, sequence=0xFFFF)
    first, second = sender.packetise([b"a", b"bc"], (1 << 32) + 5)
    assert struct.unpack("!BBHII", first[:12]) == (0x80, 96, 0xFFFF, 5, 7)
    assert struct.unpack("!BBHII", second[:12]) == (0x80, 96 | 0x80, 0, 5, 7)
    assert (sender.packets, sender.octets) == (2, 3)


@pytest.mark.parametrize("now", [0.0, 1_700_000_000.5])
def test_report_ties_rtp_to_the_wall_clock(now: float) -> None:
    report = RtpSender(ssrc=9).report(now, 90_000)
    kind, length, ssrc, seconds, fraction, stamp = struct.unpack("!xBHIIII", report[:20])
    assert (kind, length, ssrc, stamp) == (200, 6, 9, 90_000)
    assert seconds - NTP_EPOCH + fraction / 2**32 == pytest.approx(now)
    assert len(report) % 4 == 0
