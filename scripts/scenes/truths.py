"""What a scene's rules should notice, from where everything is at each moment: exact, and seen by nobody."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter

from edge.config_shapes import Line, Zone
from edge.rule_config import (
    AbandonedObject,
    AnyRule,
    CrowdDensity,
    RoadObstacle,
    Rule,
    StandingRule,
)
from edge.rules.geometry import inside, side
from messages import Kind
from scripts.scenes.compose import FPS, Part

Event = dict[str, Any]
Interval = tuple[float, float | None]

_RULE: Final[TypeAdapter[AnyRule]] = TypeAdapter(Rule)

GROUPS: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.PERIMETER_INTRUSION: frozenset({"person", "vehicle"}),
    Kind.WATER_EDGE: frozenset({"person"}),
    Kind.PEDESTRIAN_ON_CARRIAGEWAY: frozenset({"person"}),
    Kind.EBIKE_INDOORS: frozenset({"cycle"}),
    Kind.FIRE_LANE_BLOCKED: frozenset({"vehicle"}),
    Kind.NO_STOPPING: frozenset({"vehicle"}),
    Kind.STOPPED_VEHICLE: frozenset({"vehicle"}),
    Kind.EXIT_BLOCKED: frozenset({"vehicle", "cycle"}),
}
"""Whose presence each kind is about."""


def events_of(
    camera: Mapping[str, Any], parts: Sequence[Part], seconds: float, size: tuple[int, int]
) -> list[Event]:
    """Everything that the camera's rules should notice.

    Args:
        camera: Its zones, lines and rules, as in a truth file.
        parts: Who and what is in the scene.
        seconds: Its length.
        size: Width and height of its pictures.
    """
    zones = {zone["id"]: Zone.model_validate(zone) for zone in camera.get("zones", ())}
    lines = {line["id"]: Line.model_validate(line) for line in camera.get("lines", ())}
    times = np.arange(round(seconds * FPS)) / FPS
    found: list[Event] = []
    for entry in camera["rules"]:
        rule = _RULE.validate_python(entry)
        if rule.target in lines:
            found += _crossings(rule, lines[rule.target], parts, times, size)
        elif rule.target in zones:
            found += _in_zone(rule, zones[rule.target], parts, times, size)
    return found


def _in_zone(
    rule: AnyRule, zone: Zone, parts: Sequence[Part], times: np.ndarray, size: tuple[int, int]
) -> Iterator[Event]:
    def here(part: Part, time: float) -> bool:
        place = part.at(time)
        return place is not None and bool(inside(np.array([place]) / size, zone.polygon)[0])

    if isinstance(rule, CrowdDensity):
        people = [part for part in parts if part.group == "person"]
        full = [sum(here(part, t) for part in people) >= (rule.limit or 0) for t in times]
        yield from (_event(rule, opened, closed) for opened, closed in _runs(full, times))
    elif isinstance(rule, AbandonedObject | RoadObstacle):
        for part in parts:
            if part.group == "thing" and here(part, part.marks[0][0]):
                yield from _left_thing(rule, part, parts, float(times[-1]))
    elif rule.kind in GROUPS:
        standing = isinstance(rule, StandingRule)
        for part in parts:
            if part.group in GROUPS[rule.kind]:
                there = [here(part, t) and not (standing and part.moves(t)) for t in times]
                for opened, closed in _runs(there, times):
                    yield _event(rule, opened, closed, note=part.name)


def _left_thing(
    rule: AbandonedObject | RoadObstacle, part: Part, parts: Sequence[Part], end: float
) -> Iterator[Event]:
    begin, until = part.marks[0][0], part.marks[-1][0]
    closed = None if until >= end else until
    if isinstance(rule, RoadObstacle):
        yield _event(rule, begin, closed, note=part.name)
        return
    owner = next((each for each in parts if each.name == part.owner), None)
    alone = begin if owner is None else _alone_from(part, owner, rule.away)
    due = max(begin + rule.dwell_s, alone + rule.away_s)
    if due < min(until, end):
        yield _event(rule, begin, closed, note=part.name) | {"due": round(due, 1)}


def _alone_from(part: Part, owner: Part, away: float) -> float:
    """When the owner is last near, seconds."""
    reach = away * owner.look.alpha.shape[0]
    times = np.arange(owner.marks[0][0], owner.marks[-1][0], 0.1)
    thing = part.marks[0][1:]
    near = [t for t in times if (at := owner.at(t)) and np.hypot(at[0] - thing[0], at[1] - thing[1]) <= reach]
    return float(near[-1]) if near else part.marks[0][0]


def _crossings(
    rule: AnyRule, line: Line, parts: Sequence[Part], times: np.ndarray, size: tuple[int, int]
) -> Iterator[Event]:
    start, end = ((x * size[0], y * size[1]) for x, y in line.points)
    wanted = {"to_left": (-1,), "to_right": (1,), "both": (-1, 1)}[line.forbidden]
    groups: Sequence[str] = getattr(rule, "objects", ())
    for part in parts:
        if part.group not in groups:
            continue
        before = 0
        for time in times:
            place = part.at(float(time))
            now = 0 if place is None else int(np.sign(side(place, start, end)))
            if before and now and now != before and now in wanted:
                yield _event(rule, float(time), None, note=part.name)
            before = now or before


def _runs(holds: Sequence[bool], times: np.ndarray) -> Iterator[Interval]:
    begun: float | None = None
    for time, there in zip(times.tolist(), holds, strict=True):
        if there and begun is None:
            begun = time
        elif not there and begun is not None:
            yield begun, time
            begun = None
    if begun is not None:
        yield begun, None


def _event(rule: AnyRule, opened: float, closed: float | None, note: str = "") -> Event:
    event: Event = {"kind": rule.kind.value, "zone": rule.target, "opened": round(opened, 1)}
    if closed is not None:
        event["closed"] = round(closed, 1)
    return event | ({"note": note} if note else {})
