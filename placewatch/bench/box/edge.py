"""``placewatch bench edge``: every set of a folder through the box, and through the plain pipeline."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from math import inf

from edge.config import Detector
from placewatch.bench.box.budget import Budget, box_s, plain_s, rounds_of
from placewatch.bench.box.cameras import cameras
from placewatch.bench.box.children import BenchError
from placewatch.bench.box.events import Agreement, Opened, agree, one_round
from placewatch.bench.box.floor import from_files, over_rtsp
from placewatch.bench.box.measured import Measured, Setting, Tell, measure
from placewatch.bench.box.recordings import Recording
from placewatch.bench.box.report import (
    Floor,
    Ratio,
    Remark,
    Report,
    Run,
    commit,
    machine,
    run_of,
    shows,
)
from placewatch.bench.box.search import breaks, find_max

SEARCH_S = 30.0
"""How long each step of a search is measured unless said otherwise."""

_FLOOR_S = 30.0
"""How long the loop over keyframes is measured over RTSP, at most."""

_KEEPS_UP = 0.95
"""Share of its looks that the plain pipeline must manage for its alerts to be believed."""

Truth = dict[str, list[Opened]]
"""What the reference told in one round of each recording, by the recording's name."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be measured.

    Attributes:
        setting: How.
        streams: Cameras at once; as many as the set has recordings when None.
        search: Whether the largest number of cameras is sought, from ``streams`` on.
        reference: Whether the plain pipeline is measured too.
        seconds: How long is measured; one round of the longest recording when None.
        repeat: How often the box is measured; its CPU is the median.
        floor: Whether the loop over keyframes is measured too.
        beside: Whether the plain pipeline runs at the same time as the box, each on a core of its own.
        within_s: Seconds for everything; what does not fit is left out, and the report says so.
    """

    setting: Setting
    streams: int | None = None
    search: bool = False
    reference: bool = False
    seconds: float | None = None
    repeat: int = 1
    floor: bool = True
    beside: bool = False
    within_s: float = inf


@dataclass(slots=True)
class EdgeBench:
    """Collects what is measured.

    Attributes:
        wish: What is to be measured.
        tell: Told what goes on.
        note: Told each finding, in a line.
    """

    wish: Wish
    tell: Tell
    note: Callable[[str], None]
    _budget: Budget = field(init=False)
    _runs: list[Run] = field(default_factory=list)
    _reference: list[Run] = field(default_factory=list)
    _ratios: list[Ratio] = field(default_factory=list)
    _floors: list[Floor] = field(default_factory=list)
    _remarks: list[Remark] = field(default_factory=list)
    _model: str = ""

    def __post_init__(self) -> None:
        self._budget = Budget(self.wish.within_s)

    def add(self, name: str, recordings: Sequence[Recording]) -> None:
        """Measure a set. What cannot be measured, or not in time, is in the report's remarks.

        Raises:
            StreamError: A recording cannot be used.
        """
        first = self.wish.streams or len(recordings)
        self.note(f"{name}: {self._plan(recordings)}")
        if self.wish.floor:
            self._try(name, "keyframes alone", 0.0, lambda: self._floor(name, recordings, first))
        if self.wish.search:
            truth = self._reference_of(name, recordings)
            self._try(name, "the search", 0.0, lambda: self._search(name, recordings, first, truth))
        elif self.wish.beside and self.wish.reference and len(_cores()) > 1:
            self._beside(name, recordings, first)
        else:
            truth = self._reference_of(name, recordings)
            repeats = self._repeats(name, recordings, first, self.wish.setting)
            self._conclude(name, repeats, truth)
        self._compare(name)

    def report(self) -> Report:
        """What was measured so far."""
        return Report(
            self._runs,
            self._reference,
            self._ratios,
            self._floors,
            machine(),
            self._model,
            commit(),
            self._remarks,
        )

    def remark(self, name: str, text: str) -> None:
        """Note something that a reader of the figures must know."""
        self._remarks.append(Remark(name, text))
        self.note(f"{name}: {text}")

    def _plan(self, recordings: Sequence[Recording]) -> str:
        """How long a set takes: half an hour of silence looks like a bench that hangs."""
        warm_s, box = self.wish.setting.warm_s, self._box_s(recordings) * self.wish.repeat
        steps = [f"the box {box:.0f} s" + (" and more, as the search goes" if self.wish.search else "")]
        if self.wish.reference:
            parts = len(rounds_of(recordings))
            steps.insert(0, f"the plain pipeline {plain_s(recordings, warm_s):.0f} s in {parts} part(s)")
        if self.wish.floor:
            steps.insert(0, f"keyframes alone about {self._floor_s(recordings):.0f} s")
        return "takes " + ", ".join(steps)

    def _try(self, name: str, what: str, needed: float, work: Callable[[], object]) -> bool:
        """Do one part of a set's measurement if there is time; what fails must not take the others along."""
        lacks = self._budget.lacks(needed)
        if lacks:
            self.remark(name, f"{what} was left out: it {lacks}")
            return False
        try:
            work()
        except BenchError as error:
            self.remark(name, f"{what} could not be measured: {error}")
            return False
        return True

    def _search(self, name: str, recordings: Sequence[Recording], first: int, truth: Truth | None) -> None:
        found = find_max(lambda count: self._bears(name, recordings, count, truth), first)
        self.note(f"{name}: {found} cameras are borne")

    def _bears(self, name: str, recordings: Sequence[Recording], count: int, truth: Truth | None) -> bool:
        lacks = self._budget.lacks(self._box_s(recordings))
        if lacks:
            raise BenchError(f"{count} cameras are not tried: it {lacks}", where=name)
        measured = self._measure(name, recordings, count, self.wish.setting)
        self._conclude(name, [measured], truth)
        why = breaks(self._runs[-1])
        self.note(f"{name}: {count} cameras: {why or 'borne'}")
        return not why

    def _floor(self, name: str, recordings: Sequence[Recording], count: int) -> None:
        tell = self._tell(f"{name}: keyframes alone")
        tell("from files", 0.0)
        least, via = from_files(recordings), self.wish.setting.via
        same = least
        if via == "rtsp":
            seconds = min(_FLOOR_S, self._seconds(recordings))
            same = over_rtsp(cameras(recordings, count, spread=True), seconds, self.wish.setting.warm_s, tell)
        self._floors.append(Floor(name, round(same, 5), via, round(least, 5)))

    def _seconds(self, recordings: Sequence[Recording]) -> float:
        usual = SEARCH_S if self.wish.search else max(recording.seconds for recording in recordings)
        return self.wish.seconds or usual

    def _box_s(self, recordings: Sequence[Recording]) -> float:
        return box_s(self._seconds(recordings), self.wish.setting.warm_s)

    def _floor_s(self, recordings: Sequence[Recording]) -> float:
        return box_s(min(_FLOOR_S, self._seconds(recordings)), 0.0)

    def _repeats(
        self, name: str, recordings: Sequence[Recording], count: int, setting: Setting
    ) -> list[Measured]:
        found: list[Measured] = []
        for number in range(1, self.wish.repeat + 1):
            again = f", {number} of {self.wish.repeat}" if self.wish.repeat > 1 else ""
            self._try(
                name,
                f"the box{again}",
                self._box_s(recordings),
                lambda: found.append(self._measure(name, recordings, count, setting)),
            )
        return found

    def _measure(self, name: str, recordings: Sequence[Recording], count: int, setting: Setting) -> Measured:
        setting = replace(setting, seconds=self._seconds(recordings))
        return measure(cameras(recordings, count, spread=True), setting, self._tell(f"{name}: {count}"))

    def _conclude(self, name: str, repeats: Sequence[Measured], truth: Truth | None) -> None:
        if not repeats:
            return
        self._model = repeats[-1].journal.model
        total = sum((_agreement(measured, truth) for measured in repeats), Agreement())
        self._runs.append(run_of(name, self.wish.setting, [[measured] for measured in repeats], total))

    def _beside(self, name: str, recordings: Sequence[Recording], count: int) -> None:
        """Box and plain pipeline at once: what else the machine does is on both their bills."""
        cores = _cores()
        box = replace(self.wish.setting, one_core=True, core=cores[-1])
        plain = replace(box, plain=True, core=cores[0])
        with ThreadPoolExecutor(1) as pool:
            truth: Future[Truth | None] = pool.submit(self._reference_of, name, recordings, plain)
            repeats = self._repeats(name, recordings, count, box)
        self._conclude(name, repeats, truth.result())

    def _reference_of(
        self, name: str, recordings: Sequence[Recording], setting: Setting | None = None
    ) -> Truth | None:
        """What the plain pipeline tells; None where it is not asked for or cannot be measured."""
        if not self.wish.reference:
            return None
        setting = setting or replace(self.wish.setting, plain=True, one_core=False)
        truth: Truth = {}
        needed = plain_s(recordings, setting.warm_s)
        done = self._try(
            name,
            "the plain pipeline",
            needed,
            lambda: self._measure_reference(name, recordings, setting, truth),
        )
        return truth if done else None

    def _measure_reference(
        self, name: str, recordings: Sequence[Recording], setting: Setting, truth: Truth
    ) -> None:
        parts: list[Measured] = []
        for some in rounds_of(recordings):
            # A full round, whatever the wish: events are only known of what was seen.
            tell = self._tell(f"{name}: plain pipeline, {', '.join(each.name for each in some)}")
            seconds = max(recording.seconds for recording in some)
            part = measure(cameras(some, len(some), spread=False), replace(setting, seconds=seconds), tell)
            found = shows(part)
            for camera in part.cameras:
                if camera.id in found:
                    truth[camera.recording.name] = one_round(found[camera.id])
            parts.append(part)
        events = sum(len(each) for each in truth.values())
        itself = Agreement(events, events, events, events)
        run = run_of(name, setting, [parts], itself)
        self._reference.append(run)
        wanted = Detector().fps * sum(part.camera_seconds for part in parts)
        if run.frames_detected < _KEEPS_UP * wanted:
            share = 100.0 * run.frames_detected / wanted
            self.remark(name, f"the plain pipeline managed {share:.0f} % of its looks: it is overloaded")

    def _compare(self, name: str) -> None:
        ours = next((run for run in self._runs if run.set == name), None)
        plain = next((run for run in self._reference if run.set == name), None)
        if ours is not None and plain is not None and ours.cpu_s_per_camera_s:
            self._ratios.append(Ratio(name, round(plain.cpu_s_per_camera_s / ours.cpu_s_per_camera_s, 2)))

    def _tell(self, what: str) -> Tell:
        return lambda step, share: self.tell(f"{what}: {step}", share)


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


def _agreement(measured: Measured, truth: Truth | None) -> Agreement:
    if truth is None:
        return Agreement()
    found = shows(measured)
    total = Agreement()
    for camera in measured.cameras:
        if camera.id in found:
            total += agree(found[camera.id], truth.get(camera.recording.name, ()))
    return total


def usual_setting(via: str, *, model: str | None = None, one_core: bool = False, warm_s: float) -> Setting:
    """How boxes are measured when nothing else is said."""
    return Setting(
        "files" if via == "files" else "rtsp", model or Detector().model, False, 0.0, warm_s, one_core
    )
