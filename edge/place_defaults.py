"""What a camera watches for where its configuration does not say: the rules of its place's class."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from edge.config_rules import REFUSED
from edge.config_shapes import Line, Zone
from edge.rule_config import AnyRule, CrowdDensity, Rule
from messages import Kind, PlaceClass
from placewatch.config import Document, Settings, read, validate_with
from placewatch.errors import ConfigProblem
from placewatch.paths import shipped

_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)

ABOUT_LINES = frozenset({Kind.LINE_CROSSING, Kind.WRONG_WAY})
"""Kinds that a line can serve; all others need a zone."""

ABOUT_CAMERAS = frozenset({Kind.CAMERA_HEALTH})
"""Kinds that every camera has anyway."""


def _rule(entry: Mapping[str, Any], key: str, target: str) -> Rule:
    return _RULE.validate_python({**entry, key: target})


def _sound(entry: dict[str, Any]) -> dict[str, Any]:
    """A rule that lacks nothing but its zone or line."""
    key = "line" if entry.get("kind") == Kind.LINE_CROSSING else "zone"
    try:
        _rule(entry, key, "any")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"][1:])
        text = first["msg"].removeprefix("Value error, ")
        msg = f"{where}: {text}" if where else text
        raise ValueError(msg) from error
    return entry


Entry = Annotated[dict[str, Any], AfterValidator(_sound)]


class RuleTable(Settings):
    """What ``rules.yaml`` holds."""

    version: str
    """Name of this edition."""
    kinds: dict[Kind, dict[str, Any]] = Field(default_factory=dict)
    """Parameters of kinds that a zone names and its class does not have."""
    only_if_named: frozenset[Kind] = frozenset()
    """Kinds of a class that a zone gets only when it names them in ``for:``."""
    by_class: dict[PlaceClass, tuple[Entry, ...]] = Field(min_length=1)
    """Rules of each class of places, written as in a box, without zone and line."""

    def entries(self, place_class: PlaceClass) -> dict[Kind, dict[str, Any]]:
        """The class's rules by kind."""
        return {Kind(entry["kind"]): entry for entry in self.by_class.get(place_class, ())}

    def entry(self, kind: Kind, place_class: PlaceClass) -> dict[str, Any]:
        """The parameters of a kind at a place of this class."""
        found = self.entries(place_class).get(kind)
        return {"kind": kind.value, **self.kinds.get(kind, {})} if found is None else found


def load_rule_table(path: Path | None = None) -> RuleTable:
    """Read a table of default rules; the shipped one unless given.

    Raises:
        ConfigError: With every problem found.
    """
    return validate_with(read(path or shipped("configs") / "rules.yaml"), RuleTable, _problems)


def _problems(document: Document) -> list[ConfigProblem]:
    """Kinds that a class must not have or has twice, and classes without rules."""
    classes = document.data.get("by_class")
    problems = []
    for name, entries in classes.items() if isinstance(classes, dict) else ():
        seen: set[str] = set()
        refused = next((kinds for place, kinds in REFUSED.items() if place == name), frozenset[Kind]())
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            kind = str(entry.get("kind")) if isinstance(entry, dict) else ""
            at = ("by_class", name, index, "kind")
            if kind in refused:
                problems.append(document.problem(at, f"{kind} is not allowed at a {name}", "remove it"))
            if kind in seen:
                problems.append(document.problem(at, f"a second {kind} rule", "keep one"))
            seen.add(kind)
    return problems


def rules_of_class(
    written: Sequence[Rule],
    zones: Sequence[Zone],
    lines: Sequence[Line],
    place_class: PlaceClass,
    table: RuleTable,
    *,
    calibrated: bool = False,
) -> tuple[Rule, ...]:
    """The rules that a camera gets beside the written ones.

    Args:
        written: The camera's own ``rules:``; where there are any, only zones and lines that say ``for:`` get
            more.
        zones: Its zones.
        lines: Its lines.
        place_class: The class of its place.
        table: Default rules.
        calibrated: Whether ground points give zones their area.
    """
    taken = {(rule.kind, rule.target) for rule in written}
    chosen: list[Rule] = []
    for zone in zones:
        for rule in _for_zone(zone, place_class, table, calibrated=calibrated, silent=not written):
            chosen += [rule] if (rule.kind, rule.target) not in taken else []
    for line in lines:
        for kind in _line_kinds(line, table.entries(place_class), silent=not written):
            rule = _rule(table.entry(kind, place_class), "line", line.id)
            chosen += [rule] if (rule.kind, rule.target) not in taken else []
    return tuple(chosen)


def _for_zone(
    zone: Zone, place_class: PlaceClass, table: RuleTable, *, calibrated: bool, silent: bool
) -> Iterator[Rule]:
    named = zone.watch_for is not None
    kinds: Sequence[Kind] = zone.watch_for or ()
    if not named and silent:
        kinds = tuple(kind for kind in table.entries(place_class) if kind not in table.only_if_named)
    for kind in kinds:
        if kind is Kind.LINE_CROSSING or kind in ABOUT_CAMERAS or (kind is Kind.WRONG_WAY and not zone.arrow):
            continue
        rule = _rule(table.entry(kind, place_class), "zone", zone.id)
        has_area = calibrated or zone.area_m2 is not None
        if named or has_area or not isinstance(rule, CrowdDensity) or rule.limit is not None:
            yield rule


def _line_kinds(line: Line, entries: Mapping[Kind, object], *, silent: bool) -> Sequence[Kind]:
    if line.watch_for is not None:
        return [kind for kind in line.watch_for if kind in ABOUT_LINES]
    if not silent:
        return ()
    return [kind for kind in entries if kind in ABOUT_LINES] or [Kind.LINE_CROSSING]


def told(rules: Sequence[AnyRule]) -> str:
    """Rules in words: ``lawn: water_edge, crowd_density; gate: line_crossing``."""
    targets: dict[str, list[str]] = {}
    for rule in rules:
        targets.setdefault(rule.target, []).append(rule.kind.value)
    return "; ".join(f"{target}: {', '.join(kinds)}" for target, kinds in targets.items())
