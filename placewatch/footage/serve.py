"""Runs a replay server: in the foreground until a signal, or on a thread beside something else."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_address
from socket import AF_INET, AF_INET6, SOCK_DGRAM, socket

from placewatch.footage.fault_plan import Event, carry_out
from placewatch.footage.server import ReplayServer


async def serve(server: ReplayServer, ready: Callable[[], None], faults: Sequence[Event] = ()) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        server: Not yet started.
        ready: Called when it listens.
        faults: What happens to its cameras meanwhile.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    happening = asyncio.create_task(carry_out(faults, server))
    try:
        await server.start()
        ready()
        await stop.wait()
    finally:
        happening.cancel()
        await asyncio.wait([happening])
        await server.stop()


def reachable(host: str) -> str:
    """An address under which others reach a server that listens on ``host``; no packet is sent to find it."""
    try:
        if not ip_address(host).is_unspecified:
            return host
        family, somewhere = (AF_INET6, "2001:db8::1") if ":" in host else (AF_INET, "192.0.2.1")
        with socket(family, SOCK_DGRAM) as probe:
            probe.connect((somewhere, 9))
            return str(probe.getsockname()[0])
    except (OSError, ValueError):  # no network, or a name
        return host


@contextmanager
def running(server: ReplayServer) -> Iterator[ReplayServer]:
    """The server on a thread of its own while the block runs: for tests and benchmarks.

    Faults (`ReplayServer.faults`) may be changed from the calling thread.

    Raises:
        StreamError: It cannot listen.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="replay-server", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(server: ReplayServer) -> None:
    await server.stop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
