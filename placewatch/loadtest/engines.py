"""The broker and the database that load runs and tests start for themselves: Mosquitto, PostgreSQL."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from placewatch.demo.ports import HOST
from placewatch.errors import PlacewatchError

_START_S = 30.0
_INITDB = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"


def find_mosquitto() -> str | None:
    """Path of the broker's program."""
    return shutil.which("mosquitto", path=_PATH)


def find_postgres() -> Path | None:
    """Folder of PostgreSQL's programs, the newest that is installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = shutil.which("initdb")
    if found:
        folders.append(Path(found).resolve().parent)
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


class Engine:
    """A server process: started, killed, started again on the same data.

    Attributes:
        name: Such as ``broker``; also the log file's name.
        port: TCP port, the same after a restart.
    """

    def __init__(self, name: str, port: int, folder: Path) -> None:
        self.name = name
        self.port = port
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id, None when it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def log(self) -> Path:
        """Where its words go."""
        return self._folder / f"{self.name}.log"

    def _spawn(self, command: list[str], user: str | None = None) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=user, start_new_session=True
            )

    def _wait(self, ready: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + _START_S
        while not ready():
            if self.pid is None or time.monotonic() > deadline:
                tail = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
                raise PlacewatchError(
                    f"{what} did not start: {' / '.join(tail)}",
                    where=f"port {self.port}",
                    remedy=f"read {self.log}",
                )
            time.sleep(0.02)

    def start(self) -> None:
        """Start, or start again; returns when it answers."""
        raise NotImplementedError

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to it and all that it started, and wait."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if number is signal.SIGKILL:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(15)

    def kill(self) -> None:
        """SIGKILL: what is not on disk is lost."""
        self.stop(signal.SIGKILL)


class MosquittoEngine(Engine):
    """An MQTT broker on the loopback address that keeps its queues in a folder."""

    def __init__(self, program: str, port: int, folder: Path, *, autosave_s: int = 30) -> None:
        super().__init__("broker", port, folder)
        self._program = program
        self._autosave_s = autosave_s

    def start(self) -> None:
        """Start, or start again with the queues as they are on disk."""
        settings = self._folder / "mosquitto.conf"
        settings.write_text(
            f"listener {self.port} {HOST}\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self._folder}/\n"
            f"autosave_interval {self._autosave_s}\n"
            "max_inflight_messages 4000\nmax_queued_messages 0\nset_tcp_nodelay true\n"
            + ("user root\n" if os.geteuid() == 0 else "")
        )
        self._spawn([self._program, "-c", str(settings)])
        self._wait(self._accepts, "Mosquitto")

    def _accepts(self) -> bool:
        return accepts(self.port)


class PostgresEngine(Engine):
    """A PostgreSQL server on the loopback address, durable unless told otherwise."""

    def __init__(self, binaries: Path, port: int, folder: Path, *, durable: bool = True) -> None:
        super().__init__("database", port, folder)
        self._binaries = binaries
        self._data = folder / "postgres"
        self._owner = _unprivileged()
        self._durable = durable
        self._made = 0

    def configure(self, settings: str) -> None:
        """Add settings to its file, as an administrator does; they hold from the next start on."""
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\n{settings}")

    def create(self) -> None:
        """Make its folder."""
        if self._owner is not None:
            shutil.chown(self._folder, self._owner)
        command = [str(self._binaries / "initdb"), "-D", str(self._data), *_INITDB]
        try:
            with self.log.open("ab") as log:
                subprocess.run(
                    command, check=True, stdout=log, stderr=log, cwd=self._folder, user=self._owner
                )
        except (OSError, subprocess.CalledProcessError) as error:
            owner = self._owner or "who runs this"
            raise PlacewatchError(
                f"PostgreSQL cannot make its files: {error}",
                where=str(self._folder),
                remedy=f"the folder must be open to the user {owner}; see {self.log}",
            ) from error

    def start(self) -> None:
        """Start, or start again on the same data."""
        (self._data / "postmaster.pid").unlink(
            missing_ok=True
        )  # of a killed one; its number may be taken anew
        settings = {
            "listen_addresses": HOST,
            "unix_socket_directories": str(self._folder),
            "shared_buffers": "256MB",
            "max_wal_size": "4GB",
            "checkpoint_completion_target": "0.9",
            **({} if self._durable else {"fsync": "off"}),
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self.port), *options]
        self._spawn(command, self._owner)
        self._wait(self._answers, "PostgreSQL")

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop at once, dropping connections; SIGKILL is a crash."""
        super().stop(number)

    def database(self) -> str:
        """Make an empty database; its address for SQLAlchemy."""
        self._made += 1
        name = f"load{self._made}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql+psycopg://postgres@{HOST}:{self.port}/{name}"

    def _dsn(self, name: str) -> str:
        return f"host={HOST} port={self.port} user=postgres dbname={name} connect_timeout=2"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._dsn("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


def accepts(port: int) -> bool:
    """Whether something on this machine accepts connections on ``port``."""
    try:
        socket.create_connection((HOST, port), 0.5).close()
    except OSError:
        return False
    return True


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: whom to run it as, None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
