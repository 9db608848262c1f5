"""Whether a camera has what its rules need: areas, arrows, classes of the model, a place where they may run.

Like `edge.config_links` this works on the plain YAML value, so that these faults are told together with the
others; an entry that is itself faulty is left to its own validation.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from edge.config_shapes import GroundPoint, Line, Zone
from edge.detect.coco import COCO
from edge.detect.manifest import load_manifest
from edge.rule_config import AnyRule, CrowdDensity, Rule, WrongWay
from edge.rules.ground_area import Homography, area_m2, homography
from messages import Kind, PlaceClass
from placewatch.config import Document, Key
from placewatch.errors import ConfigProblem, ModelError

Path = tuple[Key, ...]
Item = tuple[Path, dict[str, Any]]
Problems = Iterator[ConfigProblem]
Model = TypeVar("Model", bound=BaseModel)

REFUSED: dict[PlaceClass, frozenset[Kind]] = {PlaceClass.PUBLIC_OFFICE: frozenset({Kind.CROWD_DENSITY})}
"""Kinds that no configuration can switch on at a class of places: people may come together there."""

SMALLEST_M2, LARGEST_M2 = 1.0, 100_000.0
"""Bounds of a zone's ground area that can be meant."""

_RULE: TypeAdapter[AnyRule] = TypeAdapter(Rule)


def items(parent: object, key: str, path: Path) -> Iterator[Item]:
    """The mappings of the list at ``parent[key]``, each with its path."""
    found = parent.get(key) if isinstance(parent, dict) else None
    for index, item in enumerate(found if isinstance(found, list) else ()):
        if isinstance(item, dict):
            yield (*path, key, index), item


def problems_of_rules(document: Document, camera: dict[str, Any], path: Path) -> list[ConfigProblem]:
    """Everything that the rules of one camera lack.

    Args:
        document: The box's configuration.
        camera: One of its cameras.
        path: Where the camera stands in it.
    """
    problems: list[ConfigProblem] = []
    plane, faults = _plane(document, camera, path)
    problems += faults
    zones = {zone.id: (at, zone) for at, zone in _valid(camera, "zones", path, Zone)}
    areas: dict[str, float | None] = {}
    for name, (at, zone) in zones.items():
        areas[name], faults = _area(document, zone, at, plane)
        problems += faults
    classes = _model_classes(document)
    here = _place_class(document, camera)
    for at, entry in items(camera, "rules", path):
        kind = str(entry.get("kind"))
        problems += _refused(document, (*at, "kind"), kind, here)
        try:
            rule = _RULE.validate_python(entry)
        except ValidationError:
            continue
        problems += _lacking_classes(document, at, rule, classes)
        if isinstance(rule, CrowdDensity) and rule.zone in zones:
            problems += _density(document, at, rule, areas[rule.zone], camera)
        if isinstance(rule, WrongWay) and rule.zone in zones:
            problems += _arrow(document, at, zones[rule.zone][1])
    for at, zone in zones.values():
        problems += _purposes(document, at, zone, here)
        if Kind.CROWD_DENSITY in (zone.watch_for or ()) and areas[zone.id] is None:
            problems.append(_no_area(document, (*at, "for"), camera))
    for at, line in _valid(camera, "lines", path, Line):
        problems += _purposes(document, at, line, here)
    return problems


def _valid(camera: dict[str, Any], key: str, path: Path, model: type[Model]) -> list[tuple[Path, Model]]:
    found = []
    for at, item in items(camera, key, path):
        try:
            found.append((at, model.model_validate(item)))
        except ValidationError:
            continue
    return found


def _plane(
    document: Document, camera: dict[str, Any], path: Path
) -> tuple[Homography | None, list[ConfigProblem]]:
    given = camera.get("ground")
    if not isinstance(given, list) or len(given) < 4:
        return None, []
    try:
        return homography([GroundPoint.model_validate(point) for point in given]), []
    except ValidationError:
        return None, []
    except ValueError as error:
        message, _, fix = str(error).partition(" | ")
        return None, [document.problem((*path, "ground"), message, fix)]


