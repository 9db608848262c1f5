"""YAML files as plain values that know their lines."""

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer

from placewatch.errors import ConfigError, ConfigProblem
from placewatch.secrets import SECRETS, VARIABLE, Environment

Key = str | int


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
    known = Environment(os.environ, path.parent) if env is None else env
    return parse(_text(path), str(path), env=known)


def parse(text: str, name: str, *, env: Mapping[str, str] | None = None) -> Document:
    """As `read`, of a text that came another way.

    Args:
        text: YAML.
        name: What problems call it.
        env: Where ``${NAME}`` comes from.

    Raises:
        ConfigError: As `read`.
    """
    node = _compose(Path(name), text)
    reader = _Reader(name, Environment(os.environ) if env is None else env)
    data = reader.value(node, ())
    if not isinstance(data, dict):
        reader.problems.append(
            ConfigProblem(name, 1, "", "not a mapping of keys to values", "write 'key: value' lines")
        )
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(name, data, reader.lines)


_YAML_FIX = "check indentation, colons and quotes on that line"
_MAX_BYTES = 16 * 1024 * 1024


def _text(path: Path) -> str:
    """The file's text, refused when it is none or far too large to be a configuration."""
    try:
        if path.is_file() and path.stat().st_size > _MAX_BYTES:
            raise _whole(path, f"larger than {_MAX_BYTES >> 20} MiB", "is this the right file?")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _whole(
            path, f"cannot be read: {error.strerror or error}", "check the path and its rights"
        ) from error
    except UnicodeDecodeError as error:
        raise _whole(path, "not a text file (UTF-8 is expected)", "is this the right file?") from error


class _Loader(Composer, yaml.CSafeLoader):
    """Scanned by libyaml, several times as fast; put together here, where depth without end is an exception.

    libyaml's own composer is one of C and ends the process.
    """

    def __init__(self, text: str) -> None:
        yaml.CSafeLoader.__init__(self, text)
        Composer.__init__(self)


def _node(text: str) -> yaml.Node | None:
    with contextlib.suppress(yaml.YAMLError):
        return _Loader(text).get_single_node()
    return yaml.compose(text, Loader=yaml.SafeLoader)  # it has the better words for what is wrong


def _compose(path: Path, text: str) -> yaml.Node:
    try:
        node = _node(text)
    except yaml.reader.ReaderError as error:
        raise _whole(
            path, "not a text file (it has control characters)", "is this the right file?"
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = mark.line + 1 if mark else 0
        raise ConfigError(
            [ConfigProblem(str(path), line, "", f"not valid YAML: {what}", _YAML_FIX)]
        ) from error
    except RecursionError as error:
        raise _whole(path, "nested too deeply", "is this the right file?") from error
    if node is None:
        raise _whole(path, "the file is empty", "start from one of the files in configs/demo")
    return node


def _whole(path: Path, message: str, fix: str) -> ConfigError:
    return ConfigError([ConfigProblem(str(path), 0, "", message, fix)])


_MAX_DEPTH = 64
_MAX_VALUES = 1_000_000


class _Reader:
    """Walks PyYAML's nodes into plain values, noting lines and faults."""

    def __init__(self, file: str, env: Mapping[str, str]) -> None:
        self.lines: dict[tuple[Key, ...], int] = {}
        self.problems: list[ConfigProblem] = []
        self._file = file
        self._env = env
        self._scalars = yaml.SafeLoader("")
        self._count = 0

    def value(self, node: yaml.Node, path: tuple[Key, ...]) -> object:
        line = node.start_mark.line + 1
        self.lines.setdefault(path, line)
        self._count += 1
        if len(path) > _MAX_DEPTH or self._count > _MAX_VALUES:
            raise ConfigError(
                [
                    ConfigProblem(
                        self._file, line, "", "anchors that multiply or nest without end", "write it out"
                    )
                ]
            )
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, index)) for index, child in enumerate(node.value)]
        value = self._scalar(node, path)
        return self._substitute(value, path) if isinstance(value, str) else value

    def _scalar(self, node: yaml.Node, path: tuple[Key, ...]) -> object:
        try:
            return self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            what = getattr(error, "problem", None) or str(error)
            line = node.start_mark.line + 1
            self.problems.append(
                ConfigProblem(
                    self._file, line, dotted(path), f"not a plain value: {what}", "put it in quotes"
                )
            )
            return None

    def _mapping(self, node: yaml.MappingNode, path: tuple[Key, ...]) -> dict[str, object]:
        result: dict[str, object] = {}
        for key_node, child in node.value:
            key = str(self._scalar(key_node, path)) if isinstance(key_node, yaml.ScalarNode) else "?"
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
            if match[1] not in self._env:
                self.problems.append(
                    ConfigProblem(
                        self._file,
                        self.lines[path],
                        dotted(path),
                        f"environment variable {match[1]} is not set",
                        f"export {match[1]}=..., name a file in {match[1]}_FILE, write it into {SECRETS} "
                        "beside this file (root alone may read that), or write the value here",
                    )
                )
                return ""
            return self._env[match[1]]

        return VARIABLE.sub(replace, text)
