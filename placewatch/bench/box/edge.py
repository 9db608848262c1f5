"""``placewatch bench edge``: every set of a folder through the box, and through the plain pipeline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from edge.config import Detector
from placewatch.bench.box.cameras import cameras
from placewatch.bench.box.events import Agreement, Opened, agree, one_round
from placewatch.bench.box.floor import from_files, over_rtsp
from placewatch.bench.box.measured import Measured, Setting, Tell, measure
from placewatch.bench.box.recordings import Recording
from placewatch.bench.box.report import Floor, Ratio, Report, Run, commit, machine, run_of, shows
from placewatch.bench.box.search import breaks, find_max

REFERENCE_AT_ONCE = 2
"""Cameras of the plain pipeline at a time: more, and its one detector would drop what is to be compared."""

SEARCH_S = 30.0
"""How long each step of a search is measured unless said otherwise."""

_FLOOR_S = 30.0
"""How long the loop over keyframes is measured over RTSP, at most."""

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
    """

    setting: Setting
    streams: int | None = None
    search: bool = False
    reference: bool = False
    seconds: float | None = None
    repeat: int = 1


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
    _runs: list[Run] = field(default_factory=list)
    _reference: list[Run] = field(default_factory=list)
    _ratios: list[Ratio] = field(default_factory=list)
    _floors: list[Floor] = field(default_factory=list)
    _model: str = ""

    def add(self, name: str, recordings: Sequence[Recording]) -> None:
        """Measure a set.

        Raises:
            BenchError: It cannot be measured.
            StreamError: A recording cannot be used.
        """
        first = self.wish.streams or len(recordings)
        self._floors.append(self._floor(name, recordings, first))
        truth = self._measure_reference(name, recordings) if self.wish.reference else None
        if self.wish.search:
            found = find_max(lambda count: self._bears(name, recordings, count, truth), first)
            self.note(f"{name}: {found} cameras are borne")
        else:
            self._run(name, recordings, first, truth)
        if truth is not None and self._runs and self._runs[-1].set == name:
            ours = next(run for run in self._runs if run.set == name)
            self._ratios.append(
                Ratio(name, round(self._reference[-1].cpu_s_per_camera_s / ours.cpu_s_per_camera_s, 2))
            )

    def report(self) -> Report:
        """What was measured so far."""
        return Report(
            self._runs, self._reference, self._ratios, self._floors, machine(), self._model, commit()
        )

    def _bears(self, name: str, recordings: Sequence[Recording], count: int, truth: Truth | None) -> bool:
        why = breaks(self._run(name, recordings, count, truth))
        self.note(f"{name}: {count} cameras: {why or 'borne'}")
        return not why

    def _floor(self, name: str, recordings: Sequence[Recording], count: int) -> Floor:
        tell = self._tell(f"{name}: keyframes alone")
        tell("from files", 0.0)
        least, via = from_files(recordings), self.wish.setting.via
        same = least
        if via == "rtsp":
            seconds = min(_FLOOR_S, self._seconds(recordings))
            same = over_rtsp(cameras(recordings, count, spread=True), seconds, self.wish.setting.warm_s, tell)
        return Floor(name, round(same, 5), via, round(least, 5))

    def _seconds(self, recordings: Sequence[Recording]) -> float:
        usual = SEARCH_S if self.wish.search else max(recording.seconds for recording in recordings)
        return self.wish.seconds or usual

    def _run(self, name: str, recordings: Sequence[Recording], count: int, truth: Truth | None) -> Run:
        setting = replace(self.wish.setting, seconds=self._seconds(recordings))
        repeats: list[list[Measured]] = []
        total = Agreement()
        for number in range(1, self.wish.repeat + 1):
            again = f", {number} of {self.wish.repeat}" if self.wish.repeat > 1 else ""
            tell = self._tell(f"{name}: {count}{again}")
            measured = measure(cameras(recordings, count, spread=True), setting, tell)
            repeats.append([measured])
            total += _agreement(measured, truth)
        self._model = repeats[-1][0].journal.model
        run = run_of(name, setting, repeats, total)
        self._runs.append(run)
        return run

    def _measure_reference(self, name: str, recordings: Sequence[Recording]) -> Truth:
        parts: list[Measured] = []
        truth: Truth = {}
        for start in range(0, len(recordings), REFERENCE_AT_ONCE):
            some = recordings[start : start + REFERENCE_AT_ONCE]
            # A full round, whatever the wish: events are only known of what was seen.
            seconds = max(recording.seconds for recording in some)
            setting = replace(self.wish.setting, plain=True, one_core=False, seconds=seconds)
            tell = self._tell(f"{name}: plain pipeline, {', '.join(each.name for each in some)}")
            part = measure(cameras(some, len(some), spread=False), setting, tell)
            found = shows(part)
            for camera in part.cameras:
                if camera.id in found:
                    truth[camera.recording.name] = one_round(found[camera.id])
            parts.append(part)
        events = sum(len(each) for each in truth.values())
        itself = Agreement(events, events, events, events)
        self._reference.append(run_of(name, replace(self.wish.setting, plain=True), [parts], itself))
        return truth

    def _tell(self, what: str) -> Tell:
        return lambda step, share: self.tell(f"{what}: {step}", share)


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
