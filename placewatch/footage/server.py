"""The replay server: every clip a looping RTSP stream, as cameras send it."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

from placewatch.clock import Clock, SystemClock
from placewatch.errors import StreamError
from placewatch.footage.auth import Credentials, allowed, challenges
from placewatch.footage.clip import load_clip
from placewatch.footage.faults import Faults
from placewatch.footage.rtp import TCP_PAYLOAD, UDP_PAYLOAD, RtpSender
from placewatch.footage.rtsp import (
    MAX_HEADER_BYTES,
    BadRequestError,
    Request,
    Transport,
    answer,
    parse_transport,
    read_request,
)
from placewatch.footage.sdp import TRACK, describe
from placewatch.footage.stream import Outlet, Shelf, interleaved, play
from placewatch.logs import get_logger

SESSION_S = 60
"""Session timeout that clients are told, seconds; ours live as long as their connection."""


_Verb = Callable[[Request, str], Awaitable[bytes]]


class ReplayServer:
    """Serves clips over RTSP, with RTP inside the connection (TCP) or beside it (UDP unicast).

    Args:
        clips: Stream name to file; H.264 or H.265 as stored.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        credentials: Who may watch; everybody when None.
        clock: For pacing and sender reports.

    Raises:
        StreamError: A clip cannot be served.
    """

    def __init__(
        self,
        clips: Mapping[str, Path],
        *,
        host: str = "127.0.0.1",
        port: int = 8554,
        credentials: Credentials | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.shelves = {name: Shelf(load_clip(path, name)) for name, path in clips.items()}
        self.credentials = credentials
        self.clock = clock or SystemClock()
        self.host = host
        self.port = port
        self.clients: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    def url(self, name: str) -> str:
        """Address of the stream ``name``, without credentials."""
        return f"rtsp://{self.host}:{self.port}/{name}"

    def faults(self, name: str) -> Faults:
        """What is wrong with the camera ``name`` now; change it to inject a fault."""
        return self.shelves[name].faults

    def disconnect(self, name: str) -> None:
        """Throw out everybody who watches ``name``, once. To be called inside the server's loop."""
        for client in list(self.clients):
            if client.watches == name:
                client.hang_up()

    async def start(self) -> None:
        """Begin to listen.

        Raises:
            StreamError: The port is taken or the address is not ours.
        """
        try:
            self._server = await asyncio.start_server(
                self._serve, self.host, self.port, limit=MAX_HEADER_BYTES
            )
        except OSError as error:
            raise StreamError(
                f"cannot listen: {error.strerror or error}",
                where=f"{self.host}:{self.port}",
                remedy="stop what uses the port, or choose another with --port (0 takes a free one)",
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and hang up on all clients."""
        if self._server is not None:
            self._server.close()
        for client in list(self.clients):
            client.hang_up()
        if self._server is not None:
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Connection(self, reader, writer)
        self.clients.add(client)
        try:
            await client.run()
        finally:
            self.clients.discard(client)
            await client.close()


class _Connection:
    """One client: its requests, its one session, its playing task."""

    def __init__(
        self, server: ReplayServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.watches = ""
        self._server = server
        self._reader = reader
        self._writer = writer
        self._nonce = secrets.token_hex(16)
        self._session = ""
        self._outlet: Outlet | None = None
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._playing: asyncio.Task[None] | None = None
        self._sender = RtpSender(secrets.randbits(32), secrets.randbits(16))
        self._verbs: dict[str, _Verb] = {
            "OPTIONS": self._options,
            "DESCRIBE": self._describe,
            "SETUP": self._setup,
            "PLAY": self._play,
            "PAUSE": self._pause,
            "GET_PARAMETER": self._keep_alive,
            "SET_PARAMETER": self._keep_alive,
            "TEARDOWN": self._teardown,
        }
        self._log = get_logger(client=str(writer.get_extra_info("peername")))

    async def run(self) -> None:
        """Answer requests until the client hangs up or sends garbage."""
        with suppress(ConnectionError):
            try:
                while (request := await read_request(self._reader)) is not None:
                    self._writer.write(await self._respond(request))
                    await self._writer.drain()
                    if request.method == "TEARDOWN" or self._refused(self.watches):
                        return
            except BadRequestError:
                self._writer.write(answer(400, "0"))
                await self._writer.drain()

    def hang_up(self) -> None:
        """End the connection at once."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Release everything."""
        if self._playing is not None:
            self._playing.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await self._playing
        for transport in self._datagrams:
            transport.close()
        self._writer.close()
        with suppress(ConnectionError, OSError):
            await self._writer.wait_closed()

    def _refused(self, name: str) -> bool:
        shelf = self._server.shelves.get(name)
        return shelf is not None and shelf.faults.disconnect

    async def _respond(self, request: Request) -> bytes:
        cseq = request.headers.get("cseq", "0")
        if not request.version.startswith("RTSP/1."):
            return answer(505, cseq)
        verb = self._verbs.get(request.method)
        if verb is None:
            return answer(501, cseq)
        if request.method != "OPTIONS" and not self._permitted(request):
            return answer(401, cseq, challenges(self._nonce))
        return await verb(request, cseq)

    def _permitted(self, request: Request) -> bool:
        credentials = self._server.credentials
        header = request.headers.get("authorization", "")
        return credentials is None or allowed(header, request.method, self._nonce, credentials)

    async def _options(self, _request: Request, cseq: str) -> bytes:
        return answer(200, cseq, {"Public": ", ".join(self._verbs)})

    async def _describe(self, request: Request, cseq: str) -> bytes:
        shelf = self._server.shelves.get(request.name)
        if shelf is None or shelf.faults.disconnect:
            return answer(404, cseq)
        base = request.url.rstrip("/") + "/"
        return answer(200, cseq, {"Content-Base": base}, describe(shelf.clip, self._server.host))

    async def _setup(self, request: Request, cseq: str) -> bytes:
        if request.name not in self._server.shelves or TRACK not in request.url:
            return answer(404, cseq)
        if self._playing is not None:
            return answer(455, cseq)
        wanted = parse_transport(request.headers.get("transport", ""))
        if wanted is None:
            return answer(461, cseq)
        self._session = self._session or secrets.token_hex(8)
        self.watches = request.name
        reply = await self._connect(wanted)
        return answer(200, cseq, {"Transport": reply, "Session": f"{self._session};timeout={SESSION_S}"})

    async def _connect(self, wanted: Transport) -> str:
        """Make the outlet; returns the answer's Transport header."""
        ssrc = f"{self._sender.ssrc:08X}"
        if wanted.ports is None:
            channel = wanted.channel or 0
            self._outlet = interleaved(self._writer.transport, channel, TCP_PAYLOAD)
            return f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};ssrc={ssrc}"
        peer = self._writer.get_extra_info("peername")[0]
        rtp, rtcp = [await self._datagram((peer, port)) for port in wanted.ports]

        def send(packets: list[bytes]) -> None:
            for packet in packets:
                rtp.sendto(packet)

        # Datagrams never wait for the client: what it does not take is lost, as with a camera.
        self._outlet = Outlet(send, rtcp.sendto, lambda: 0, UDP_PAYLOAD)
        ours = "-".join(str(end.get_extra_info("sockname")[1]) for end in (rtp, rtcp))
        theirs = f"{wanted.ports[0]}-{wanted.ports[1]}"
        return f"RTP/AVP;unicast;client_port={theirs};server_port={ours};ssrc={ssrc}"

    async def _datagram(self, remote: tuple[str, int]) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=(self._server.host, 0), remote_addr=remote
        )
        self._datagrams.append(transport)
        return transport

    async def _play(self, request: Request, cseq: str) -> bytes:
        if (problem := self._no_session(request, cseq)) is not None:
            return problem
        shelf = self._server.shelves[self.watches]
        outlet = cast("Outlet", self._outlet)
        info = f"url={request.url.rstrip('/')}/{TRACK};seq={self._sender.sequence};rtptime=0"
        reply = answer(200, cseq, {"Session": self._session, "Range": "npt=now-", "RTP-Info": info})
        if self._playing is None or self._playing.done():
            # Created now, it runs only after this answer has been written.
            self._playing = asyncio.create_task(self._stream(shelf, outlet))
        return reply

    async def _stream(self, shelf: Shelf, outlet: Outlet) -> None:
        self._log.info("playing", stream=self.watches)
        await play(shelf, outlet, self._sender, self._server.clock)
        self.hang_up()

    async def _pause(self, request: Request, cseq: str) -> bytes:
        if (problem := self._no_session(request, cseq)) is not None:
            return problem
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None
        return answer(200, cseq, {"Session": self._session})

    async def _keep_alive(self, _request: Request, cseq: str) -> bytes:
        return answer(200, cseq, {"Session": self._session} if self._session else None)

    async def _teardown(self, request: Request, cseq: str) -> bytes:
        return self._no_session(request, cseq) or answer(200, cseq, {"Session": self._session})

    def _no_session(self, request: Request, cseq: str) -> bytes | None:
        given = request.headers.get("session", "").partition(";")[0]
        if not self._session or given != self._session:
            return answer(454, cseq)
        return None
