"""The responsibility list (责任清单): what each kind becomes, who leads, how fast, how grave."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from central.events.vocabulary import SYSTEM_KIND_NAMES, Colour, SystemKind
from central.names import Bilingual, Id, same
from messages import Fault, Kind
from placewatch.config import Document, Settings, read, validate
from placewatch.errors import ConfigError, ConfigProblem

OTHER = "other"
"""Kind of a report that is none of the list's items: it is filed, or referred, by a person."""

_OTHER_NAME = Bilingual(zh="其他事项", en="something else")
_DURATION = re.compile(r"([1-9][0-9]{0,5})(wd|wh|s|m|h)\Z")


class Unit(StrEnum):
    """What a limit counts."""

    SECONDS = "s"
    MINUTES = "m"
    HOURS = "h"
    WORKING_HOURS = "wh"
    WORKING_DAYS = "wd"


_PLAIN = {Unit.SECONDS: 1.0, Unit.MINUTES: 60.0, Unit.HOURS: 3600.0}
"""Units of plain time, seconds."""


def _duration(text: str) -> str:
    if not _DURATION.match(text):
        msg = f"{text!r} is not a time limit | write 30s, 5m, 2h, 4wh (working hours) or 1wd (working days)"
        raise ValueError(msg)
    return text


TimeLimit = Annotated[str, AfterValidator(_duration)]
"""Such as ``5m``, ``2h``, ``4wh``, ``1wd``."""


def split_limit(limit: str) -> tuple[int, Unit]:
    """``"4wh"`` as (4, working hours).

    Raises:
        ValueError: It is not a time limit.
    """
    match = _DURATION.match(limit)
    if match is None:
        msg = f"{limit!r} is not a time limit"
        raise ValueError(msg)
    return int(match[1]), Unit(match[2])


def wall_seconds(amount: int, unit: Unit) -> float:
    """A span of plain time in seconds.

    Raises:
        ValueError: It counts working time.
    """
    if unit not in _PLAIN:
        msg = "working time is not plain time"
        raise ValueError(msg)
    return amount * _PLAIN[unit]


def _plain_time(text: str) -> str:
    if split_limit(text)[1] not in _PLAIN:
        msg = f"{text!r} counts working time | a duration is in s, m or h"
        raise ValueError(msg)
    return text


PlainTime = Annotated[TimeLimit, AfterValidator(_plain_time)]
"""Such as ``5m`` or ``2h``."""


class Source(StrEnum):
    """How an item comes to be known."""

    CAMERA = "camera"
    CAMERA_WITH_MODEL = "camera_with_model"
    REPORT = "report"


class Limits(Settings):
    """Time limits of an item."""

    accept: TimeLimit
    """From filing to acceptance."""
    arrive: TimeLimit
    """From filing to arrival."""
    close: TimeLimit
    """From filing to closing."""
    safe: TimeLimit | None = None
    """From filing to making the spot safe, where repair takes longer."""


class Item(Settings):
    """One kind of event that the city settles."""

    number: int = Field(ge=1, le=9999)
    """Its number in the city's list."""
    id: Id
    """Stable identifier."""
    name: Bilingual
    """What people call it."""
    sources: tuple[Source, ...] = Field(min_length=1)
    """How it comes to be known."""
    kinds: tuple[Kind, ...] = ()
    """Edge kinds that become this item."""
    lead: tuple[Id, ...] = Field(min_length=1)
    """Departments, the leading one first."""
    limits: Limits
    """How fast."""
    closed_when: Bilingual
    """The closing standard."""
    clear_for: PlainTime | None = None
    """The camera may vouch for it once its picture has been clear for so long; at once if not given."""
    colour: Colour
    """How grave by default."""

    @property
    def clear_s(self) -> float:
        """`clear_for` in seconds."""
        return wall_seconds(*split_limit(self.clear_for)) if self.clear_for else 0.0


