"""The replay server: every clip a looping RTSP stream, as cameras send it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from placewatch.clock import Clock, SystemClock
from placewatch.errors import StreamError
from placewatch.footage.auth import Credentials
from placewatch.footage.clip import HOLD_BYTES, Clip, load_clip
from placewatch.footage.connection import Connection
from placewatch.footage.faults import Faults
from placewatch.footage.progress import Progress, nothing
from placewatch.footage.rtsp import MAX_HEADER_BYTES
from placewatch.footage.stream import Shelf

HOLD_ALL_BYTES = 1024 * 1024 * 1024
"""Clips are held in memory while all of them together take no more than this."""

LONG_BYTES = 200 * 1024 * 1024
"""Reading less than this is over before anybody wonders."""

MAX_CLIENTS = 256
"""More clients at once are sent away."""


def load_clips(
    files: Mapping[str, Path], progress: Progress = nothing
) -> tuple[list[Clip], list[StreamError]]:
    """Read clips, small ones first into memory; those that cannot be served are told, not raised.

    Args:
        files: Stream name to file.
        progress: Told how far it is, when there is much to read.
    """
    clips: dict[str, Clip] = {}
    problems: list[StreamError] = []
    left = HOLD_ALL_BYTES
    total, done = sum(map(_size, files.values())), 0
    for name, path in sorted(files.items(), key=lambda item: _size(item[1])):
        if total > LONG_BYTES:
            progress("reading clips", done / total)
        done += _size(path)
        try:
            clips[name] = load_clip(path, name, hold_bytes=min(HOLD_BYTES, left))
        except StreamError as error:
            problems.append(error)
            continue
        left -= clips[name].held_bytes
    if total > LONG_BYTES:
        progress("reading clips", 1.0)
    return [clips[name] for name in files if name in clips], problems


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class ReplayServer:
    """Serves clips over RTSP, with RTP inside the connection (TCP) or beside it (UDP unicast).

    Every client begins at the clip's first keyframe at once, and has its own pace.

    Args:
        clips: Stream name to file, H.264 or H.265 as stored; or clips that are read already.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        credentials: Who may watch; everybody when None.
        clock: For pacing and sender reports.

    Raises:
        StreamError: A clip cannot be served.
    """

    def __init__(
        self,
        clips: Mapping[str, Path] | list[Clip],
        *,
        host: str = "127.0.0.1",
        port: int = 8554,
        credentials: Credentials | None = None,
        clock: Clock | None = None,
    ) -> None:
        if isinstance(clips, Mapping):
            loaded, problems = load_clips(clips)
            if problems:
                raise problems[0]
            clips = loaded
        self.shelves = {clip.name: Shelf(clip) for clip in clips}
        self.credentials = credentials
        self.clock = clock or SystemClock()
        self.host = host
        self.port = port
        self.clients: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def url(self, name: str, host: str = "") -> str:
        """Address of the stream ``name``, without credentials.

        Args:
            name: The stream.
            host: How the reader reaches this machine, where that is not the address listened on.
        """
        host = host or self.host
        return f"rtsp://{f'[{host}]' if ':' in host else host}:{self.port}/{quote(name)}"

    def shelf(self, name: str) -> Shelf | None:
        """The camera ``name``; None when there is none or its fault is that it is away."""
        shelf = self.shelves.get(name)
        return None if shelf is None or shelf.faults.disconnect else shelf

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
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own, for `stop` to wait for; what the end of the loop cancels makes noise.
        task = asyncio.create_task(self._attend(Connection(self, reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attend(self, client: Connection) -> None:
        crowded = len(self.clients) >= MAX_CLIENTS
        self.clients.add(client)
        try:
            await (client.refuse() if crowded else client.run())
        finally:
            self.clients.discard(client)
            await client.close()
