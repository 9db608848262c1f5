"""Write messages/schema/*.json from the types in messages/: JSON Schema 2020-12, nothing unknown allowed.

Example:
    python -m scripts.build_schemas          # write them
    python -m scripts.build_schemas --check  # exit 1 if the committed files differ
"""

import argparse
import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

import messages
from messages import (
    Alert,
    BoxState,
    ClipPart,
    Command,
    ConfigOrder,
    Health,
    Receipt,
    Signed,
    Snapshot,
    UpdateOrder,
)

FOLDER = Path(messages.__file__).parent / "schema"

MESSAGES: dict[str, type[msgspec.Struct]] = {
    "alert": Alert,
    "clip": ClipPart,
    "command": Command,
    "config": ConfigOrder,
    "health": Health,
    "receipt": Receipt,
    "signed": Signed,
    "snapshot": Snapshot,
    "state": BoxState,
    "update": UpdateOrder,
}
"""File name to type."""

_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one message, with the types' own words as descriptions."""
    kind = MESSAGES[name]
    body = msgspec.json.schema(kind)
    parts = {part.__name__: part for part in _structs(kind)}
    for title, definition in body["$defs"].items():
        _describe(definition, parts.get(title))
    made: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:placewatch:v1:{name}",
        "title": f"Placewatch {name}, version 1",
        **body,
    }
    translated: dict[str, Any] = _ecma(made)
    return translated


def rendered() -> dict[str, str]:
    """File name to content, as committed."""
    return {
        f"{name}.json": json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n" for name in MESSAGES
    }


def _structs(kind: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """The type and every struct inside it."""
    info = msgspec.inspect.type_info(kind)
    found: list[type[msgspec.Struct]] = []
    waiting: list[object] = [info]
    while waiting:
        one = waiting.pop()
        if isinstance(one, msgspec.inspect.StructType) and one.cls not in found:
            found.append(one.cls)
            waiting += [field.type for field in one.fields]
        elif isinstance(one, msgspec.inspect.ListType):
            waiting.append(one.item_type)
        elif isinstance(one, msgspec.inspect.UnionType):
            waiting += one.types
        elif isinstance(one, msgspec.inspect.Metadata):
            waiting.append(one.type)
    return found


def _describe(definition: dict[str, Any], kind: type[msgspec.Struct] | None) -> None:
    """Move a docstring's attributes to the fields they are about."""
    text = definition.get("description", "")
    summary = inspect.cleandoc(text.partition("Attributes:")[0])
    if summary:
        definition["description"] = _plain(summary)
    if kind is None:
        return
    attributes = inspect.cleandoc(kind.__doc__ or "").partition("Attributes:\n")[2]
    for name, words in _ATTRIBUTE.findall(attributes):
        definition["properties"][name]["description"] = _plain(words)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("``", "`").strip()


def _ecma(value: object) -> Any:  # noqa: ANN401 - a JSON value
    r"""Patterns in the dialect of JSON Schema: ``$`` where Python needs ``\Z``, and one for base64."""
    if isinstance(value, dict):
        made = {key: _ecma(item) for key, item in value.items()}
        if isinstance(made.get("pattern"), str):
            made["pattern"] = made["pattern"].replace(r"\Z", "$")
        if made.get("contentEncoding") == "base64":
            made["pattern"] = "^[A-Za-z0-9+/]*={0,2}$"
        return made
    return [_ecma(item) for item in value] if isinstance(value, list) else value


def main() -> int:
    """Write or check; the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with the committed files, write nothing"
    )
    check = parser.parse_args().check
    FOLDER.mkdir(exist_ok=True)
    stale = [
        name
        for name, text in rendered().items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text("utf-8") != text
    ]
    for name in stale:
        if check:
            print(f"{FOLDER / name}: not what the types say; run python -m scripts.build_schemas")
        else:
            (FOLDER / name).write_text(rendered()[name], "utf-8")
            print(f"wrote {FOLDER / name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
