"""Real servers for tests: each on a free port, answering before it is handed out, gone afterwards."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from tests.parts import program, require

_START_S = 20.0


def free_port() -> int:
    """A TCP port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Whether something on this machine accepts connections on ``port``."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True


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


@dataclass(slots=True)
class Mosquitto:
    """An MQTT broker on 127.0.0.1 that keeps its queues in a folder.

    Attributes:
        port: TCP port, the same after a restart.
    """

    port: int
    _folder: Path
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, or start again with the queues as they are on disk."""
        settings = self._folder / "mosquitto.conf"
        settings.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self._folder}/\nautosave_interval 1\n"
            "max_inflight_messages 1000\nmax_queued_messages 0\n"
            + ("user root\n" if os.geteuid() == 0 else "")
        )
        with (self._folder / "mosquitto.log").open("ab") as log:
            self._process = subprocess.Popen(
                [program("mosquitto"), "-c", str(settings)], stdout=log, stderr=log
            )
        wait_until(lambda: accepts(self.port), "mosquitto to listen")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop; SIGKILL loses what is not on disk."""
        if self._process is not None:
            end(self._process, number)


@contextmanager
def mosquitto() -> Iterator[Mosquitto]:
    """A Mosquitto broker; skips where it is not installed."""
    program("mosquitto")
    with TemporaryDirectory(prefix="pw-mosquitto-") as folder:
        broker = Mosquitto(free_port(), Path(folder))
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()


@dataclass(slots=True)
class Postgres:
    """A PostgreSQL server on 127.0.0.1.

    Attributes:
        port: TCP port, the same after a restart.
    """

    port: int
    _binaries: Path
    _data: Path
    _owner: str | None
    _durable: bool
    _process: subprocess.Popen[bytes] | None = None
    _made: int = 0

    def start(self) -> None:
        """Start, or start again on the same data."""
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self._data.parent}"]
        if not self._durable:
            options += ["-c", "fsync=off"]
        with (self._data.parent / "postgres.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, "-p", str(self.port), *options],
                stdout=log,
                stderr=log,
                user=self._owner,
            )
        wait_until(self._answers, "PostgreSQL to answer")

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop at once, dropping connections; SIGKILL is a crash."""
        if self._process is not None:
            end(self._process, number)

    def database(self) -> str:
        """Make an empty database; its address for SQLAlchemy."""
        self._made += 1
        name = f"test{self._made}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def _dsn(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={name} connect_timeout=2"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._dsn("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


def _postgres_binaries() -> Path:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = shutil.which("initdb")
    if found:
        folders.append(Path(found).resolve().parent)
    folder = next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)
    require(folder, "PostgreSQL (initdb, postgres) is not installed")
    return folder or Path()


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: whom to run it as, None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """A PostgreSQL server; skips where it is not installed.

    Args:
        durable: With fsync, for measurements; without it tests are faster.
    """
    binaries = _postgres_binaries()
    owner = _unprivileged()
    with TemporaryDirectory(prefix="pw-postgres-") as folder:
        home = Path(folder)
        if owner is not None:
            shutil.chown(home, owner)
        data = home / "data"
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=home,
            user=owner,
        )
        server = Postgres(free_port(), binaries, data, owner, durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()
