"""Typed settings from YAML: one loader for every file, errors with line and path.

A configuration is a frozen pydantic model (`Settings`). `load` reads a YAML file with PyYAML's node
tree, so that each value knows its line; replaces ``${NAME}`` by the environment; validates; and raises one
`ConfigError` that holds every problem.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from placewatch.config_problems import problems_of
from placewatch.document import Document, Key, dotted, parse, read
from placewatch.errors import ConfigError, ConfigProblem

__all__ = ["Document", "Key", "Settings", "dotted", "load", "parse", "read", "validate", "validate_with"]


class Settings(BaseModel):
    """Base of every configuration model: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


SettingsT = TypeVar("SettingsT", bound=BaseModel)


def validate(document: Document, model: type[SettingsT]) -> SettingsT:
    """The document as ``model``.

    Raises:
        ConfigError: With every problem, each at its line.
    """
    try:
        return model.model_validate(document.data, context={"document": document})
    except ValidationError as error:
        raise ConfigError(problems_of(document, model, error.errors())) from error


def load(path: Path, model: type[SettingsT], *, env: Mapping[str, str] | None = None) -> SettingsT:
    """Read and validate a YAML file (see `read` and `validate`)."""
    return validate(read(path, env=env), model)


def validate_with(
    document: Document, model: type[SettingsT], check: Callable[[Document], list[ConfigProblem]]
) -> SettingsT:
    """The document as ``model``, with ``check``'s findings beside the model's own, in the order of lines.

    Raises:
        ConfigError: With every problem of both.
    """
    problems = check(document)
    try:
        settings = validate(document, model)
    except ConfigError as error:
        raise ConfigError(_in_order([*error.problems, *problems])) from error
    if problems:
        raise ConfigError(_in_order(problems))
    return settings


def _in_order(problems: list[ConfigProblem]) -> list[ConfigProblem]:
    return sorted(problems, key=lambda problem: problem.line)
