"""Versions that lie on this machine side by side, and which of them may go."""

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

KEEP = 3
"""Versions that an update leaves: the one in use, the one before, and one more."""

_COMPLETE = ".complete"


@dataclass(frozen=True, slots=True)
class Installed:
    """A version's folder.

    Attributes:
        version: Its version.
        folder: Where it lies.
        in_use: Whether ``current`` points to it.
        installed_at: Unix time.
    """

    version: str
    folder: Path
    in_use: bool
    installed_at: float

    @property
    def bytes(self) -> int:
        """What it takes of the disk."""
        return sum(path.lstat().st_size for path in self.folder.rglob("*") if not path.is_dir())


def installed(prefix: Path) -> list[Installed]:
    """Versions whose installation was finished, newest installation first.

    Args:
        prefix: Folder of ``versions`` and ``current``.
    """
    current = (prefix / "current").resolve()
    found = [
        Installed(stamp.parent.name, stamp.parent, stamp.parent.resolve() == current, stamp.stat().st_mtime)
        for stamp in (prefix / "versions").glob(f"*/{_COMPLETE}")
    ]
    return sorted(found, key=lambda each: (each.installed_at, each.version), reverse=True)


def prune(prefix: Path, keep: int, spare: Collection[str] = ()) -> list[Installed]:
    """Remove all but the newest installations; never the one in use.

    Args:
        prefix: Folder of ``versions`` and ``current``.
        keep: How many stay; at least one does.
        spare: Versions that stay whatever their age.

    Returns:
        What was removed.
    """
    there = installed(prefix)
    firm = [each for each in there if each.in_use or each.version in spare]
    others = [each for each in there if each not in firm]
    gone = others[max(0, keep - len(firm)) :]
    for each in gone:
        (each.folder / _COMPLETE).unlink()  # what is half removed counts as not installed
        shutil.rmtree(each.folder, ignore_errors=True)
    return gone
