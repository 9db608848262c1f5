"""One measurement: a box in its process, a camera server in another, and what the first one used."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from placewatch.bench.box.cameras import BenchCamera, write_box, write_clips
from placewatch.bench.box.journal import Journal, Mark
from placewatch.errors import PlacewatchError

Via = Literal["rtsp", "files"]

WARM_S = 15.0
"""Keyframe intervals are measured and backgrounds learned before anything counts."""

_STOP_S = 30.0

Tell = Callable[[str, float], None]
"""Told what goes on, and the share of it that is done."""


class BenchError(PlacewatchError):
    """A measurement that could not be made."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How a box is measured.

    Attributes:
        via: Whether cameras are read over RTSP, or as files in real time.
        model: The detector's name.
        plain: Whether the box works as plain pipelines do.
        seconds: How long is measured, after the warm-up.
        warm_s: The warm-up.
        one_core: Whether the box may use one core alone.
    """

    via: Via
    model: str
    plain: bool
    seconds: float
    warm_s: float = WARM_S
    one_core: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it.

    Attributes:
        cameras: The box's cameras.
        begin: Its counters when the measurement began.
        end: And when it ended.
        cpu_s: CPU seconds in between, of the box and everything it started.
        base_mb: Resident memory with the models loaded and no camera, MiB.
        rss_mb: At the end.
        journal: What the box wrote down, from its start on.
    """

    cameras: Sequence[BenchCamera]
    begin: Mark
    end: Mark
    cpu_s: float
    base_mb: float
    rss_mb: float
    journal: Journal

    @property
    def seconds(self) -> float:
        """Length of the measurement."""
        return self.end.time - self.begin.time

    @property
    def camera_seconds(self) -> float:
        """Seconds of all cameras."""
        return self.seconds * len(self.cameras)


def measure(cameras: Sequence[BenchCamera], setting: Setting, tell: Tell) -> Measured:
    """Measure a box.

    Raises:
        BenchError: The box or the server ended, or a camera never streamed.
        StreamError: A recording cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="placewatch-bench-") as name:
        work = Path(name)
        clips = work / "clips"
        clips.mkdir()
        tell("preparing", 0.0)
        files = write_clips(cameras, clips)
        with _served(clips, files, setting.via, work) as urls:
            config, journal = work / "box.yaml", work / "journal.json"
            write_box(cameras, urls, config, model=setting.model, plain=setting.plain)
            with _box(config, journal, work / "box.log") as box:
                return _observe(box, cameras, setting, journal, tell)


class _Process:
    """The box's process, asked line by line."""

    def __init__(self, child: "subprocess.Popen[str]", log: Path) -> None:
        self._child = child
        self._log = log
        self.usage = psutil.Process(child.pid)

    def say(self, line: str) -> None:
        """Tell it something."""
        if self._child.stdin is not None:
            self._child.stdin.write(f"{line}\n")
            self._child.stdin.flush()

    def answer(self) -> str:
        """Its next line.

        Raises:
            BenchError: It ended instead.
        """
        line = self._child.stdout.readline().strip() if self._child.stdout is not None else ""
        if not line:
            raise BenchError("ended by itself", where="the measured box", remedy=_last_line(self._log))
        return line

    def mark(self) -> Mark:
        """Its counters."""
        self.say("mark")
        return msgspec.json.decode(self.answer(), type=Mark)

    def finish(self) -> None:
        """Let it stop by itself."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        try:
            self._child.wait(_STOP_S)
        except subprocess.TimeoutExpired as error:
            raise BenchError("does not stop", where="the measured box", remedy="see its log") from error

    def cpu_s(self) -> float:
        """CPU seconds so far, of its whole process tree."""
        return sum(_cpu_s(process) for process in [self.usage, *self.usage.children(recursive=True)])

    def rss_mb(self) -> float:
        """Resident memory of its process tree, MiB."""
        tree = [self.usage, *self.usage.children(recursive=True)]
        return sum(process.memory_info().rss for process in tree) / 2**20


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _observe(
    box: _Process, cameras: Sequence[BenchCamera], setting: Setting, journal: Path, tell: Tell
) -> Measured:
    tell("loading", 0.0)
    box.answer()
    if setting.one_core:
        box.usage.cpu_affinity([max(box.usage.cpu_affinity() or [0])])
    base = box.rss_mb()
    box.say("start")
    if box.answer() != "ready":
        raise BenchError("a camera shows no picture", where="the measured box", remedy="try fewer streams")
    _wait(setting.warm_s, lambda share: tell("warming up", share))
    begin, used = box.mark(), box.cpu_s()
    _wait(setting.seconds, lambda share: tell("measuring", share))
    used, end = box.cpu_s() - used, box.mark()
    rss = box.rss_mb()
    # Alerts of the last moments are still on their way.
    _wait(min(3.0, setting.warm_s), lambda _share: None)
    box.finish()
    try:
        written = msgspec.json.decode(journal.read_bytes(), type=Journal)
    except OSError as error:
        raise BenchError("left no journal", where="the measured box", remedy=str(error)) from error
    return Measured(cameras, begin, end, used, base, rss, written)


def _wait(seconds: float, tell: Callable[[float], None]) -> None:
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        tell(passed / seconds)
        time.sleep(min(0.5, seconds - passed))


@contextmanager
def _served(clips: Path, files: dict[str, Path], via: Via, work: Path) -> Iterator[dict[str, str]]:
    """The cameras' addresses while something serves them."""
    if via == "files":
        yield {name: str(file) for name, file in files.items()}
        return
    command = [sys.executable, "-m", "placewatch", "footage", "serve", str(clips), "--port", "0", "--json"]
    with _running(command, work / "server.log") as server:
        line = server.stdout.readline() if server.stdout is not None else ""
        if not line:
            raise BenchError(
                "does not start", where="the camera server", remedy=_last_line(work / "server.log")
            )
        urls = msgspec.json.decode(line)["urls"]
        yield {name: str(urls[file.stem]) for name, file in files.items()}


@contextmanager
def _box(config: Path, journal: Path, log: Path) -> Iterator[_Process]:
    command = [sys.executable, "-m", "placewatch.bench.box.process", str(config), str(journal)]
    with _running(command, log) as child:
        yield _Process(child, log)


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
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
