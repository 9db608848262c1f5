"""A labelled clip through the box's own code (`edge.replay`)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edge.detect.registry import load_detector
from edge.evidence import Picture, Stills
from edge.ingest.source import open_source
from edge.redact.redactor import Redactor
from edge.replay import Replay, Step
from edge.rules.episode import no_boxes
from edge.rules.scene import Transition
from messages import Alert, Kind, Phase
from placewatch.eval.average_precision import Scored as ScoredBoxes
from placewatch.eval.boxes import Persons, labelled, read_mot, scored, seen_boxes
from placewatch.eval.clips import find_clip
from placewatch.eval.evidence import evidence_of
from placewatch.eval.expect import dues_of
from placewatch.eval.identity import Labelled
from placewatch.eval.matching import Due, Raised, match
from placewatch.eval.scores import Scored
from placewatch.eval.truth import Truth

AP_SCORE = 0.01
"""Average precision counts everything down to this score."""


@dataclass(slots=True)
class Shown:
    """An alert as it goes on, with its stills.

    Attributes:
        raised: When and where.
        jpegs: Its redacted stills by phase and position (seconds), as they would leave.
    """

    raised: Raised
    jpegs: list[tuple[Phase, float, bytes]] = field(default_factory=list)


@dataclass(slots=True)
class ClipRun:
    """What became of one labelled clip.

    Attributes:
        truth: Its truth.
        clip: Its file.
        score: Events and alerts, matched.
        alerts: The alerts, in the order of ``score.raised``.
        due_stills: A redacted still of each due alert at its due time, in the order of ``score.dues``; empty
            when there was none to be had.
        pictures: Redacted pictures that would leave, JPEG: all stills, and those spread over the clip.
        evidence: Finished evidence clips of its first alerts, MP4.
        looks: Pictures that were looked at.
        tracked: Tracks beside true persons, for each look, where there are labelled boxes.
        seen: What the box saw at each look beside true persons.
        boxes: What the detector finds in whole pictures, down to the lowest scores, beside true persons.
        model: Id and version of the detector's model.
    """

    truth: Truth
    clip: Path
    score: Scored
    alerts: list[Shown]
    due_stills: list[bytes]
    pictures: list[bytes]
    evidence: list[bytes]
    looks: int
    tracked: list[Labelled]
    seen: list[ScoredBoxes]
    boxes: list[ScoredBoxes]
    model: str


class Collector:
    """Gathers alerts as episodes: what rejoins an episode is the same alert.

    Args:
        start: Capture time of the clip's first picture.
    """

    def __init__(self, start: float) -> None:
        self._start = start
        self._by_id: dict[str, Shown] = {}

    def take(self, alert: Alert) -> None:
        """The next alert of the clip."""
        at = alert.time.timestamp() - self._start
        data, phase = alert.data, alert.type.phase
        shown = self._by_id.get(data.alert_id)
        if shown is None:
            shown = self._by_id[data.alert_id] = Shown(Raised(data.kind, data.zone, at, None, data.fault))
        raised = shown.raised
        closed = at if phase is Phase.CLOSED else None
        shown.raised = Raised(raised.kind, raised.zone, raised.opened, closed, raised.fault)
        if data.evidence is not None:
            shown.jpegs.append((phase, at, data.evidence.jpeg))

    @property
    def alerts(self) -> list[Shown]:
        """Whole episodes, in the order of their first opening."""
        return list(self._by_id.values())


def run(
    truth: Truth,
    *,
    extra_s: float | None = None,
    clips: int = 0,
    seen: Callable[[float, float], None] = lambda _done, _length: None,
) -> ClipRun:
    """Replay a labelled clip and compare.

    Args:
        truth: What happens in it.
        extra_s: Besides the stills of alerts, redact one picture in this many seconds, for the audit.
        clips: Make so many evidence clips, of the first alerts, for the audit.
        seen: Told seconds done and the clip's length (0 when unknown).

    Raises:
        StreamError: The clip is missing or cannot be read.
        ModelError: A model is missing or altered.
        ConfigError: The labelled boxes cannot be read.
        RedactionError: An evidence clip could not be made.
    """
    clip = find_clip(truth.spec.clip, truth.file)
    persons = _persons(truth)
    replay = Replay.load(truth.config, truth.camera, clip, start=truth.start)
    collector = Collector(truth.start)
    tracked: list[Labelled] = []
    seen_people: list[ScoredBoxes] = []
    pictures: list[bytes] = []
    looks, end = 0, 0.0
    with open_source(str(clip)) as source:
        length = source.info.duration_s
        stills = _DueStills(truth, replay.redactor, dues_of(truth, length or float("inf")))
        extras = _Extras(replay.redactor, extra_s)
        for step in replay.steps(source):
            for alert in step.alerts:
                collector.take(alert)
            if persons is not None:
                there = _persons_at(persons, step, source.info.fps)
                tracked.append(labelled(there, step.look.scene.tracks))
                seen_people.append(seen_boxes(there, step.look.detections))
            stills.look(step)
            pictures += extras.look(step)
            looks, end = looks + 1, step.position_s
            seen(end, length)
    length = length or end
    score = compare(truth, length, [shown.raised for shown in collector.alerts])
    opened = [shown.raised.opened for shown in collector.alerts]
    jpegs = [jpeg for shown in collector.alerts for _, _, jpeg in shown.jpegs]
    return ClipRun(
        truth=truth,
        clip=clip,
        score=score,
        alerts=collector.alerts,
        due_stills=[stills.of(due) for due in score.dues],
        pictures=[*jpegs, *pictures],
        evidence=evidence_of(clip, opened[:clips], truth.config, replay.redactor),
        looks=looks,
        tracked=tracked,
        seen=seen_people,
        boxes=list(_boxes(truth, clip, persons)),
        model=f"{replay.detector.name}@{replay.detector.version}",
    )


def compare(truth: Truth, length_s: float, raised: list[Raised]) -> Scored:
    """The alerts of a clip against its truth."""
    dues = dues_of(truth, length_s)
    watched = {rule.kind.value for rule in truth.camera.rules} | {Kind.CAMERA_HEALTH.value}
    place = truth.config.places[0].place_class.value
    return Scored(place, dues, raised, match(dues, raised), length_s, frozenset(watched))


def _persons(truth: Truth) -> dict[int, Persons] | None:
    spec = truth.spec.boxes
    if spec is None:
        return None
    return read_mot(find_clip(str(spec.file), truth.file), spec.first_frame)


def _persons_at(persons: dict[int, Persons], step: Step, fps: float) -> Persons:
    # By time: a camera at rest is not decoded whole, and the number of a picture is not that of the label.
    return persons.get(round(step.position_s * (fps or 25.0)), Persons.none())


def _boxes(truth: Truth, clip: Path, persons: dict[int, Persons] | None) -> Iterable[ScoredBoxes]:
    spec, settings = truth.spec.boxes, truth.config.detector
    if spec is None or persons is None:
        return ()
    detector = load_detector(
        settings.model,
        input_size=settings.input_size,
        score=AP_SCORE,
        providers=settings.providers,
        threads=settings.threads,
    )
    return scored(detector, clip, persons, spec.every)


class _DueStills:
    """Redacted stills at the times at which alerts are due: what a missed one would have shown."""

    def __init__(self, truth: Truth, redactor: Redactor, dues: list[Due]) -> None:
        self._camera = truth.camera
        self._redactor = redactor
        self._waiting = list(dues)
        self._found: dict[Due, bytes] = {}

    def look(self, step: Step) -> None:
        """Take the stills that are due by now."""
        now = [due for due in self._waiting if due.due <= step.position_s]
        if not now:
            return
        self._waiting = [due for due in self._waiting if due.due > step.position_s]
        stills = Stills(self._redactor, self._camera, Picture(step.look.frame, step.look.detections))
        for due in now:
            still = stills.of(_transition(due, step))
            if still.evidence is not None:
                self._found[due] = still.evidence.jpeg

    def of(self, due: Due) -> bytes:
        """JPEG; empty when there is none."""
        return self._found.get(due, b"")


def _transition(due: Due, step: Step) -> Transition:
    return Transition(
        phase=Phase.OPENED,
        kind=due.kind,
        zone=due.zone or "",
        count=0,
        limit=None,
        confidence=0.0,
        started=step.look.frame.time,
        ended=None,
        boxes=no_boxes(),
    )


class _Extras:
    """Pictures spread evenly over a clip, redacted and encoded as a still would be."""

    def __init__(self, redactor: Redactor, every_s: float | None) -> None:
        self._redactor = redactor
        self._every = every_s
        self._next = 0.0

    def look(self, step: Step) -> Iterator[bytes]:
        """The picture of this look, when its turn has come."""
        if self._every is None or step.position_s + 1e-6 < self._next:
            return
        self._next += self._every
        frame = step.look.frame
        yield self._redactor.redact(frame.image, step.look.detections).jpeg()
