"""An example for every JSON body of the API's description, made from its own schema.

Pure: what a schema says of itself (examples, default, constants, choices, formats, limits) decides; names of
fields give words that people know. A test holds every one against its schema.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

JSON = "application/json"
_DEEPEST = 6
_TIME, _DAY = "2026-03-02T08:30:00Z", "2026-03-02"
_FORMATS = {
    "date-time": _TIME,
    "date": _DAY,
    "time": "08:30:00",
    "uri": "https://centre.example/",
    "binary": "",
}
_BY_NAME = {
    "zh": "环城路违停",
    "en": "Illegal stopping, Ring Road",
    "reason": "the lane is clear again",
    "note": "two vehicles moved",
    "summary": "a car blocks the fire lane",
    "address": "Ring Road 12, by the east gate",
    "name": "gate-unit-1",
    "display": "Desk one",
    "username": "desk-1",
    "number": "20260302-000017",
    "place": "ring-road",
    "zone": "kerb",
    "kind": "fire_lane_blocked",
    "org": "station-square",
    "unit": "grid-1",
    "site": "demo",
    "box": "box-1",
    "camera": "cam-1",
    "longitude": 117.28,
    "latitude": 31.86,
}
_WORDS = (
    "demo",
    "desk-1",
    "08:30",
    "08:00-18:00",
    "15m",
    "0f3c9a7e",
    "0" * 64,
    "0" * 32,
    "A" * 32,
    "1.4.0",
    _TIME,
    _DAY,
    "https://centre.example",
    "x" * 16,
    "demo/box-1",
    "123456",
    "2026-03",
    "#3366cc",
    "a",
)

Schema = Mapping[str, Any]


def bodies(document: Schema) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every JSON body of a description: where it is, and its media type object."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            request = operation.get("requestBody", {}).get("content", {})
            if JSON in request:
                yield f"{method} {path}", request[JSON]
            for status, answer in operation.get("responses", {}).items():
                content = answer.get("content", {})
                if JSON in content:
                    yield f"{method} {path} {status}", content[JSON]


def add_examples(document: Schema) -> None:
    """Give each JSON body that has none an example, in place."""
    schemas = document.get("components", {}).get("schemas", {})
    for _where, body in bodies(document):
        if "example" not in body and "examples" not in body:
            body["example"] = example(body.get("schema", {}), schemas)


def drop_examples(document: Schema) -> None:
    """Take them away again, in place."""
    for _where, body in bodies(document):
        body.pop("example", None)


def example(schema: Schema, schemas: Schema, name: str = "", depth: int = 0) -> Any:  # noqa: ANN401 - JSON
    """A value that fits ``schema``.

    Args:
        schema: JSON Schema as OpenAPI 3.1 writes it.
        schemas: What ``$ref`` may name.
        name: Of the field that it is for.
        depth: How deep it lies; deeper down only what is required is shown.
    """
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth)
    for known in ("const", "default"):
        if schema.get(known) is not None:
            return schema[known]
    for choices in ("examples", "enum"):
        if schema.get(choices):
            chosen = schema[choices][0]  # an object may show but the fields that say something
            return {**_object(schema, schemas, depth), **chosen} if isinstance(chosen, dict) else chosen
    for choices in ("allOf", "anyOf", "oneOf"):
        if schema.get(choices):
            ranked = sorted(schema[choices], key=lambda each: each.get("type") == "null")
            return example(ranked[0], schemas, name, depth)
    return _of_type(schema, schemas, name, depth)


def _of_type(schema: Schema, schemas: Schema, name: str, depth: int) -> Any:  # noqa: ANN401 - JSON
    kind = schema.get("type", "object")
    if kind == "string":
        return _text(schema, name)
    if kind in {"integer", "number"}:
        return _number(schema, name, whole=kind == "integer")
    if kind == "array":
        return _items(schema, schemas, name, depth)
    if kind == "object":
        return _object(schema, schemas, depth)
    return True if kind == "boolean" else None


def _object(schema: Schema, schemas: Schema, depth: int) -> dict[str, Any]:
    required = schema.get("required", ())
    return {
        field: example(each, schemas, field, depth + 1)
        for field, each in schema.get("properties", {}).items()
        if depth < _DEEPEST or field in required
    }


def _items(schema: Schema, schemas: Schema, name: str, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [example(each, schemas, name, depth + 1) for each in schema["prefixItems"]]
    least = schema.get("minItems", 1 if depth < _DEEPEST else 0)
    return [example(schema.get("items", {}), schemas, name, depth + 1) for _ in range(least)]


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    own = [value] if isinstance(value := _BY_NAME.get(name), str) else []
    pattern = re.compile(schema.get("pattern", ""))
    least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    for word in (*own, *_WORDS):
        fitting = word if len(word) >= least else (word * least)[:least]
        if len(fitting) <= most and pattern.search(fitting):
            return fitting
    return ""


def _number(schema: Schema, name: str, *, whole: bool) -> float:
    value = _BY_NAME.get(name, 1)
    wanted = value if isinstance(value, int | float) else 1
    least, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    most, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if least is not None:
        wanted = max(wanted, least)
    if above is not None and wanted <= above:
        wanted = above + 1
    if most is not None:
        wanted = min(wanted, most)
    if below is not None and wanted >= below:
        wanted = below - 1
    return int(wanted) if whole else wanted
