"""The audio track of a camera that has one: silence, as G.711 mu-law (RFC 3551 §4.5.14)."""

import asyncio
from collections.abc import Callable

from placewatch.clock import Clock
from placewatch.footage.rtp import RtpSender

TRACK = "trackID=1"

AUDIO_TYPE = 0
"""Static payload type of PCMU (RFC 3551 §6)."""

_SAMPLES = 160
_PACKET_S = _SAMPLES / 8000
_SILENCE = b"\xff" * _SAMPLES


def described() -> tuple[str, ...]:
    """The track's lines of a session description."""
    return (f"m=audio 0 RTP/AVP {AUDIO_TYPE}", f"a=rtpmap:{AUDIO_TYPE} PCMU/8000", f"a=control:{TRACK}")


async def play(sender: RtpSender, send: Callable[[list[bytes]], None], clock: Clock) -> None:
    """Fifty packets a second, until cancelled.

    Args:
        sender: Numbers them.
        send: Takes them.
        clock: For pacing.
    """
    begin, count = clock.monotonic(), 0
    while True:
        send(sender.packetise([_SILENCE], count * _SAMPLES))
        count += 1
        await asyncio.sleep(max(0.0, begin + count * _PACKET_S - clock.monotonic()))
