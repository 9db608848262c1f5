"""The classes of key areas (重点区域), and what is never raised there."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from central.names import Bilingual
from messages import Kind, PlaceClass
from placewatch.config import Settings, read, validate
from placewatch.errors import ConfigError


class DefaultRule(Settings):
    """A rule that is on by default."""

    kind: Kind
    """What it raises."""
    out_of_hours: bool = False
    """Only while the place is closed."""


class KeyArea(Settings):
    """One class."""

    name: Bilingual
    """What people call it."""
    means: Bilingual
    """What belongs to it."""
    rules: tuple[DefaultRule, ...] = ()
    """On by default."""
    never: tuple[Kind, ...] = ()
    """Refused for this class, whatever a box is configured to do."""


class KeyAreas(Settings):
    """What ``key_areas.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition; events keep it."""
    classes: Mapping[PlaceClass, KeyArea]
    """Every class of the contract."""

    def refuses(self, kind: Kind, *classes: PlaceClass) -> PlaceClass | None:
        """The first of ``classes`` that never takes ``kind``, or None."""
        return next((name for name in classes if kind in self.classes[name].never), None)


def load_key_areas(path: Path) -> KeyAreas:
    """Read and check the classes.

    Raises:
        ConfigError: Each fault at its line; a missing class; a rule both on and refused.
    """
    document = read(path)
    areas = validate(document, KeyAreas)
    problems = [
        document.problem(("classes",), f"the class {name} is missing", f"add '{name}:'")
        for name in PlaceClass
        if name not in areas.classes
    ]
    for name, area in areas.classes.items():
        for rule in area.rules:
            if rule.kind in area.never:
                message = f"{rule.kind} is both in rules and in never"
                problems.append(document.problem(("classes", str(name)), message, "keep one"))
    if problems:
        raise ConfigError(problems)
    return areas
