"""One process of the chain: started, watched, stopped; never left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from placewatch.errors import PlacewatchError

TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class PartSpec:
    """How a part is started.

    Attributes:
        name: Such as ``broker``; also the log file's name.
        arguments: What Python runs: ``("-m", "placewatch", ...)``.
        port: Where it listens; 0 when it does not.
        grace_s: How long it may take to stop before it is killed.
    """

    name: str
    arguments: tuple[str, ...]
    port: int = 0
    grace_s: float = 10.0


class PartError(PlacewatchError):
    """A process of the chain that ended by itself."""


class Part:
    """A process of the chain.

    Must be started from the main thread: the kernel ends the child with the thread that made it.

    Args:
        spec: How it is started.
        logs: Folder for its log.
    """

    def __init__(self, spec: PartSpec, logs: Path) -> None:
        self.spec = spec
        self.log = logs / f"{spec.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        """The part's name."""
        return self.spec.name

    @property
    def pid(self) -> int | None:
        """Process id, or None before the start."""
        return self._process.pid if self._process else None

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start it; its output goes to the log, which goes on across restarts."""
        command = [sys.executable, "-m", "placewatch.demo.child", str(os.getpid()), sys.executable]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self.spec.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C on the terminal is ours to pass on, in order
                env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
            )

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            PartError: It ended by itself; carries the last lines of its log.
        """
        if self._process is not None and not self.alive:
            code = self._process.returncode
            how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise PartError(f"{how}\n{self.tail()}", where=self.name, remedy=f"whole log: {self.log}")

    def terminate(self) -> None:
        """Ask it to stop."""
        if self._process is not None and self.alive:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self, tick: Callable[[], None] = lambda: None) -> bool:
        """Ask it to stop, wait for its grace, then kill it with whatever it started.

        Args:
            tick: Called now and then while waiting.

        Returns:
            Whether it stopped by itself.
        """
        if self._process is None:
            return True
        was_alive = self.alive
        self.terminate()
        deadline = time.monotonic() + self.spec.grace_s
        while self.alive and time.monotonic() < deadline:
            tick()
            time.sleep(0.05)
        in_time = not self.alive
        self.kill()
        return in_time and was_alive

    def tail(self, lines: int = TAIL_LINES) -> str:
        """The last lines of its log, indented."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "  (no log)"
        last = text.splitlines()[-lines:]
        return "\n".join(f"  {line}" for line in last) or "  (its log is empty)"


def placewatch(*arguments: str) -> tuple[str, ...]:
    """Arguments for Python that run a ``placewatch`` verb."""
    return ("-m", "placewatch", *arguments)


def python_module(module: str, arguments: Sequence[str]) -> tuple[str, ...]:
    """Arguments for Python that run a module."""
    return ("-m", module, *arguments)