class ResponsibilityFile(Settings):
    """What ``responsibility.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition; events keep it."""
    departments: dict[Id, Bilingual]
    """Who can lead."""
    items: tuple[Item, ...] = Field(min_length=1)
    """The list."""
    kind_names: dict[Kind, Bilingual]
    """What the edge's kinds are called."""
    fault_names: Mapping[Fault, Bilingual]
    """What the faults of cameras are called."""


@dataclass(frozen=True, slots=True)
class Responsibility:
    """A checked list: every kind has exactly one item and a name.

    Attributes:
        file: The list as written.
        by_kind: The item of each kind.
        by_number: The item of each number.
        by_id: The item of each id.
    """

    file: ResponsibilityFile
    by_kind: dict[Kind, Item]
    by_number: dict[int, Item]
    by_id: dict[str, Item]

    @property
    def event_kinds(self) -> tuple[str, ...]:
        """What an event can be: the edge's kinds, and the items that only people report."""
        return (
            *map(str, Kind),
            *map(str, SystemKind),
            *(item.id for item in self.file.items if not item.kinds),
            OTHER,
        )

    def kind_name(self, kind: str) -> Bilingual:
        """What people call an edge's kind, or an item that only people report."""
        if kind in self.file.kind_names:
            return self.file.kind_names[Kind(kind)]
        if kind in SYSTEM_KIND_NAMES:
            return SYSTEM_KIND_NAMES[SystemKind(kind)]
        if kind == OTHER:
            return _OTHER_NAME
        return self.by_id[kind].name if kind in self.by_id else same(kind)


def load_responsibility(path: Path) -> Responsibility:
    """Read and check a responsibility list.

    Raises:
        ConfigError: Each fault at its line: doubles, a kind of two items or of none, unknown department.
    """
    document = read(path)
    file = validate(document, ResponsibilityFile)
    problems = [*_doubles(document, file), *_departments(document, file), *_kinds(document, file)]
    if problems:
        raise ConfigError(problems)
    return Responsibility(
        file,
        {kind: item for item in file.items for kind in item.kinds},
        {item.number: item for item in file.items},
        {item.id: item for item in file.items},
    )


def _doubles(document: Document, file: ResponsibilityFile) -> Iterator[ConfigProblem]:
    numbers: set[int] = set()
    ids: set[str] = set()
    for index, item in enumerate(file.items):
        if item.number in numbers:
            yield document.problem(
                ("items", index, "number"), f"number {item.number} is given twice", "renumber one"
            )
        if item.id in ids:
            yield document.problem(("items", index, "id"), f"{item.id!r} is given twice", "rename one")
        numbers.add(item.number)
        ids.add(item.id)


def _departments(document: Document, file: ResponsibilityFile) -> Iterator[ConfigProblem]:
    for index, item in enumerate(file.items):
        for place, department in enumerate(item.lead):
            if department not in file.departments:
                yield document.problem(
                    ("items", index, "lead", place),
                    f"unknown department {department!r}",
                    f"use one of {', '.join(file.departments)}, or add it to departments",
                )


def _kinds(document: Document, file: ResponsibilityFile) -> Iterator[ConfigProblem]:
    owner: dict[Kind, Item] = {}
    for index, item in enumerate(file.items):
        for place, kind in enumerate(item.kinds):
            if kind in owner:
                yield document.problem(
                    ("items", index, "kinds", place),
                    f"{kind} already belongs to item {owner[kind].number}",
                    "a kind becomes exactly one item",
                )
            owner[kind] = item
    for kind in Kind:
        if kind not in owner:
            yield document.problem(
                ("items",), f"no item takes the kind {kind}", f"add {kind} to one item's kinds"
            )
        if kind not in file.kind_names:
            yield document.problem(
                ("kind_names",), f"the kind {kind} has no name", f"add '{kind}: {{zh: ..., en: ...}}'"
            )
    for fault in Fault:
        if fault not in file.fault_names:
            yield document.problem(
                ("fault_names",), f"the fault {fault} has no name", f"add '{fault}: {{zh: ..., en: ...}}'"
            )
