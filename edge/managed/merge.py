"""The box's own file with what the centre may set in it: one configuration, checked as a whole."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge.config import BoxConfig, box_of
from placewatch.config import Document, Key, parse, read
from placewatch.errors import ConfigError, ConfigProblem
from placewatch.secrets import Environment
from placewatch.settable import not_settable


def effective(path: Path, text: str, version: int, *, env: Mapping[str, str] | None = None) -> BoxConfig:
    """What the box runs under a configuration of the centre.

    Args:
        path: The box's own file: who it is, where its spool and certificates lie.
        text: What the centre sent, YAML.
        version: Its version, for messages.
        env: Where ``${NAME}`` comes from.

    Raises:
        ConfigError: With every problem, each at its line of the file or of the configuration.
    """
    name = f"configuration {version}"
    env = Environment(os.environ, path.parent) if env is None else env
    sent = parse(text, name, env=env)
    problems = not_settable(sent)
    if problems:
        raise ConfigError(problems)
    own = read(path, env=env)
    merged = Document(str(path), merge(own.data, sent.data), {**_others(own, sent), **sent.lines})
    try:
        return box_of(merged, path.parent, env=env)
    except ConfigError as error:
        raise ConfigError([_placed(problem, sent) for problem in error.problems]) from error


def merge(own: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """Keys that were sent instead of the file's own; of the broker, only where it is."""
    merged = {**own, **sent}
    broker = own.get("broker")
    if isinstance(sent.get("broker"), dict) and isinstance(broker, dict):
        merged["broker"] = {**broker, **sent["broker"]}
    return merged


def _others(own: Document, sent: Document) -> dict[tuple[Key, ...], int]:
    return {path: line for path, line in own.lines.items() if not path or path[0] not in sent.data}


def _placed(problem: ConfigProblem, sent: Document) -> ConfigProblem:
    """A problem at a key that was sent lies in what was sent."""
    key = problem.path.partition(".")[0].partition("[")[0]
    return replace(problem, file=sent.file) if key in sent.data else problem
