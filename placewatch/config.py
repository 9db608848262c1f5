"""Typed settings from YAML: one loader for every file, errors with line and path.

A configuration is a frozen pydantic model (`Settings`). `load` reads a YAML file with PyYAML's node
tree, so that each value knows its line; replaces ``${NAME}`` by the environment; validates; and raises one
`ConfigError` that holds every problem.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from placewatch.errors import ConfigError, ConfigProblem


class Settings(BaseModel):
    """Base of every configuration model: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


SettingsT = TypeVar("SettingsT", bound=BaseModel)
Key = str | int
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML file and the line of each of its keys.

    Attributes:
        file: The file as the user named it.
        data: The plain value.
        lines: 1-based line of each key path.
    """

    file: str
    data: Any
    lines: Mapping[tuple[Key, ...], int]

    def line(self, path: tuple[Key, ...]) -> int:
        """Line of ``path`` or of its nearest written parent (1-based)."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: tuple[Key, ...], message: str, fix: str = "") -> ConfigProblem:
        """A problem at ``path`` of this file."""
        return ConfigProblem(self.file, self.line(path), dotted(path), message, fix)


def dotted(path: tuple[Key, ...]) -> str:
    """``("cameras", 2, "zones", "gate")`` as ``cameras[2].zones.gate``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else (f".{key}" if text else str(key))
    return text


def read(path: Path, *, env: Mapping[str, str] | None = None) -> Document:
    """Parse a YAML file, safely, keeping lines.

    Raises:
        ConfigError: The file is missing, unreadable, not YAML, has a key twice, or names an unset variable.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = ConfigProblem(
            str(path), 0, "", f"cannot be read: {reason}", "check the path and its rights"
        )
        raise ConfigError([problem]) from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + 1 if mark else 0
        raise ConfigError(
            [ConfigProblem(str(path), line, "", f"not valid YAML: {what}", _YAML_FIX)]
        ) from error
    reader = _Reader(str(path), os.environ if env is None else env)
    data = reader.value(node, ()) if node is not None else {}
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(str(path), data, reader.lines)


_YAML_FIX = "check indentation, colons and quotes on that line"


class _Reader:
    """Walks PyYAML's nodes into plain values, noting lines and faults."""

    def __init__(self, file: str, env: Mapping[str, str]) -> None:
        self.lines: dict[tuple[Key, ...], int] = {}
        self.problems: list[ConfigProblem] = []
        self._file = file
        self._env = env
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: tuple[Key, ...]) -> object:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        value = self._scalars.construct_object(node)
        return self._substitute(value, path) if isinstance(value, str) else value

    def _mapping(self, node: yaml.MappingNode, path: tuple[Key, ...]) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, child in node.value:
            key = str(self._scalars.construct_object(key_node))
            here = (*path, key)
            if key in result:
                line = key_node.start_mark.line + 1
                self.problems.append(
                    ConfigProblem(self._file, line, dotted(here), "key given twice", "keep one")
                )
            self.lines[here] = key_node.start_mark.line + 1
            result[key] = self.value(child, here)
        return result

    def _substitute(self, text: str, path: tuple[Key, ...]) -> str:
        def replace(match: re.Match[str]) -> str:
            value = self._env.get(match[1])
            if value is None:
                self.problems.append(
                    ConfigProblem(
                        self._file,
                        self.lines[path],
                        dotted(path),
                        f"environment variable {match[1]} is not set",
                        f"export {match[1]}=... before the start, or write the value here",
                    )
                )
                return ""
            return value

        return _VARIABLE.sub(replace, text)


def validate(document: Document, model: type[SettingsT]) -> SettingsT:
    """The document as ``model``.

    Raises:
        ConfigError: With every problem, each at its line.
    """
    try:
        return model.model_validate(document.data, context={"document": document})
    except ValidationError as error:
        raise ConfigError([_problem(document, item) for item in error.errors()]) from error


def load(path: Path, model: type[SettingsT], *, env: Mapping[str, str] | None = None) -> SettingsT:
    """Read and validate a YAML file (see `read` and `validate`)."""
    return validate(read(path, env=env), model)


def _problem(document: Document, item: ErrorDetails) -> ConfigProblem:
    path = tuple(key for key in item["loc"] if isinstance(key, int) or not key.startswith("function-"))
    message = item["msg"].removeprefix("Value error, ").rstrip(".")
    kind = item["type"]
    if kind == "extra_forbidden":
        return document.problem(path, "unknown key", "remove it, or correct its spelling")
    if kind == "missing":
        return document.problem(path, "missing", f"add '{path[-1]}:'")
    message, _, fix = message.partition(" | ")  # a validator may say its own fix after a bar
    given = item.get("input")
    if not fix and isinstance(given, str | int | float | bool):
        fix = f"was {given!r}"
    return document.problem(path, message[:1].lower() + message[1:], fix)
