"""The report of an evaluation: what ``--report`` writes and ``--json`` prints."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from placewatch.eval.average_precision import Scored as Boxes
from placewatch.eval.average_precision import average_precision
from placewatch.eval.identity import Identity, identity
from placewatch.eval.matching import Due, Raised
from placewatch.eval.run import ClipRun
from placewatch.eval.scores import Tally, kinds, total


class Delay(msgspec.Struct, frozen=True):
    """Seconds from the time at which alerts were due to their opening; None without any that is right."""

    median: float | None
    p95: float | None


class Figures(msgspec.Struct, frozen=True):
    """Figures of one kind, class of place, or clip.

    Attributes:
        f1: 2 found / (2 found + false + missed).
        precision: Share of alerts that are right.
        recall: Share of events that were told of.
        delay_s: Median delay of the alerts that are right, seconds.
        delay_p95_s: Its 95th percentile.
        events: Required ones.
        found: Of these, told of.
        false_alarms: Alerts that told of nothing.
        false_alarms_per_camera_hour: Over the time watched.
        hours: Watched, camera-hours.
    """

    f1: float
    precision: float
    recall: float
    delay_s: float | None
    delay_p95_s: float | None
    events: int
    found: int
    false_alarms: int
    false_alarms_per_camera_hour: float
    hours: float


class Redaction(msgspec.Struct, frozen=True):
    """What was left in pictures that would leave.

    Attributes:
        pictures: Looked at.
        clip_pictures: Of these, pictures out of finished evidence clips.
        residual_faces: Faces of 12 pixels and more.
        residual_plates: Plates at least 40 pixels wide.
        independent: Whether a face detector that redaction does not use looked.
    """

    pictures: int
    residual_faces: int
    residual_plates: int
    independent: bool
    clip_pictures: int = 0


class Tracking(msgspec.Struct, frozen=True):
    """Identity of tracks on labelled boxes, at the looks of the replay."""

    idf1: float
    hota: float
    det_a: float
    ass_a: float
    boxes: int


class Moment(msgspec.Struct, frozen=True):
    """One event or alert that went wrong, for people.

    Attributes:
        clip: Truth file.
        what: ``missed`` or ``false``.
        kind: Kind.
        zone: Zone or line.
        at_s: When it was due, or was raised; seconds into the clip.
        note: Of the truth.
    """

    clip: str
    what: str
    kind: str
    zone: str | None
    at_s: float
    note: str = ""


class Clip(msgspec.Struct, frozen=True):
    """One clip.

    Attributes:
        truth: The truth file's name.
        clip: The clip's file name.
        place_class: The place's class.
        seconds: Its length.
        looks: Pictures looked at.
        figures: Of its events.
    """

    truth: str
    clip: str
    place_class: str
    seconds: float
    looks: int
    figures: Figures


class Conditions(msgspec.Struct, frozen=True):
    """Under which the figures were taken.

    Attributes:
        placewatch: Version.
        models: Detector models, with the clips' settings.
        pictures_every_s: Besides stills, one picture in so many seconds was audited; None for none.
    """

    placewatch: str
    models: list[str]
    pictures_every_s: float | None


class Report(msgspec.Struct, frozen=True):
    """The whole."""

    f1: float
    precision: float
    recall: float
    false_alarms_per_camera_day: float
    false_alarms_per_camera_hour: float
    delay_s: Delay
    by_rule: dict[str, Figures]
    by_class: dict[str, Figures]
    quiet: dict[str, float]
    """Kinds that were watched for with nothing due and nothing raised: camera-hours."""
    person_ap50: float | None
    """Of the detector with the clips' settings on whole pictures, all scores."""
    person_ap50_looks: float | None
    """Of what the box itself saw at its looks: regions, and scores down to half of the least that counts."""
    person_boxes: int
    tracker: Tracking | None
    redaction: Redaction | None
    clips: list[Clip]
    wrong: list[Moment]
    skipped: list[str]
    conditions: Conditions


