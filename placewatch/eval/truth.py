"""Truth files: what really happens in a clip, and with which zones and rules it is watched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from edge.config import BoxConfig, Camera
from edge.config_links import problems_between
from edge.replay import DEFAULT_START
from edge.rule_config import MomentRule, Rule
from messages import Fault, Kind
from placewatch.config import Document, Key, Settings, read, validate, validate_with
from placewatch.config_hints import did_you_mean
from placewatch.errors import ConfigError, ConfigProblem, UsageError

Seconds = Annotated[float, Field(ge=0, le=31 * 86400)]

TOLERANCE_S = 2.0
"""How far from its due time an alert may open when the file does not say."""


class Event(Settings):
    """Something that happens, whether or not a rule notices."""

    kind: Kind
    """What an alert about it is called."""
    zone: str | None = None
    """Id of the zone or line; only camera_health has none."""
    opened: Seconds
    """When the condition begins in the picture, seconds into the clip."""
    closed: Seconds | None = None
    """When it ends; without it at the end of the clip, and at once for a moment such as a crossing."""
    due: Seconds | None = None
    """When the alert has to be raised, where that is not `opened` and the rule's own waiting time."""
    tolerance_s: Annotated[float, Field(gt=0, le=3600)] | None = None
    """How far from its due time the alert may open; the file's `tolerance_s` unless given."""
    fault: Fault | None = None
    """What is wrong with the camera; an alert that says otherwise is another alert."""
    optional: bool = False
    """An alert about it is right, and none is right too: people would disagree."""
    note: str = ""
    """For people."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.closed is not None and self.closed < self.opened:
            msg = f"closed ({self.closed:g}) before opened ({self.opened:g}) | both are seconds into the clip"
            raise ValueError(msg)
        if self.due is not None and self.due < self.opened:
            msg = f"due ({self.due:g}) before opened ({self.opened:g}) | the alert follows the event"
            raise ValueError(msg)
        if self.zone is None and self.kind is not Kind.CAMERA_HEALTH:
            msg = f"{self.kind} happens in a zone or at a line | add 'zone:'"
            raise ValueError(msg)
        if self.fault is not None and self.kind is not Kind.CAMERA_HEALTH:
            msg = "only camera_health has a fault | remove 'fault:'"
            raise ValueError(msg)
        return self


class LabelledBoxes(Settings):
    """True boxes of the clip, for the detector's and the tracker's figures."""

    file: Path
    """MOTChallenge CSV (frame, id, x, y, width, height, ...; pixels); found as clips are."""
    first_frame: int = Field(1, ge=0, le=1)
    """Number of the clip's first picture in the CSV."""
    every: int = Field(15, ge=1)
    """Each so-many-th picture is measured for the detector's average precision."""


class TruthFile(Settings):
    """A truth file as it is written; `camera`, `place` and `detector` are as in a box's configuration."""

    clip: str
    """Path beside this file, or the name of a clip in ../shared/media or among the fetched footage."""
    about: str = ""
    """What is to be seen, who labelled it and how; for people."""
    start: datetime | None = None
    """Local time at which the clip begins, for rules with hours; 2026-01-01T00:00:00 UTC unless given."""
    timezone: str = "Asia/Shanghai"
    """IANA zone of `start` and of hours."""
    holidays: tuple[Any, ...] = ()
    """As in a box's configuration."""
    tolerance_s: Annotated[float, Field(gt=0, le=3600)] = TOLERANCE_S
    """How far from its due time an alert may open."""
    detector: dict[str, Any] = Field({})
    """As in a box's configuration."""
    place: dict[str, Any]
    """One place, with its class."""
    camera: dict[str, Any]
    """Zones, lines, ground points and rules; `id`, `url` and `place` may be left out."""
    events: tuple[Event, ...] = ()
    """Everything that the rules should notice. A clip in which nothing happens has none."""
    moves: tuple[tuple[Seconds, Seconds], ...] = ()
    """When somebody or something is in the picture: from, to. For the figures of the motion gate."""
    boxes: LabelledBoxes | None = None
    """True boxes."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A checked truth file.

    Attributes:
        file: Where it was read.
        spec: What it says.
        config: A box with the one camera.
    """

    file: Path
    spec: TruthFile
    config: BoxConfig

    @property
    def name(self) -> str:
        """For people; the file's name."""
        return self.file.stem

    @property
    def camera(self) -> Camera:
        """The camera."""
        return self.config.cameras[0]

    @property
    def start(self) -> float:
        """Capture time of the first picture, Unix seconds."""
        given = self.spec.start
        if given is None:
            return DEFAULT_START
        local = given if given.tzinfo else given.replace(tzinfo=ZoneInfo(self.config.timezone))
        return local.timestamp()

    def rule_of(self, event: Event) -> Rule | None:
        """The rule that watches for ``event``; None when it needs none to be named (camera_health)."""
        return _rule(self.camera, event)


