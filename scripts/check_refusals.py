"""Takes each check that refuses something away, and sees whether its test fails: refusals.yaml, cell by cell.

    python -m scripts.check_refusals                     # all; some minutes
    python -m scripts.check_refusals certificates -k revoked

Works on a copy; this checkout stays as it is. Ends with 1 when a test passes without the check that it names,
or fails with it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

TABLE = Path(__file__).with_name("refusals.yaml")
ROOT = Path(__file__).parent.parent
_LEFT_OUT = (".venv", ".git", "node_modules", ".mypy_cache", ".ruff_cache", ".hypothesis", "__pycache__")


@dataclass(frozen=True, slots=True)
class Cell:
    """A check and its test.

    Attributes:
        what: Messages, configurations, bundles or certificates.
        fault: Forged, replayed, ...
        file: Where the check stands.
        check: Its text, once in the file.
        without: What takes its place.
        says: What is refused, for people.
        test: The test that fails without it.
    """

    what: str
    fault: str
    file: str
    check: str
    without: str
    says: str
    test: str


def cells(table: Path = TABLE) -> Iterator[Cell]:
    """Every check of the table."""
    for what, faults in yaml.safe_load(table.read_text(encoding="utf-8")).items():
        for fault, checks in faults.items():
            for each in checks:
                yield Cell(
                    what, fault, each["file"], each["check"], each["without"], each["what"], each["test"]
                )


def main() -> int:
    """Try them; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="*", help="only these rows")
    parser.add_argument("-k", "--fault", action="append", help="only these columns")
    options = parser.parse_args()
    wanted = [
        cell
        for cell in cells()
        if (not options.what or cell.what in options.what)
        and (not options.fault or cell.fault in options.fault)
    ]
    bad = 0
    with TemporaryDirectory(prefix="pw-refusals-") as temporary:
        copy = Path(temporary) / "tree"
        shutil.copytree(ROOT, copy, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        if not _passes(copy, *sorted({cell.test for cell in wanted})):
            print("a test fails with its check in place: nothing can be said", flush=True)
            return 1
        # Those that start the whole chain come last.
        for cell in sorted(wanted, key=lambda cell: "/e2e/" in cell.test):
            began = time.monotonic()
            holds = not _passes_without(copy, cell)
            bad += not holds
            word = "held" if holds else "NOT HELD"
            print(f"{word:<9} {cell.what} {cell.fault}: {cell.says} ({cell.test}), ", end="")
            print(f"{time.monotonic() - began:.0f} s", flush=True)
    print(f"{len(wanted)} checks, {bad} bad")
    return 1 if bad else 0


def _passes_without(copy: Path, cell: Cell) -> bool:
    path = copy / cell.file
    text = path.read_text(encoding="utf-8")
    if text.count(cell.check) != 1:
        print(f"{cell.file} has {text.count(cell.check)} times: {cell.check}")
        return True
    try:
        path.write_text(text.replace(cell.check, cell.without), encoding="utf-8")
        return _passes(copy, cell.test)
    finally:
        path.write_text(text, encoding="utf-8")


def _passes(copy: Path, *tests: str) -> bool:
    env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=copy, env=env, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
