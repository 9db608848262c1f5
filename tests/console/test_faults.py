"""No refusal, and no fault of a table or of a box's configuration, lacks its Chinese."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from central.setup import TABLES, table_files
from central.shelf import load_contents
from placewatch.errors import ConfigError
from tests.central.conftest import config_of
from tests.console.faults import ROOT, refusals, said

I18N = ROOT / "central" / "console" / "src" / "i18n"
FILE = I18N / "said.faults.zh.ts"
_ROW = re.compile(r"^  \[/(?P<sentence>.+)/(?P<flags>[is]*), [\"']", re.MULTILINE)
_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL}

WRONG: tuple[Any, ...] = ("text ", -1, [], None, [None], {"nonsense": 1}, 10**9, "x" * 300)
DEPTHS = (1, 3, 9)


def rows(part: str) -> list[re.Pattern[str]]:
    """The sentences that are known, as they are written for the browser."""
    return [
        re.compile(
            match["sentence"].replace("(?<", "(?P<").replace(r"\/", "/"),
            sum(_FLAGS[flag] for flag in match["flags"]),
        )
        for match in _ROW.finditer(part)
    ]


MESSAGES, FIXES = map(rows, FILE.read_text(encoding="utf-8").split("export const FIXES"))


def lacking(sentences: Iterator[str], known: list[re.Pattern[str]]) -> set[str]:
    return {one for one in sentences if one and not any(row.search(one) for row in known)}


def test_every_fault_that_the_sources_know_has_its_chinese() -> None:
    found = said()
    assert len(found.messages) > 80
    assert len(found.fixes) > 50
    assert lacking(iter(found.messages), MESSAGES) == set()
    assert lacking(iter(found.fixes), FIXES) == set()


def test_every_refusal_of_the_api_has_its_chinese() -> None:
    found = refusals()
    assert len(found) > 100
    assert lacking(iter(found), rows((I18N / "said.zh.ts").read_text(encoding="utf-8"))) == set()


def replaced(value: object, wrong: object, depth: int) -> object:
    """The same tree with everything wrong that lies so deep, or is a leaf above."""
    if depth and isinstance(value, dict) and value:
        return {key: replaced(inner, wrong, depth - 1) for key, inner in value.items()}
    if depth and isinstance(value, list) and value:
        return [replaced(inner, wrong, depth - 1) for inner in value[:2]]
    return wrong


def spoilt(value: dict[str, Any]) -> Iterator[object]:
    """A table's content, wrong in every way that one thinks of: the readers tell of all faults at once."""
    yield from (replaced(value, wrong, depth) for depth in DEPTHS for wrong in WRONG)
    yield {**value, "nonsense": 1}
    yield {key: inner[:1] * 2 if isinstance(inner, list) else inner for key, inner in value.items()}


@pytest.mark.parametrize("name", [name for name in TABLES if name != "grids"])
def test_whatever_is_wrong_with_a_table_is_said_in_chinese(tmp_path: Path, name: str) -> None:
    config = config_of(tmp_path)
    contents = {one: file.read_bytes() for one, file in table_files(config).items()}
    good = yaml.safe_load(contents[name])
    messages, fixes = set(), set()
    for bad in spoilt(good):
        try:
            load_contents(config, contents | {name: yaml.safe_dump(bad, allow_unicode=True).encode()}, {})
        except ConfigError as error:
            messages |= {problem.message for problem in error.problems}
            fixes |= {problem.fix for problem in error.problems}
    assert messages
    assert lacking(iter(messages), MESSAGES) == set()
    assert lacking(iter(fixes), FIXES) == set()


@pytest.mark.parametrize(
    "text",
    ["", "a: [", "a: b: c", "- 1", "a: 1\na: 2", "\x00", "version: ${HOME}", "a: &a [*a]", "a: 2026-13-45"],
)
def test_whatever_is_wrong_with_the_yaml_is_said_in_chinese(tmp_path: Path, text: str) -> None:
    config = config_of(tmp_path)
    contents = {one: file.read_bytes() for one, file in table_files(config).items()}
    with pytest.raises(ConfigError) as refused:
        load_contents(config, contents | {"grading": text.encode()}, {})
    assert lacking((problem.message for problem in refused.value.problems), MESSAGES) == set()
    assert lacking((problem.fix for problem in refused.value.problems), FIXES) == set()