def load_truth(path: Path) -> Truth:
    """Read one truth file.

    Raises:
        ConfigError: With every problem, each with its line, key and fix.
    """
    document = read(path)
    problems: list[ConfigProblem] = []
    spec, config = None, None
    try:
        spec = validate(document, TruthFile)
    except ConfigError as error:
        problems += error.problems
    inner = _as_box(document)
    try:
        config = validate_with(inner, BoxConfig, problems_between)
    except ConfigError as error:
        known = {(problem.line, problem.message) for problem in problems}
        renamed = [_as_written(problem) for problem in error.problems]
        problems += [problem for problem in renamed if (problem.line, problem.message) not in known]
    if spec is not None and config is not None:
        problems += _unwatched(document, spec, config.cameras[0])
        if not problems:
            return Truth(path, spec, config)
    raise ConfigError(sorted(problems, key=lambda problem: problem.line))


def load_folder(folder: Path) -> list[Truth]:
    """Every truth file (``.yaml``) of a folder and below it, or the one file that is given.

    Raises:
        ConfigError: With every problem of every file.
        UsageError: No such folder, or no truth file in it.
    """
    if not folder.exists():
        raise UsageError("no such folder", where=str(folder), remedy="give a folder of truth files")
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.yaml"))
    if not files:
        raise UsageError("no truth file (.yaml) in it", where=str(folder), remedy="see docs/truth.md")
    found: list[Truth] = []
    problems: list[ConfigProblem] = []
    for file in files:
        try:
            found.append(load_truth(file))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return found


_MOVED: Mapping[str, tuple[Key, ...]] = {"camera": ("cameras", 0), "place": ("places", 0)}
_SAME = ("timezone", "holidays", "detector")


def _as_box(document: Document) -> Document:
    """The camera, place and detector of a truth file as a box's configuration that knows its lines."""
    data = document.data
    place = data.get("place")
    camera = data.get("camera")
    if isinstance(place, dict):
        place = {"id": "place", **place}
    if isinstance(camera, dict):
        name = place.get("id") if isinstance(place, dict) else "place"
        camera = {"id": "camera", "url": "file:clip", "place": name, **camera}
    box = {"site": "truth", "box": "truth", "places": [place or {}], "cameras": [camera or {}]}
    box |= {key: data[key] for key in _SAME if key in data}
    lines: dict[tuple[Key, ...], int] = {(): document.line(())}
    for path, line in document.lines.items():
        if path and path[0] in _MOVED:
            lines[*_MOVED[str(path[0])], *path[1:]] = line
        elif path and path[0] in _SAME:
            lines[path] = line
    for name, moved in _MOVED.items():
        lines.setdefault(moved[:1], document.line((name,)))
    return Document(document.file, box, lines)


def _as_written(problem: ConfigProblem) -> ConfigProblem:
    path = problem.path
    for name, (plural, _) in (("camera", _MOVED["camera"]), ("place", _MOVED["place"])):
        path = path.replace(f"{plural}[0]", name, 1) if path.startswith(f"{plural}[0]") else path
    return ConfigProblem(problem.file, problem.line, path, problem.message, problem.fix)


def _unwatched(document: Document, spec: TruthFile, camera: Camera) -> Iterator[ConfigProblem]:
    """Events that no rule of the camera could notice: a slip of the pen, or a rule that is missing."""
    targets = sorted({rule.target for rule in camera.rules})
    for index, event in enumerate(spec.events):
        if event.kind is Kind.CAMERA_HEALTH or _rule(camera, event) is not None:
            continue
        path: tuple[Key, ...] = ("events", index, "zone")
        hint = did_you_mean(str(event.zone), targets) or "add the rule to the camera"
        yield document.problem(path, f"no rule watches {str(event.zone)!r} for {event.kind}", hint)


def _rule(camera: Camera, event: Event) -> Rule | None:
    for rule in camera.rules:
        if rule.kind is event.kind and (event.zone is None or rule.target == event.zone):
            return rule
    return None


def is_moment(rule: Rule | None) -> bool:
    """Whether what the rule notices is over at once."""
    return isinstance(rule, MomentRule)