def _area(
    document: Document, zone: Zone, path: Path, plane: Homography | None
) -> tuple[float | None, list[ConfigProblem]]:
    if zone.area_m2 is not None or plane is None:
        return zone.area_m2, []
    try:
        area = area_m2(zone.polygon, plane)
    except ValueError:
        return None, []  # only a rule that needs the area minds that the zone reaches the horizon
    if SMALLEST_M2 <= area <= LARGEST_M2:
        return area, []
    return None, [
        document.problem(
            (*path, "polygon"),
            f"by the camera's ground points this zone has {area:.3g} m2, which cannot be meant",
            f"check the ground points (metres?) or give area_m2; {SMALLEST_M2:g} to {LARGEST_M2:g} are taken",
        )
    ]


def _density(
    document: Document, path: Path, rule: CrowdDensity, area: float | None, camera: dict[str, Any]
) -> Problems:
    if rule.limit_per_m2 is None:
        return
    if area is None:
        yield _no_area(document, (*path, "limit_per_m2"), camera)
    elif rule.limit_per_m2 * area < 2:
        yield document.problem(
            (*path, "limit_per_m2"),
            f"in a zone of {area:.3g} m2 that is fewer than 2 persons, which is no crowd",
            "raise the limit, draw the zone larger, or use water_edge or perimeter_intrusion",
        )


def _no_area(document: Document, path: Path, camera: dict[str, Any]) -> ConfigProblem:
    fix = "give the zone's area_m2, or the camera's ground: four points with their metres"
    if camera.get("ground") is not None:
        fix = "the zone reaches the horizon of the ground points: end it lower, or give its area_m2"
    return document.problem(path, "the zone's ground area is not known", fix)


def _arrow(document: Document, path: Path, zone: Zone) -> Problems:
    if zone.arrow is None:
        yield document.problem(
            (*path, "zone"),
            f"zone {zone.id!r} has no arrow to go against",
            "give the zone an arrow: [[x, y], [x, y]] in the direction of traffic",
        )


def _place_class(document: Document, camera: dict[str, Any]) -> str:
    for _, place in items(document.data, "places", ()):
        if place.get("id") == camera.get("place"):
            return str(place.get("class"))
    return ""


def _refused(document: Document, path: Path, kind: str, place_class: str) -> Problems:
    if any(place_class == place and kind in kinds for place, kinds in REFUSED.items()):
        yield document.problem(
            path,
            f"{kind} is not allowed at a {place_class}: people may come together there",
            "remove it; no setting allows it",
        )


def _model_classes(document: Document) -> tuple[str, frozenset[str] | None]:
    """The detector's name, and the classes that it tells apart where the manifest knows them."""
    detector = document.data.get("detector") if isinstance(document.data, dict) else None
    name = str(detector.get("model", "")) if isinstance(detector, dict) else ""
    try:
        known = {model.name: model for model in load_manifest() if model.task == "objects"}
    except ModelError:
        return name, None
    return name, frozenset(known[name].class_names) if name in known else None


def _lacking_classes(
    document: Document, path: Path, rule: AnyRule, model: tuple[str, frozenset[str] | None]
) -> Problems:
    name, known = model
    wanted = [COCO[index] for index in sorted(rule.classes)]
    if known is None or not wanted or known & set(wanted):
        return
    yield document.problem(
        (*path, "kind"),
        f"{rule.kind} needs {' or '.join(wanted)}, which model {name!r} does not find",
        "choose another detector.model ('placewatch models list') or remove the rule",
    )


def _purposes(document: Document, path: Path, drawn: Zone | Line, place_class: str) -> Problems:
    """Kinds of a zone's or line's ``for:`` that it cannot serve."""
    for index, kind in enumerate(drawn.watch_for or ()):
        listed = (*path, "for", index)
        at = listed if listed in document.lines else listed[:-1]
        yield from _refused(document, at, kind, place_class)
        about_lines = kind in {Kind.LINE_CROSSING, Kind.WRONG_WAY}
        if isinstance(drawn, Line) and not about_lines:
            yield document.problem(at, f"{kind} is about a zone, not a line", "draw a zone for it")
        elif isinstance(drawn, Zone) and kind is Kind.LINE_CROSSING:
            yield document.problem(at, f"{kind} is about a line, not a zone", "draw a line for it")
        elif isinstance(drawn, Zone) and kind is Kind.WRONG_WAY:
            yield from _arrow(document, path, drawn)
