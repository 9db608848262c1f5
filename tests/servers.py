"""Real servers for tests: each on a free port, answering before it is handed out, gone afterwards."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from placewatch.demo.ports import free_ports
from placewatch.loadtest.engines import MosquittoEngine as Mosquitto
from placewatch.loadtest.engines import PostgresEngine as Postgres
from placewatch.loadtest.engines import accepts, find_mosquitto, find_postgres
from tests.parts import require

__all__ = [
    "Mosquitto",
    "Postgres",
    "accepts",
    "end",
    "free_port",
    "mosquitto",
    "postgres",
    "s3",
    "wait_until",
]

_START_S = 20.0


def free_port() -> int:
    """A TCP port that nobody listens on just now."""
    return free_ports(1)[0]


def wait_until(condition: Callable[[], object], what: str, within_s: float = _START_S) -> None:
    """Poll until ``condition`` holds; fail the test if it does not in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {within_s:g} s for {what}")
        time.sleep(0.02)


def end(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> int:
    """Send a signal and wait; kill what does not go within ten seconds."""
    if process.poll() is None:
        process.send_signal(number)
    try:
        return process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(10)


@contextmanager
def mosquitto() -> Iterator[Mosquitto]:
    """A Mosquitto broker; skips where it is not installed."""
    program = find_mosquitto()
    require(program, "mosquitto is not installed")
    with TemporaryDirectory(prefix="pw-mosquitto-") as folder:
        broker = Mosquitto(str(program), free_port(), Path(folder), autosave_s=1)
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """A PostgreSQL server; skips where it is not installed.

    Args:
        durable: With fsync, for measurements; without it tests are faster.
    """
    binaries = find_postgres()
    require(binaries, "PostgreSQL (initdb, postgres) is not installed")
    with TemporaryDirectory(prefix="pw-postgres-") as folder:
        server = Postgres(binaries or Path(), free_port(), Path(folder), durable=durable)
        server.create()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def s3() -> Iterator[str]:
    """A server that speaks S3 (moto's), and forgets everything at its end; its address."""
    require(
        find_spec("moto") and find_spec("flask") and find_spec("s3fs"), "moto's S3 server is not installed"
    )
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: accepts(port), "moto's server")
            yield f"http://127.0.0.1:{port}"
        finally:
            end(process)
