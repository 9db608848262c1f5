"""What the writer of a configuration probably meant: suggestions for misspelt keys and values."""

import difflib
import re
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_QUOTED = re.compile(r"'([^']*)'")


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """``write 'armed'`` when one of ``known`` is close to ``given``, else an empty string."""
    close = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"write {close[0]!r}" if close else ""


def expected_values(text: str) -> list[str]:
    """The quoted values of a validator's text such as ``'tcp' or 'udp'``."""
    return _QUOTED.findall(text)


def keys_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Keys that the mapping at ``path`` (a pydantic error location) may have; empty when it is none.

    Args:
        model: The document's model.
        path: Keys, list indices and tags of discriminated unions, from the root.
    """
    models = _models(model)
    for step in path:
        models = [found for current in models for found in _step(current, step, models)]
    return sorted({_written(name, field) for found in models for name, field in _fields(found)})


def range_at(model: type[BaseModel], path: Sequence[str | int]) -> str:
    """The bounds of the number at ``path`` (a pydantic error location); empty when it has none.

    For example ``from 2 to 3600``.

    Args:
        model: The document's model.
        path: As for `keys_at`; its last step is the number's key.
    """
    models = _models(model)
    for step in path[:-1]:
        models = [found for current in models for found in _step(current, step, models)]
    for found in models:
        for name, field in _fields(found):
            if _written(name, field) == path[-1]:
                return _range(field)
    return ""


_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def _range(field: FieldInfo) -> str:
    """The narrowest of the field's bounds, in words."""
    bounds = [
        (word, float(value))
        for each in _constraints(field)
        for word in _BOUNDS
        if isinstance(value := getattr(each, word, None), int | float)
    ]
    low = max(((value, word) for word, value in bounds if word[0] == "g"), default=None)
    high = min(((value, word) for word, value in bounds if word[0] == "l"), default=None)
    if low and high and (low[1], high[1]) == ("ge", "le"):
        return f"from {low[0]:.12g} to {high[0]:.12g}"
    return " and ".join(f"{_BOUNDS[word]} {value:.12g}" for value, word in filter(None, (low, high)))


def _constraints(field: FieldInfo) -> Iterator[object]:
    """What bounds the field's value, also where it may be left out (``float | None``)."""
    yield from field.metadata
    for part in get_args(field.annotation):
        for each in get_args(part)[1:] if get_origin(part) is Annotated else ():
            yield from each.metadata if isinstance(each, FieldInfo) else (each,)


def _fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    return list(model.model_fields.items())


def _written(name: str, field: FieldInfo) -> str:
    return str(field.alias or name)


def _step(model: type[BaseModel], step: str | int, beside: list[type[BaseModel]]) -> list[type[BaseModel]]:
    if isinstance(step, int):
        return [model]
    for name, field in _fields(model):
        if _written(name, field) == step:
            return _models(field.annotation)
    return [model] if len(beside) > 1 and _tagged(model, step) else []


def _tagged(model: type[BaseModel], tag: str) -> bool:
    """Whether one of the model's literal fields has the value ``tag``."""
    return any(
        tag in [str(value) for value in get_args(field.annotation)]
        for _, field in _fields(model)
        if get_origin(field.annotation) is Literal
    )


def _models(annotation: object) -> list[type[BaseModel]]:
    """The models that an annotation holds, through containers, unions and Annotated."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    origin = get_origin(annotation)
    if origin is Annotated:
        return _models(get_args(annotation)[0])
    if origin in {Union, types.UnionType, tuple, list, dict}:
        return [found for part in get_args(annotation) for found in _models(part)]
    return []
