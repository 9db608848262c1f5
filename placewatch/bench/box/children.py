"""The processes of a measurement: whatever is measured, and the camera server, which is on nobody's bill."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Literal

import msgspec
import psutil

from placewatch.errors import PlacewatchError

Via = Literal["rtsp", "files"]

_STOP_S = 30.0

ANSWER_S = 120.0
"""A child that says nothing for so long will say nothing at all; loading models takes a few seconds."""


class BenchError(PlacewatchError):
    """A measurement that could not be made."""


class Measurable:
    """A process that is measured, steered line by line.

    Args:
        child: It, with its input and output.
        what: What it is, for error lines.
        log: Where its errors go.

    Attributes:
        usage: What the system knows of it.
    """

    def __init__(self, child: "subprocess.Popen[str]", what: str, log: Path) -> None:
        self._child = child
        self._what = what
        self._log = log
        self._lines = _lines(child.stdout)
        self.usage = psutil.Process(child.pid)

    def say(self, line: str) -> None:
        """Tell it something."""
        if self._child.stdin is not None:
            self._child.stdin.write(f"{line}\n")
            self._child.stdin.flush()

    def answer(self, within_s: float = ANSWER_S) -> str:
        """Its next line.

        Args:
            within_s: Longest time to wait for it.

        Raises:
            BenchError: It ended instead, or says nothing.
        """
        return _answer(self._lines, within_s, self._what, self._log)

    def finish(self) -> None:
        """Let it stop by itself.

        Raises:
            BenchError: It does not.
        """
        if self._child.stdin is not None:
            self._child.stdin.close()
        try:
            self._child.wait(_STOP_S)
        except subprocess.TimeoutExpired as error:
            raise BenchError("does not stop", where=self._what, remedy="see its log") from error

    def cpu_s(self) -> float:
        """CPU seconds so far, of its whole process tree."""
        return sum(_cpu_s(process) for process in [self.usage, *self.usage.children(recursive=True)])

    def rss_mb(self) -> float:
        """Resident memory of its process tree, MiB."""
        tree = [self.usage, *self.usage.children(recursive=True)]
        return sum(process.memory_info().rss for process in tree) / 2**20


def _lines(output: IO[str] | None) -> "SimpleQueue[str]":
    """A child's lines as they come; an empty one when it says no more."""
    lines: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        if output is not None:
            with output:
                for line in output:
                    lines.put(line.strip())
        lines.put("")

    Thread(target=read, daemon=True).start()
    return lines


def _answer(lines: "SimpleQueue[str]", within_s: float, what: str, log: Path) -> str:
    try:
        line = lines.get(timeout=within_s)
    except Empty:
        said = f"says nothing for {within_s:g} s"
        raise BenchError(said, where=what, remedy=_last_line(log)) from None
    if not line:
        raise BenchError("ended by itself", where=what, remedy=_last_line(log))
    return line


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def measured(what: str, module: str, arguments: Sequence[str], log: Path) -> Iterator[Measurable]:
    """A process that is measured while it runs.

    Args:
        what: What it is, for error lines.
        module: The Python module that it runs.
        arguments: On its command line.
        log: Where its errors go.
    """
    with _running([sys.executable, "-m", module, *arguments], log) as child:
        yield Measurable(child, what, log)


@contextmanager
def served(clips: Path, files: Mapping[str, Path], via: Via, work: Path) -> Iterator[dict[str, str]]:
    """The cameras' addresses while something serves them.

    Args:
        clips: Folder of their files.
        files: Each camera's file.
        via: How they are read.
        work: Folder for the server's log.

    Raises:
        BenchError: The server does not start.
    """
    if via == "files":
        yield {name: str(file) for name, file in files.items()}
        return
    command = [sys.executable, "-m", "placewatch", "footage", "serve", str(clips), "--port", "0", "--json"]
    with _running(command, work / "server.log") as server:
        line = _answer(_lines(server.stdout), ANSWER_S, "the camera server", work / "server.log")
        urls = msgspec.json.decode(line)["urls"]
        yield {name: str(urls[file.stem]) for name, file in files.items()}


@contextmanager
def _running(command: Sequence[str], log: Path) -> "Iterator[subprocess.Popen[str]]":
    """A child that is gone afterwards, whatever happens (and with us, should we be killed)."""
    guarded = [sys.executable, "-m", "placewatch.demo.child", str(os.getpid()), *command]
    with log.open("wb") as errors:
        child = subprocess.Popen(  # noqa: S603 - our own Python with arguments of our own
            guarded, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
        child.wait()
        if child.stdin is not None:
            child.stdin.close()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
