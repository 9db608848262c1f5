"""Cross-references inside a box's configuration: ids that repeat, names that lead nowhere.

Works on the plain YAML value rather than on the validated model, so that these faults are reported together
with the others, and at their own key.
"""

from collections.abc import Iterator
from typing import Any

from edge.config_calendar import problems_of_calendar
from edge.config_rules import Item, Path, items, problems_of_rules
from placewatch.config import Document
from placewatch.config_hints import did_you_mean
from placewatch.errors import ConfigProblem


def problems_between(document: Document) -> list[ConfigProblem]:
    """Every repeated id and every reference to a camera, place or zone that is not there."""
    problems: list[ConfigProblem] = []
    places = list(items(document.data, "places", ()))
    cameras = list(items(document.data, "cameras", ()))
    problems += _repeats(document, places, "place", "box")
    problems += _repeats(document, cameras, "camera", "box")
    known_places = _ids(places)
    for path, camera in cameras:
        problems += _unknown(document, (*path, "place"), camera.get("place"), known_places, "place")
        zones, lines = list(items(camera, "zones", path)), list(items(camera, "lines", path))
        problems += _repeats(document, zones, "zone", "camera")
        problems += _repeats(document, lines, "line", "camera")
        for rule_path, rule in items(camera, "rules", path):
            problems += _unknown(document, (*rule_path, "zone"), rule.get("zone"), _ids(zones), "zone")
            problems += _unknown(document, (*rule_path, "line"), rule.get("line"), _ids(lines), "line")
        problems += _same_rule_twice(document, camera, path)
        problems += problems_of_rules(document, camera, path)
    problems += _shared_zones(document, cameras)
    if not cameras and "managed" not in document.data:
        problems.append(
            document.problem(
                ("cameras",),
                "must not be empty",
                "write one, or 'managed: {}' for a box that waits for its centre's",
            )
        )
    problems += problems_of_calendar(document)
    return problems


def _ids(items: list[Item]) -> list[str]:
    return list(dict.fromkeys(str(item["id"]) for _, item in items if "id" in item))


def _repeats(document: Document, items: list[Item], what: str, within: str) -> Iterator[ConfigProblem]:
    first: dict[str, Path] = {}
    for path, item in items:
        name = item.get("id")
        if not isinstance(name, str):
            continue
        if name in first:
            yield document.problem(
                (*path, "id"),
                f"{what} id {name!r} is given twice, first on line {document.line((*first[name], 'id'))}",
                f"give each {what} of a {within} its own id",
            )
        first.setdefault(name, path)


def _unknown(
    document: Document, path: Path, name: object, known: list[str], what: str
) -> Iterator[ConfigProblem]:
    if isinstance(name, str) and name not in known:
        listed = ", ".join(known) or "none"
        hint = did_you_mean(name, known) or f"one of: {listed}"
        yield document.problem(path, f"unknown {what} {name!r}", hint)


def _same_rule_twice(document: Document, camera: dict[str, Any], path: Path) -> Iterator[ConfigProblem]:
    seen: set[tuple[object, object]] = set()
    for rule_path, rule in items(camera, "rules", path):
        target = rule.get("zone", rule.get("line"))
        pair = (str(rule.get("kind")), str(target))
        if pair in seen:
            of_what = "" if target is None else f" for {'zone' if 'zone' in rule else 'line'} {target!r}"
            yield document.problem(
                (*rule_path, "kind"),
                f"a second {pair[0]} rule{of_what}",
                "keep one rule of a kind for each zone or line",
            )
        seen.add(pair)


def _shared_zones(document: Document, cameras: list[Item]) -> Iterator[ConfigProblem]:
    """Episodes are keyed on place, zone and kind: nothing else drawn at a place may reuse an id."""
    owner: dict[tuple[object, str], tuple[object, str]] = {}
    for path, camera in cameras:
        for what in ("zone", "line"):
            for drawn_path, drawn in items(camera, f"{what}s", path):
                key = (str(camera.get("place")), str(drawn.get("id")))
                mine = (camera.get("id"), what)
                first = owner.setdefault(key, mine)
                if first != mine:
                    yield document.problem(
                        (*drawn_path, "id"),
                        f"{what} {key[1]!r} of place {key[0]!r} is already drawn by camera {first[0]!r}"
                        + (f" as a {first[1]}" if first[1] != what else ""),
                        "zone and line ids are unique within a place; rename one",
                    )
