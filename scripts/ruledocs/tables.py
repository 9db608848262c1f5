"""Parameters of a rule as a Markdown table, from its type alone."""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from edge.config_shapes import Unit
from edge.rule_config import AnyRule

_BOUNDS = ((Ge, "ge", ">="), (Gt, "gt", ">"), (Le, "le", "<="), (Lt, "lt", "<"))


def table(rule: type[AnyRule]) -> str:
    """One row a parameter: name, default, unit, range, explanation; what must be given comes first."""
    rows = ["| parameter | default | unit | range | what it means |", "|---|---|---|---|---|"]
    fields = [(name, field) for name, field in rule.model_fields.items() if name != "kind"]
    for name, field in sorted(fields, key=lambda item: not item[1].is_required()):
        words = " ".join((field.description or "").split()).replace("|", "\\|")
        rows.append(f"| `{name}` | {_default(field)} | {_unit(field)} | {_range(field)} | {words} |")
    return "\n".join(rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.default
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _unit(field: FieldInfo) -> str:
    return next((part.name for part in _metadata(field) if isinstance(part, Unit)), "")


def _range(field: FieldInfo) -> str:
    """Bounds that hold together: of several on one side the narrowest."""
    low: list[tuple[float, str]] = []
    high: list[tuple[float, str]] = []
    for part in _metadata(field):
        for kind, attribute, sign in _BOUNDS:
            if isinstance(part, kind):
                (low if sign.startswith(">") else high).append((getattr(part, attribute), sign))
    said = [f"{sign} {value:g}" for value, sign in (*sorted(low)[-1:], *sorted(high)[:1])]
    choices = _choices(field.annotation)
    return ", ".join(said) or ", ".join(f"`{choice}`" for choice in choices)


def _metadata(field: FieldInfo) -> Iterator[Any]:
    """Annotations of the field and of the members of its union."""
    yield from field.metadata
    for member in get_args(field.annotation):
        yield from getattr(member, "__metadata__", ())
        for part in getattr(member, "__metadata__", ()):
            yield from getattr(part, "metadata", ())


def _choices(annotation: object) -> list[str]:
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    return [choice for part in get_args(annotation) for choice in _choices(part)]
