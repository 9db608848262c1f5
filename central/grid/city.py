"""The city: a tree of organisations of any depth, and the places that cameras watch."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from pydantic import Field

from central.names import Bilingual, Id
from messages import PlaceClass
from placewatch.config import Document, Settings, read, validate
from placewatch.errors import ConfigError, ConfigProblem


class Level(Settings):
    """One level of the tree; a city has as many as it needs."""

    id: Id
    """Such as ``town``."""
    name: Bilingual
    """Such as 街道乡镇, town."""


class Org(Settings):
    """One centre of the tree."""

    id: Id
    """Unique in the city."""
    level: Id
    """Id of one of ``levels``."""
    name: Bilingual
    """What people call it."""
    parent: Id | None = None
    """The org above; exactly one org, the root, has none."""


Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class Place(Settings):
    """A place that cameras watch."""

    id: Id
    """Unique in the city; boxes name it in their alerts."""
    place_class: PlaceClass = Field(alias="class")
    """One of the classes of key areas."""
    name: Bilingual
    """What people call it."""
    point: tuple[Longitude, Latitude]
    """Longitude and latitude, WGS 84 degrees."""
    owner: Id
    """The org that answers for it when no grid covers the point."""
    zones: Mapping[Id, Bilingual] = Field(default_factory=dict)
    """Names of zones, where they have any."""


class CityFile(Settings):
    """What ``city.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition; events keep it."""
    levels: tuple[Level, ...] = Field(min_length=1)
    """From the top down."""
    orgs: tuple[Org, ...] = Field(min_length=1)
    """The tree."""
    places: tuple[Place, ...] = ()
    """What is watched."""


@dataclass(frozen=True, slots=True)
class City:
    """A checked city: every parent, level and owner exists, and the tree is one tree.

    Attributes:
        version: The file's own edition.
        root: The org without a parent.
        levels: By id, from the top down.
        orgs: By id.
        places: By id.
    """

    version: str
    root: Org
    levels: Mapping[str, Level]
    orgs: Mapping[str, Org]
    places: Mapping[str, Place]

    def chain(self, org: str) -> tuple[Org, ...]:
        """The org and those above it, up to the root."""
        return tuple(_upwards(org, self.orgs))

    def below(self, roots: Collection[str]) -> frozenset[str]:
        """The orgs of the subtrees of ``roots``, these included; each org is looked at once."""
        known = dict.fromkeys(roots, True)
        for org in self.orgs:
            path: list[str] = []
            up: str | None = org
            while up is not None and up not in known:
                path.append(up)
                up = self.orgs[up].parent
            known.update(dict.fromkeys(path, up is not None and known[up]))
        return frozenset(org for org in self.orgs if known[org])


def _upwards(org: str | None, orgs: Mapping[str, Org]) -> Iterator[Org]:
    while org is not None:
        node = orgs[org]
        yield node
        org = node.parent


def load_city(path: Path) -> City:
    """Read and check a city file, YAML or, as a program writes it for a city of many places, JSON.

    Raises:
        ConfigError: Every unknown parent, level or owner, cycle, double id or missing root, each at its line.
    """
    document = _json(path) if path.suffix == ".json" else read(path)
    file = validate(document, CityFile)
    problems = [*_double_ids(document, file), *_broken_tree(document, file), *_unowned(document, file)]
    if problems:
        raise ConfigError(problems)
    return City(
        version=file.version,
        root=next(org for org in file.orgs if org.parent is None),
        levels={level.id: level for level in file.levels},
        orgs={org.id: org for org in file.orgs},
        places={place.id: place for place in file.places},
    )


def _json(path: Path) -> Document:
    """A JSON file; its problems name keys, but no lines."""
    try:
        data = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise ConfigError([ConfigProblem(str(path), 0, "", problem, "check the path")]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError([ConfigProblem(str(path), 0, "", f"not JSON: {error}", "write it anew")]) from error
    return Document(str(path), data, {})


def _double_ids(document: Document, file: CityFile) -> Iterator[ConfigProblem]:
    for section, ids in (
        ("levels", [level.id for level in file.levels]),
        ("orgs", [org.id for org in file.orgs]),
        ("places", [place.id for place in file.places]),
    ):
        seen: dict[str, int] = {}
        for index, name in enumerate(ids):
            if name in seen:
                first = document.line((section, seen[name], "id"))
                yield document.problem(
                    (section, index, "id"), f"{name!r} is given twice, first on line {first}", "rename one"
                )
            seen.setdefault(name, index)


def _broken_tree(document: Document, file: CityFile) -> Iterator[ConfigProblem]:
    orgs = {org.id: org for org in file.orgs}
    rank = {level.id: index for index, level in enumerate(file.levels)}
    roots = [index for index, org in enumerate(file.orgs) if org.parent is None]
    if not roots:
        yield document.problem(("orgs",), "no org is the root", "leave out 'parent' of the topmost org")
    for index in roots[1:]:
        first = file.orgs[roots[0]].id
        yield document.problem(
            ("orgs", index),
            f"{file.orgs[index].id!r} has no parent, but the root is {first!r}",
            "name its parent",
        )
    for index, org in enumerate(file.orgs):
        here = ("orgs", index)
        if org.level not in rank:
            known = ", ".join(rank)
            yield document.problem(
                (*here, "level"), f"unknown level {org.level!r}", f"use one of {known}, or add it to levels"
            )
        if org.parent is None:
            continue
        parent = orgs.get(org.parent)
        if parent is None:
            yield document.problem(
                (*here, "parent"),
                f"{org.id!r} names an unknown parent {org.parent!r}",
                "correct the id, or add that org",
            )
        elif _in_cycle(org, orgs):
            yield document.problem(
                (*here, "parent"), f"{org.id!r} is its own ancestor", "break the circle of parents"
            )
        elif rank.get(parent.level, -1) >= rank.get(org.level, len(rank)):
            yield document.problem(
                (*here, "level"),
                f"{org.id!r} ({org.level}) lies under {parent.id!r} ({parent.level})",
                "a child's level comes after its parent's in levels",
            )


def _in_cycle(org: Org, orgs: Mapping[str, Org]) -> bool:
    seen: set[str] = set()
    parent = org.parent
    while parent is not None and parent not in seen:
        if parent == org.id:
            return True
        seen.add(parent)
        above = orgs.get(parent)
        parent = above.parent if above else None
    return False


def _unowned(document: Document, file: CityFile) -> Iterator[ConfigProblem]:
    orgs = {org.id for org in file.orgs}
    for index, place in enumerate(file.places):
        if place.owner not in orgs:
            yield document.problem(
                ("places", index, "owner"),
                f"place {place.id!r} names an unknown owner {place.owner!r}",
                "use the id of one of orgs",
            )
