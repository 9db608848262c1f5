"""Events of a truth file out of its labelled boxes: who is in which zone, how many, who crosses which line.

Prints what goes under `events:`. Persons stand where the middle of their box's lower edge is. Rules about
persons in a zone, about their number and about lines are told of; others are left to the eye.

Example:
    python -m scripts.truth_from_boxes tests/truth/vtest.yaml --fps 10 --size 768x576
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.config import Camera, Line
from edge.detect.coco import PERSON
from edge.rule_config import CrowdDensity, LineCrossing, Rule, StandingRule, ZoneRule
from edge.rules.geometry import Points, crossing, ground_points, inside, normalise
from placewatch.errors import PlacewatchError
from placewatch.eval.boxes import Persons, read_mot
from placewatch.eval.clips import find_clip
from placewatch.eval.truth import load_truth

BRIDGE_S = 0.5
"""Gaps up to this are a box that trembles at the border."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Persons of one picture on the ground: N normalised points, and their ids."""

    time: float
    points: Points
    ids: tuple[int, ...]


def walks(persons: Mapping[int, Persons], fps: float, size: tuple[int, int]) -> list[Walk]:
    """Every picture up to the last labelled one."""
    nobody = Persons.none()
    return [
        Walk(frame / fps, normalise(ground_points(found.boxes), size), tuple(found.ids.tolist()))
        for frame in range(max(persons) + 1)
        for found in (persons.get(frame, nobody),)
    ]


def spans(times: Sequence[float], holds: Sequence[bool]) -> Iterator[tuple[float, float]]:
    """Begin and end of the times at which something holds, short gaps bridged."""
    begin = last = None
    for time, now in zip(times, holds, strict=True):
        if now:
            if begin is not None and last is not None and time - last > BRIDGE_S:
                yield begin, last
                begin = time
            begin = time if begin is None else begin
            last = time
    if begin is not None and last is not None:
        yield begin, last


def crowded(
    times: Sequence[float], counts: Sequence[int], limit: float, relief: float, hold_s: float
) -> Iterator[tuple[float, float]]:
    """Begin and end of the times at which a zone is over its limit.

    It is from when the count has passed ``limit`` to when it falls below ``relief``, each for ``hold_s``.
    """
    over = [span for span in spans(times, [count > limit for count in counts]) if span[1] - span[0] >= hold_s]
    under = [
        span for span in spans(times, [count < relief for count in counts]) if span[1] - span[0] >= hold_s
    ]
    end = -1.0
    for begin, _ in over:
        if begin > end:
            end = next((start for start, _ in under if start > begin), times[-1])
            yield begin, end


def crossing_times(line: Line, seen: Sequence[Walk]) -> Iterator[float]:
    """Moments at which somebody crosses a line in its forbidden direction."""
    before: dict[int, Points] = {}
    for walk in seen:
        for point, who in zip(walk.points, walk.ids, strict=True):
            old = before.get(who)
            if old is not None:
                turn = crossing(tuple(old.tolist()), tuple(point.tolist()), *line.points)
                if turn and line.forbidden in {"both", "to_right" if turn > 0 else "to_left"}:
                    yield walk.time
            before[who] = point


def events(rule: Rule, camera: Camera, seen: Sequence[Walk]) -> Iterator[tuple[float, float | None]]:
    """Begin and end of what a rule should notice; no end for a moment."""
    times = [walk.time for walk in seen]
    polygons = {zone.id: zone.polygon for zone in camera.zones}
    if isinstance(rule, LineCrossing):
        line = next(line for line in camera.lines if line.id == rule.target)
        yield from ((time, None) for time in crossing_times(line, seen))
        return
    counts = [int(inside(walk.points, polygons[rule.target]).sum()) for walk in seen]
    if isinstance(rule, CrowdDensity):
        if rule.limit is not None:
            yield from crowded(times, counts, rule.limit, rule.limit * rule.hysteresis, rule.hold_s)
    elif isinstance(rule, ZoneRule) and not isinstance(rule, StandingRule) and rule.classes & PERSON:
        yield from spans(times, [count > 0 for count in counts])


def main(argv: Sequence[str] | None = None) -> int:
    """Print events, one a line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("truth", type=Path)
    parser.add_argument("--fps", type=float, required=True, help="pictures per second of the clip")
    parser.add_argument("--size", required=True, help="its pictures, WIDTHxHEIGHT")
    arguments = parser.parse_args(argv)
    width, _, height = arguments.size.partition("x")
    try:
        truth = load_truth(arguments.truth)
        labels = truth.spec.boxes
        if labels is None:
            parser.error("the truth file names no boxes")
        persons = read_mot(find_clip(str(labels.file), truth.file), labels.first_frame)
    except PlacewatchError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    seen = walks(persons, arguments.fps, (int(width), int(height)))
    end = seen[-1].time
    for rule in truth.camera.rules:
        for opened, closed in events(rule, truth.camera, seen):
            until = "" if closed is None or closed >= end else f", closed: {closed:.1f}"
            print(f"  - {{kind: {rule.kind}, zone: {rule.target}, opened: {opened:.1f}{until}}}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
