"""Validators' errors in the words and at the keys of the file."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from placewatch.config_hints import did_you_mean, expected_values, keys_at, range_at
from placewatch.document import Document, Key
from placewatch.errors import ConfigProblem
from placewatch.logs import hide_credentials

_BOUNDS = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}
_PLAIN = {
    "too_short": ("must not be empty", "add at least one entry"),
    "tuple_type": ("must be a list", "write it as [a, b]"),
    "list_type": ("must be a list", "write it as [a, b]"),
    "dict_type": ("must be a mapping", "write 'key: value' lines under it"),
    "model_type": ("must be a mapping", "write 'key: value' lines under it"),
}
_SECRETS = {"password", "token", "secret", "key"}


def problems_of(
    document: Document, model: type[BaseModel], errors: Sequence[ErrorDetails]
) -> list[ConfigProblem]:
    """Validators' errors as problems of the file: at the keys as written, in plain words, each with its fix.

    Args:
        document: The file.
        model: The document's model, for suggestions.
        errors: pydantic's errors.
    """
    return [_problem(document, model, item) for item in errors if not _follows(item, errors)]


def _follows(item: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """Whether a list is called too short only because its entries are faulty themselves."""
    loc = item["loc"]
    return item["type"] == "too_short" and any(
        len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in errors
    )


def _problem(document: Document, model: type[BaseModel], item: ErrorDetails) -> ConfigProblem:
    loc = tuple(key for key in item["loc"] if isinstance(key, int) or not key.startswith("function-"))
    path = _written_path(document.data, loc)
    message = item["msg"].removeprefix("Value error, ").rstrip(".")
    kind = item["type"]
    if kind == "extra_forbidden":
        hint = did_you_mean(str(loc[-1]), keys_at(model, loc[:-1]))
        return document.problem(path, "unknown key", hint or _listed(keys_at(model, loc[:-1])))
    if kind == "missing":
        return document.problem(path, "missing", f"add '{loc[-1]}:'")
    if kind in {"literal_error", "enum", "union_tag_invalid"}:
        return _not_one_of(document, path, item)
    if kind == "union_tag_not_found":
        return document.problem((*path, "kind"), "missing", "add 'kind:'")
    if kind in _PLAIN:
        return document.problem(path, *_PLAIN[kind])
    message, _, fix = message.partition(" | ")  # a validator may say its own fix after a bar
    fix = fix or _from_value(path, item)
    if kind in _BOUNDS and (bounds := range_at(model, loc)):
        fix = f"{fix}; allowed: {bounds}"
    message = message[:1].lower() + message[1:]
    return document.problem(path, message.replace("input should be", "must be"), fix)


def _from_value(path: tuple[Key, ...], item: ErrorDetails) -> str:
    """A fix that repeats what was written, unless that may be a secret."""
    given = item.get("input")
    if not isinstance(given, str | int | float | bool) or (path and path[-1] in _SECRETS):
        return "put it in quotes" if item["type"] == "string_type" else ""
    if item["type"] == "string_type":
        return f'put it in quotes, as in "{given}"'
    return f"was {hide_credentials(str(given))!r}"


def _not_one_of(document: Document, path: tuple[Key, ...], item: ErrorDetails) -> ConfigProblem:
    context = item.get("ctx", {})
    known = expected_values(str(context.get("expected") or context.get("expected_tags", "")))
    if item["type"] == "union_tag_invalid":
        key = str(context.get("discriminator", "kind")).strip("'")
        path, given = (*path, key), str(context.get("tag"))
    else:
        given = str(item.get("input"))
    fix = did_you_mean(given, known) or f"one of: {', '.join(known)}"
    return document.problem(
        path, f"unknown {path[-1] if isinstance(path[-1], str) else 'value'} {given!r}", fix
    )


def _listed(keys: list[str]) -> str:
    return f"remove it; keys here: {', '.join(keys)}" if keys else "remove it"


def _written_path(document_data: object, loc: tuple[Key, ...]) -> tuple[Key, ...]:
    """A validator's location without the tags of unions, which the file does not show."""
    data: Any = document_data
    path: list[Key] = []
    for index, step in enumerate(loc):
        last = index == len(loc) - 1
        written = _has(data, step)
        if written:
            data = data[step]
        tag = isinstance(data, dict) and step in data.values()
        if written or (last and isinstance(data, dict) and not tag):
            path.append(step)
    return tuple(path)


def _has(data: object, step: Key) -> bool:
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, dict) and step in data
