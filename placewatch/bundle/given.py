"""Wheels that take the place of locked ones: the same package and version, built in another way."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from placewatch.bundle.manifest import digest
from placewatch.errors import UsageError


@dataclass(frozen=True, slots=True)
class Replacement:
    """A wheel in another's place.

    Attributes:
        wheel: The one that was given, in the bundle's folder.
        replaces: Name and SHA-256 of each that it replaces.
    """

    wheel: Path
    replaces: tuple[tuple[str, str], ...]

    @property
    def note(self) -> str:
        """For the list of parts."""
        locked = ", ".join(f"{name} (sha256 {hashed})" for name, hashed in self.replaces)
        return f"given by whoever built the bundle, in place of the locked {locked}"


def replace(folder: Path, given: Sequence[Path]) -> list[Replacement]:
    """Put wheels in the places of those in ``folder`` that are of the same package, version and kind.

    Raises:
        UsageError: One is no wheel, or there is nothing that it could replace.
    """
    return [_replace(folder, wheel) for wheel in given]


def _replace(folder: Path, wheel: Path) -> Replacement:
    name, version, tags = _parsed(wheel)
    kinds = {(tag.interpreter, tag.abi, _machine(tag.platform)) for tag in tags}
    old = []
    for path in sorted(folder.glob("*.whl")):
        its_name, its_version, its_tags = _parsed(path)
        its = {(tag.interpreter, tag.abi, _machine(tag.platform)) for tag in its_tags}
        if (its_name, its_version) == (name, version) and its & kinds:
            old.append(path)
    if not old:
        there = sorted(path.name for path in folder.glob("*.whl") if _parsed(path)[0] == name)
        raise UsageError(
            f"{wheel.name} replaces no wheel of this bundle",
            where="--wheel",
            remedy=f"build it for what is locked: {', '.join(there) or f'{name} is not locked at all'}",
        )
    replaces = tuple((path.name, digest(path)) for path in old)
    for path in old:
        path.unlink()
    target = folder / wheel.name
    shutil.copy(wheel, target)
    return Replacement(target, replaces)


def lock_with(lock: str, replacements: Sequence[Replacement]) -> str:
    """A lock file's text in which the hashes of replaced wheels are those of the ones in their places.

    Args:
        lock: The text.
        replacements: What was replaced.
    """
    for each in replacements:
        fresh = digest(each.wheel)
        for _name, hashed in each.replaces:
            lock = re.sub(rf"sha256:{hashed}\b", f"sha256:{fresh}", lock)
    return lock


def _parsed(wheel: Path) -> tuple[str, str, frozenset[Tag]]:
    try:
        name, version, _build, tags = parse_wheel_filename(wheel.name)
    except InvalidWheelFilename as error:
        raise UsageError(str(error), where="--wheel", remedy="give a wheel's file, unrenamed") from error
    if not wheel.is_file():
        raise UsageError("there is no such file", where=str(wheel), remedy="see scripts/build_av.py")
    return name, str(version), tags


def _machine(platform: str) -> str:
    return next((arch for arch in ("x86_64", "aarch64") if platform.endswith(arch)), platform)
