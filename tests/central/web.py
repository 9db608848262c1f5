"""The application behind a real HTTP server, in a thread."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import httpx

from central.api.app import make_app
from central.api.desk import Desk
from central.api.hub import Hub
from central.config import Http
from central.serve import Address, Server, listen
from tests.central.people import bearer, token

_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Site:
    """A running server.

    Attributes:
        address: Where.
        desk: What it works on.
        client: Asks it, with a token that may do everything (see `served`).
    """

    address: Address
    desk: Desk
    client: httpx.Client


@contextmanager
def served(
    desk: Desk, names: tuple[str, ...] = (), port: int = 0, *, anonymous: bool = False
) -> Iterator[Site]:
    """Serve ``desk`` until the end; ``anonymous``: the client has no token."""
    headers = {} if anonymous else bearer(token(desk.store, name=f"tests-{next(_NUMBERS)}"))
    listener, address = listen(Http(port=port))
    server = Server(make_app(desk, names))
    stop = threading.Event()
    up = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_run(server, desk.hub, listener, up, stop)))
    thread.start()
    try:
        assert up.wait(10)
        with httpx.Client(base_url=address.url, headers=headers, timeout=10) as client:
            yield Site(address, desk, client)
    finally:
        stop.set()
        thread.join(10)
        listener.close()
        assert not thread.is_alive()


async def _run(
    server: Server, hub: Hub, listener: socket.socket, up: threading.Event, stop: threading.Event
) -> None:
    await hub.start()
    following = asyncio.create_task(hub.run())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await server.up.wait()
    up.set()
    await asyncio.to_thread(stop.wait)
    hub.close()
    server.should_exit = True
    await asyncio.gather(serving, following)
