"""RTP and RTCP beside the RTSP connection, as UDP unicast (RFC 2326 §10.4)."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass

from placewatch.footage.rtp import UDP_PAYLOAD
from placewatch.footage.stream import Outlet

SEND_BUFFER = 1 << 20
"""A keyframe goes out at once; the system's buffer holds it, bytes."""

TRIES = 20
"""How often a pair of neighbouring ports is looked for."""


@dataclass(frozen=True, slots=True)
class Datagrams:
    """A pair of ports that sends to a client's pair.

    Attributes:
        rtp: To the client's first port.
        rtcp: To its second.
        ports: Ours, the first one even (RFC 3550 §11).
    """

    rtp: asyncio.DatagramTransport
    rtcp: asyncio.DatagramTransport
    ports: tuple[int, int]

    @classmethod
    async def open(cls, host: str, peer: str, ports: tuple[int, int]) -> "Datagrams":
        """Bind both ports.

        Args:
            host: Our address.
            peer: The client's address; nothing is ever sent anywhere else.
            ports: The client's ports.

        Raises:
            OSError: No ports, or the client cannot be reached.
        """
        pair = _bind_pair(host)
        ours = pair[0].getsockname()[1], pair[1].getsockname()[1]
        try:
            rtp, rtcp = [await _connect(end, (peer, port)) for end, port in zip(pair, ports, strict=True)]
        except OSError:
            for end in pair:
                end.close()
            raise
        return cls(rtp, rtcp, ours)

    def outlet(self) -> Outlet:
        """Datagrams never wait for the client: what it does not take is lost, as with a camera."""

        def send(packets: list[bytes]) -> None:
            for packet in packets:
                self.rtp.sendto(packet)

        return Outlet(send, self.rtcp.sendto, lambda: 0, UDP_PAYLOAD)

    def close(self) -> None:
        """Release both ports."""
        self.rtp.close()
        self.rtcp.close()


def _bind_pair(host: str) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(TRIES):
        first, second = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        with suppress(OSError, OverflowError):
            first.bind((host, 0))
            port = first.getsockname()[1]
            if port % 2 == 0:
                second.bind((host, port + 1))
                return first, second
        first.close()
        second.close()
    raise OSError("no pair of ports is free")


async def _connect(ours: socket.socket, theirs: tuple[str, int]) -> asyncio.DatagramTransport:
    ours.setblocking(False)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    ours.connect(theirs)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=ours)
    return transport
