"""Data flows one way: messages <- edge, messages <- central; edge and central never meet."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

FORBIDDEN = [
    ("messages", {"edge", "central", "placewatch"}),
    ("edge", {"central"}),
    ("central", {"edge"}),
]


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize(("package", "others"), FORBIDDEN)
def test_layers(package: str, others: set[str]) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    meeting = {str(file.relative_to(ROOT)): found for file in files if (found := imported(file) & others)}
    assert not meeting
