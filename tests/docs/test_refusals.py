"""The table of what is refused is whole; its checks and tests exist (scripts/check_refusals.py)."""

import re

import pytest

from scripts.check_refusals import Cell, cells
from tests.parts import ROOT

WHATS = ("messages", "configurations", "bundles", "certificates")
FAULTS = ("forged", "replayed", "expired", "revoked", "cross-box", "downgraded", "oversize", "malformed")
ALL = list(cells())


def test_every_cell_has_a_check() -> None:
    assert {(cell.what, cell.fault) for cell in ALL} == {(what, fault) for what in WHATS for fault in FAULTS}


@pytest.mark.parametrize("cell", ALL, ids=lambda cell: f"{cell.what}-{cell.fault}-{cell.file}")
def test_checks_and_tests_are_there(cell: Cell) -> None:
    assert (ROOT / cell.file).read_text().count(cell.check) == 1
    file, name = cell.test.split("::")
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_the_threat_model_names_the_same_tests() -> None:
    """A row for each fault, a column for each thing; the tests of every cell stand in it."""
    text = (ROOT / "SECURITY.md").read_text()
    for cell in ALL:
        row = next(line for line in text.splitlines() if line.startswith(f"| {cell.fault} |"))
        column = row.split("|")[2 + WHATS.index(cell.what)]
        assert cell.test.split("::")[1] in column, f"{cell.what}, {cell.fault}"
        assert cell.test.split("::")[0].rpartition("/")[2] in column