def make_report(
    runs: Sequence[ClipRun],
    *,
    redaction: Redaction | None,
    skipped: Sequence[str],
    conditions: Conditions,
) -> Report:
    """Figures of all clips together."""
    scores = [run.score for run in runs]
    overall = total(score.tally() for score in scores)
    tallies = {kind: total(score.tally(kind) for score in scores) for kind in kinds(scores)}
    classes = sorted({score.place_class for score in scores})
    boxes = [picture for run in runs for picture in run.boxes]
    return Report(
        f1=_round(overall.f1),
        precision=_round(overall.precision),
        recall=_round(overall.recall),
        false_alarms_per_camera_day=round(overall.false_per_hour * 24, 3),
        false_alarms_per_camera_hour=round(overall.false_per_hour, 4),
        delay_s=Delay(_maybe(overall.delay(50)), _maybe(overall.delay(95))),
        by_rule={kind: figures(tally) for kind, tally in tallies.items() if tally.events or tally.false},
        by_class={
            place: figures(total(score.tally() for score in scores if score.place_class == place))
            for place in classes
        },
        quiet={
            kind: round(tally.seconds / 3600, 4)
            for kind, tally in tallies.items()
            if not (tally.events or tally.false)
        },
        person_ap50=_ap(boxes),
        person_ap50_looks=_ap([picture for run in runs for picture in run.seen]),
        person_boxes=sum(len(picture.truth) for picture in boxes),
        tracker=_tracking(runs),
        redaction=redaction,
        clips=[_clip(run) for run in runs],
        wrong=[moment for run in runs for moment in _wrong(run)],
        skipped=list(skipped),
        conditions=conditions,
    )


def figures(tally: Tally) -> Figures:
    """Counts as figures."""
    return Figures(
        f1=_round(tally.f1),
        precision=_round(tally.precision),
        recall=_round(tally.recall),
        delay_s=_maybe(tally.delay(50)),
        delay_p95_s=_maybe(tally.delay(95)),
        events=tally.events,
        found=tally.found,
        false_alarms=tally.false,
        false_alarms_per_camera_hour=round(tally.false_per_hour, 4),
        hours=round(tally.seconds / 3600, 4),
    )


def _clip(run: ClipRun) -> Clip:
    return Clip(
        truth=run.truth.name,
        clip=run.clip.name,
        place_class=run.score.place_class,
        seconds=round(run.score.seconds, 2),
        looks=run.looks,
        figures=figures(run.score.tally()),
    )


def _wrong(run: ClipRun) -> list[Moment]:
    score = run.score
    missed: list[Due] = [score.dues[index] for index in score.matching.missed]
    false: list[Raised] = [score.raised[index] for index in score.matching.false]
    return [
        *(Moment(run.truth.name, "missed", e.kind.value, e.zone, round(e.due, 2), e.note) for e in missed),
        *(Moment(run.truth.name, "false", e.kind.value, e.zone, round(e.opened, 2)) for e in false),
    ]


def _ap(pictures: Sequence[Boxes]) -> float | None:
    value = average_precision(pictures) if pictures else math.nan
    return None if math.isnan(value) else _round(value)


def _tracking(runs: Sequence[ClipRun]) -> Tracking | None:
    """Mean of the clips, by their number of true boxes."""
    clips: list[tuple[Identity, int]] = []
    for run in runs:
        boxes = sum(len(picture.truth) for picture in run.tracked)
        if boxes:
            clips.append((identity(run.tracked), boxes))
    if not clips:
        return None
    weights = [boxes for _, boxes in clips]
    rows = np.array([[each.idf1, each.hota, each.det_a, each.ass_a] for each, _ in clips])
    idf1, hota, det_a, ass_a = (_round(float(value)) for value in np.average(rows, axis=0, weights=weights))
    return Tracking(idf1, hota, det_a, ass_a, sum(weights))


def _round(value: float) -> float:
    return round(value, 4)


def _maybe(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
