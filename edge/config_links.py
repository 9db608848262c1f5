"""Cross-references inside a box's configuration: ids that repeat, names that lead nowhere.

Works on the plain YAML value rather than on the validated model, so that these faults are reported together
with the others, and at their own key.
"""

from collections.abc import Iterator
from typing import Any

from placewatch.config import Document, Key
from placewatch.config_hints import did_you_mean
from placewatch.errors import ConfigProblem

Path = tuple[Key, ...]
Item = tuple[Path, dict[str, Any]]


def problems_between(document: Document) -> list[ConfigProblem]:
    """Every repeated id and every reference to a camera, place or zone that is not there."""
    problems: list[ConfigProblem] = []
    places = list(_items(document.data, "places", ()))
    cameras = list(_items(document.data, "cameras", ()))
    problems += _repeats(document, places, "place", "box")
    problems += _repeats(document, cameras, "camera", "box")
    known_places = _ids(places)
    for path, camera in cameras:
        problems += _unknown(document, (*path, "place"), camera.get("place"), known_places, "place")
        zones = list(_items(camera, "zones", path))
        problems += _repeats(document, zones, "zone", "camera")
        known_zones = _ids(zones)
        for rule_path, rule in _items(camera, "rules", path):
            at = (*rule_path, "zone")
            problems += _unknown(document, at, rule.get("zone"), known_zones, "zone")
        problems += _same_rule_twice(document, camera, path)
    problems += _shared_zones(document, cameras)
    return problems


def _items(parent: object, key: str, path: Path) -> Iterator[Item]:
    found = parent.get(key) if isinstance(parent, dict) else None
    for index, item in enumerate(found if isinstance(found, list) else ()):
        if isinstance(item, dict):
            yield (*path, key, index), item


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
    for rule_path, rule in _items(camera, "rules", path):
        pair = (str(rule.get("kind")), str(rule.get("zone")))
        if pair in seen:
            yield document.problem(
                (*rule_path, "kind"),
                f"a second {pair[0]} rule for zone {pair[1]!r}",
                "keep one rule of a kind for each zone",
            )
        seen.add(pair)


def _shared_zones(document: Document, cameras: list[Item]) -> Iterator[ConfigProblem]:
    """Episodes are keyed on place, zone and kind: two cameras of a place must not reuse a zone id."""
    owner: dict[tuple[object, str], object] = {}
    for path, camera in cameras:
        for zone_path, zone in _items(camera, "zones", path):
            key = (str(camera.get("place")), str(zone.get("id")))
            if owner.setdefault(key, camera.get("id")) != camera.get("id"):
                yield document.problem(
                    (*zone_path, "id"),
                    f"zone {key[1]!r} of place {key[0]!r} is already drawn by camera {owner[key]!r}",
                    "zone ids are unique within a place; rename one",
                )
