"""One measurement: a box in its process, a camera server in another, and what the first one used."""

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from placewatch.bench.box.cameras import BenchCamera, write_box, write_clips
from placewatch.bench.box.children import BenchError, Measurable, Via, measured, served
from placewatch.bench.box.journal import Journal, Mark

WARM_S = 30.0
"""Keyframe intervals are measured and backgrounds learned before anything counts."""

_BOX = "placewatch.bench.box.process"

Tell = Callable[[str, float], None]
"""Told what goes on, and the share of it that is done."""


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
        core: Which it is then; the last one of the machine when None.
    """

    via: Via
    model: str
    plain: bool
    seconds: float
    warm_s: float = WARM_S
    one_core: bool = False
    core: int | None = None


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
        with served(clips, files, setting.via, work) as urls:
            config, journal = work / "box.yaml", work / "journal.json"
            write_box(cameras, urls, config, model=setting.model, plain=setting.plain)
            with measured("the measured box", _BOX, [str(config), str(journal)], work / "box.log") as box:
                return _observe(box, cameras, setting, journal, tell)


def _mark(box: Measurable) -> Mark:
    """Its counters."""
    box.say("mark")
    return msgspec.json.decode(box.answer(), type=Mark)


def _observe(
    box: Measurable, cameras: Sequence[BenchCamera], setting: Setting, journal: Path, tell: Tell
) -> Measured:
    tell("loading", 0.0)
    box.answer()
    if setting.one_core:
        core = max(box.usage.cpu_affinity() or [0]) if setting.core is None else setting.core
        box.usage.cpu_affinity([core])
    base = box.rss_mb()
    box.say("start")
    if box.answer() != "ready":
        raise BenchError("a camera shows no picture", where="the measured box", remedy="try fewer streams")
    wait(setting.warm_s, lambda share: tell("warming up", share))
    begin, used = _mark(box), box.cpu_s()
    wait(setting.seconds, lambda share: tell("measuring", share))
    used, end = box.cpu_s() - used, _mark(box)
    rss = box.rss_mb()
    # Alerts of the last moments are still on their way.
    wait(min(3.0, setting.warm_s), lambda _share: None)
    box.finish()
    try:
        written = msgspec.json.decode(journal.read_bytes(), type=Journal)
    except OSError as error:
        raise BenchError("left no journal", where="the measured box", remedy=str(error)) from error
    return Measured(cameras, begin, end, used, base, rss, written)


def wait(seconds: float, tell: Callable[[float], None]) -> None:
    """Let time pass, and tell how much of it has."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        tell(passed / seconds)
        time.sleep(min(0.5, seconds - passed))
