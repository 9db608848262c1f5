"""What can be said of a box's configuration without a box: keys that a centre may set, no secret in clear."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from placewatch.config import Document, Key, parse
from placewatch.errors import ConfigError, ConfigProblem
from placewatch.settable import not_settable

_WITH_PASSWORD = re.compile(r"^[a-z][a-z0-9+.-]*://[^/@\s:]*:(?!\$\{)[^/@\s]+@", re.IGNORECASE)


class Names(Mapping[str, str]):
    """An environment in which every name stands for itself: secrets are the boxes' affair."""

    def __getitem__(self, name: str) -> str:
        """``${NAME}``, as written."""
        return f"${{{name}}}"

    def __contains__(self, name: object) -> bool:
        """Always: whether it is set, the box will tell."""
        return isinstance(name, str)

    def __iter__(self) -> Iterator[str]:
        """Nothing to go through."""
        return iter(())

    def __len__(self) -> int:
        """None of its own."""
        return 0


def check_config(text: str) -> None:
    """A configuration for some box.

    Raises:
        ConfigError: With every problem, each at its line.
    """
    document = parse(text, "configuration", env=Names())
    problems = [*not_settable(document), *_secrets(document, document.data, ())]
    if problems:
        raise ConfigError(problems)


def _secrets(document: Document, value: Any, path: tuple[Key, ...]) -> Iterator[ConfigProblem]:  # noqa: ANN401 - YAML
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _secrets(document, item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(document, item, (*path, index))
    elif isinstance(value, str) and _WITH_PASSWORD.match(value):
        fix = "write ${NAME} in its place, and NAME=... into secrets.env of the box"
        yield document.problem(path, "a password in clear", fix)
