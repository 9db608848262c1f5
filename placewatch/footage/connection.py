"""One client of the replay server: its requests, its one session, its playing."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from placewatch.clock import Clock
from placewatch.errors import StreamError
from placewatch.footage.auth import Credentials, allowed, challenges
from placewatch.footage.datagrams import Datagrams
from placewatch.footage.rtp import TCP_PAYLOAD, RtpSender
from placewatch.footage.rtsp import (
    BadRequestError,
    Request,
    Transport,
    answer,
    parse_transport,
    read_request,
)
from placewatch.footage.sdp import TRACK, describe
from placewatch.footage.stream import Outlet, Player, Shelf, interleaved
from placewatch.logs import get_logger

SESSION_S = 60
"""Session timeout that clients are told, seconds."""

IDLE_S = 60.0
"""A client that neither asks nor watches for this long is hung up on, seconds."""

_Verb = Callable[[Request], Awaitable[bytes]]


class Cameras(Protocol):
    """What a connection needs to know of its server."""

    clock: Clock
    credentials: Credentials | None

    def shelf(self, name: str) -> Shelf | None:
        """The camera of that name that can be watched now."""
        ...


class Connection:
    """One client.

    Args:
        cameras: What there is to watch.
        reader: Its requests.
        writer: Its answers, and its packets when they travel inside the connection.
    """

    def __init__(self, cameras: Cameras, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.watches = ""
        self._cameras = cameras
        self._reader = reader
        self._writer = writer
        self._nonce = secrets.token_hex(16)
        self._session = ""
        self._outlet: Outlet | None = None
        self._datagrams: Datagrams | None = None
        self._player: Player | None = None
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
        """Answer requests until the client hangs up, goes silent, or sends garbage."""
        with suppress(ConnectionError):
            try:
                while (request := await self._next()) is not None:
                    await self._say(await self._respond(request))
                    if request.method == "TEARDOWN" or self._thrown_out:
                        return
            except BadRequestError:
                await self._say(answer(400, "0"))
            except TimeoutError:
                await self._say(answer(408, "0"))

    def hang_up(self) -> None:
        """End the connection at once."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Release everything."""
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.wait([self._playing])
        if self._datagrams is not None:
            self._datagrams.close()
        self._writer.close()
        with suppress(ConnectionError, OSError):
            await self._writer.wait_closed()

    async def refuse(self) -> None:
        """Send the client away: there are too many."""
        with suppress(ConnectionError):
            await self._say(answer(503, "0"))

    async def _next(self) -> Request | None:
        async with asyncio.timeout(IDLE_S if self._player is None or self._player.paused else None):
            return await read_request(self._reader)

    async def _say(self, text: bytes) -> None:
        self._writer.write(text)
        await self._writer.drain()

    @property
    def _ours(self) -> str:
        """Our address, as the client sees it."""
        return str(self._writer.get_extra_info("sockname")[0])

    @property
    def _thrown_out(self) -> bool:
        return bool(self.watches) and self._cameras.shelf(self.watches) is None

    async def _respond(self, request: Request) -> bytes:
        if not request.version.startswith("RTSP/1."):
            return answer(505, request.cseq)
        verb = self._verbs.get(request.method)
        if verb is None:
            return answer(501, request.cseq)
        if request.method != "OPTIONS" and not self._permitted(request):
            return answer(401, request.cseq, *challenges(self._nonce))
        if request.session and request.session != self._session:
            return answer(454, request.cseq)
        return await verb(request)

    def _permitted(self, request: Request) -> bool:
        credentials = self._cameras.credentials
        header = request.headers.get("authorization", "")
        return credentials is None or allowed(header, request.method, self._nonce, credentials)

    async def _options(self, request: Request) -> bytes:
        return answer(200, request.cseq, ("Public", ", ".join(self._verbs)))

    async def _describe(self, request: Request) -> bytes:
        shelf = self._cameras.shelf(request.stream)
        if shelf is None or request.track:
            return answer(404, request.cseq)
        base = ("Content-Base", request.url.rstrip("/") + "/")
        return answer(200, request.cseq, base, body=describe(shelf.clip, self._ours))

    async def _setup(self, request: Request) -> bytes:
        shelf = self._cameras.shelf(request.stream)
        if shelf is None or request.track not in {"", "0"}:
            return answer(404, request.cseq)
        if self._playing is not None:
            return answer(455, request.cseq)
        wanted = parse_transport(request.headers.get("transport", ""))
        if wanted is None:
            return answer(461, request.cseq)
        try:
            transport = await self._connect(wanted)
        except OSError:
            return answer(461, request.cseq)
        self._session = self._session or secrets.token_hex(8)
        self.watches = request.stream
        self._player = Player(shelf, self._sender, self._cameras.clock)
        session = ("Session", f"{self._session};timeout={SESSION_S}")
        return answer(200, request.cseq, ("Transport", transport), session)

    async def _connect(self, wanted: Transport) -> str:
        """Make the outlet; returns the answer's Transport header."""
        if self._datagrams is not None:
            self._datagrams.close()
            self._datagrams = None
        ssrc = f"{self._sender.ssrc:08X}"
        if wanted.ports is None:
            channel = wanted.channel or 0
            self._outlet = interleaved(self._writer.transport, channel, TCP_PAYLOAD)
            return f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};ssrc={ssrc}"
        peer = self._writer.get_extra_info("peername")[0]
        self._datagrams = await Datagrams.open(self._ours, peer, wanted.ports)
        self._outlet = self._datagrams.outlet()
        first, second = self._datagrams.ports
        theirs = f"client_port={wanted.ports[0]}-{wanted.ports[1]}"
        return f"RTP/AVP;unicast;{theirs};server_port={first}-{second};ssrc={ssrc}"

    async def _play(self, request: Request) -> bytes:
        if self._player is None or self._outlet is None or not request.session:
            return answer(454, request.cseq)
        where = request.url.rstrip("/").partition(f"/{TRACK}")[0]
        now = f"seq={self._sender.sequence};rtptime={self._player.next_timestamp}"
        if self._playing is None:
            # Created now, it runs only after this answer has been written.
            self._playing = asyncio.create_task(self._stream(self._player, self._outlet))
            self._log.info("playing", stream=self.watches)
        self._player.resume()
        info = ("RTP-Info", f"url={where}/{TRACK};{now}")
        return answer(200, request.cseq, ("Session", self._session), ("Range", "npt=now-"), info)

    async def _stream(self, player: Player, outlet: Outlet) -> None:
        try:
            await player.run(outlet)
        except StreamError as error:
            self._log.warning("stream ended", stream=self.watches, reason=str(error))
        finally:
            self.hang_up()

    async def _pause(self, request: Request) -> bytes:
        if self._player is None or not request.session:
            return answer(454, request.cseq)
        self._player.pause()
        return answer(200, request.cseq, ("Session", self._session))

    async def _keep_alive(self, request: Request) -> bytes:
        return answer(200, request.cseq, *([("Session", self._session)] if self._session else []))

    async def _teardown(self, request: Request) -> bytes:
        if not self._session or not request.session:
            return answer(454, request.cseq)
        return answer(200, request.cseq, ("Session", self._session))
