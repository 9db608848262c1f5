"""The replay server in a thread: cameras for tests that read RTSP."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from placewatch.footage.auth import Credentials
from placewatch.footage.faults import Faults
from placewatch.footage.server import ReplayServer


class Cameras:
    """A running replay server.

    Attributes:
        server: It; touch it through `call` only.
    """

    def __init__(self, server: ReplayServer, loop: asyncio.AbstractEventLoop) -> None:
        self.server = server
        self._loop = loop

    def url(self, name: str, user: str = "") -> str:
        """Address of a stream, with credentials."""
        return self.server.url(name).replace("rtsp://", f"rtsp://{user}@" if user else "rtsp://")

    def faults(self, name: str) -> Faults:
        """What is wrong with a stream now."""
        return self.server.faults(name)

    def call(self, action: Callable[[], None]) -> None:
        """Run something inside the server's loop."""
        self._loop.call_soon_threadsafe(action)


@contextmanager
def cameras(clips: Mapping[str, Path], *, credentials: Credentials | None = None) -> Iterator[Cameras]:
    """Serve clips on a free port."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = ReplayServer(clips, port=0, credentials=credentials)
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        yield Cameras(server, loop)
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
