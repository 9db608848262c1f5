"""One client of the replay server: its requests, its one session, its playing."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from placewatch.clock import Clock
from placewatch.errors import StreamError
from placewatch.footage import sound
from placewatch.footage.auth import Credentials, allowed, challenges
from placewatch.footage.datagrams import Datagrams
from placewatch.footage.rtp import PAYLOAD_TYPE, TCP_PAYLOAD, RtpSender
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


@dataclass(slots=True)
class _Track:
    """One track of a client's session, once it was set up."""

    sender: RtpSender
    outlet: Outlet
    transport: str
    datagrams: Datagrams | None = None

    def close(self) -> None:
        if self.datagrams is not None:
            self.datagrams.close()


_VIDEO, _AUDIO = "0", "1"


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
        self._tracks: dict[str, _Track] = {}
        self._player: Player | None = None
        self._playing: list[asyncio.Task[None]] = []
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
        for task in self._playing:
            task.cancel()
        if self._playing:
            await asyncio.wait(self._playing)
        for track in self._tracks.values():
            track.close()
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
        text = describe(shelf.shown, self._ours, audio=shelf.faults.audio)
        return answer(200, request.cseq, base, body=text)

    async def _setup(self, request: Request) -> bytes:
        shelf = self._cameras.shelf(request.stream)
        number = request.track or _VIDEO
        if shelf is None or not (number == _VIDEO or (number == _AUDIO and shelf.faults.audio)):
            return answer(404, request.cseq)
        if self._playing:
            return answer(455, request.cseq)
        wanted = parse_transport(request.headers.get("transport", ""))
        if wanted is None:
            return answer(461, request.cseq)
        try:
            track = await self._connect(number, wanted)
        except OSError:
            return answer(461, request.cseq)
        self._tracks[number] = track
        self._session = self._session or secrets.token_hex(8)
        self.watches = request.stream
        if number == _VIDEO:
            self._player = Player(shelf, track.sender, self._cameras.clock)
        session = ("Session", f"{self._session};timeout={SESSION_S}")
        return answer(200, request.cseq, ("Transport", track.transport), session)

    async def _connect(self, number: str, wanted: Transport) -> _Track:
        """Make a track's outlet, in place of an earlier one."""
        if number in self._tracks:
            self._tracks.pop(number).close()
        kind = sound.AUDIO_TYPE if number == _AUDIO else PAYLOAD_TYPE
        sender = RtpSender(secrets.randbits(32), secrets.randbits(16), kind)
        ssrc = f"{sender.ssrc:08X}"
        if wanted.ports is None:
            channel = wanted.channel or 0
            outlet = interleaved(self._writer.transport, channel, TCP_PAYLOAD)
            header = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1};ssrc={ssrc}"
            return _Track(sender, outlet, header)
        peer = self._writer.get_extra_info("peername")[0]
        datagrams = await Datagrams.open(self._ours, peer, wanted.ports)
        first, second = datagrams.ports
        theirs = f"client_port={wanted.ports[0]}-{wanted.ports[1]}"
        header = f"RTP/AVP;unicast;{theirs};server_port={first}-{second};ssrc={ssrc}"
        return _Track(sender, datagrams.outlet(), header, datagrams)

    async def _play(self, request: Request) -> bytes:
        video = self._tracks.get(_VIDEO)
        if self._player is None or video is None or not request.session:
            return answer(454, request.cseq)
        where = request.url.rstrip("/").partition(f"/{TRACK}")[0]
        now = f"seq={video.sender.sequence};rtptime={self._player.next_timestamp}"
        if not self._playing:
            # Created now, they run only after this answer has been written.
            self._playing = [asyncio.create_task(self._stream(self._player, video.outlet))]
            if audio := self._tracks.get(_AUDIO):
                self._playing.append(asyncio.create_task(self._sound(self._player, audio)))
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

    async def _sound(self, player: Player, track: _Track) -> None:
        def send(packets: list[bytes]) -> None:
            if not player.silent:
                track.outlet.rtp(packets)

        await sound.play(track.sender, send, self._cameras.clock)

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
