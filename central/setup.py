"""Everything a central is configured with, read and checked together."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from central.config import CentralConfig
from central.events.grading import Grading, load_grading
from central.events.key_areas import KeyAreas, load_key_areas
from central.events.responsibility import Responsibility, load_responsibility
from central.grid.city import City, load_city
from central.grid.locate import Locator
from central.grid.polygons import load_grids
from placewatch.config import load
from placewatch.errors import ConfigError, ConfigProblem

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tables:
    """The city's tables: what events are judged by.

    Attributes:
        city: Organisations and places.
        locator: Which grid and org answer for a place.
        responsibility: What each kind becomes.
        key_areas: The classes of places.
        grading: When a colour is raised.
        zone: The city's time zone.
        version: Changes with any of the files; events keep it.
    """

    city: City
    locator: Locator
    responsibility: Responsibility
    key_areas: KeyAreas
    grading: Grading
    zone: ZoneInfo
    version: str


def load_central(path: Path) -> tuple[CentralConfig, Tables]:
    """Read a central's configuration and every file it names.

    Raises:
        ConfigError: With all problems of all files.
    """
    config = load(path, CentralConfig)
    return config, load_tables(config)


def load_tables(config: CentralConfig) -> Tables:
    """Read the city's tables that ``config`` names.

    Raises:
        ConfigError: With all problems of all files.
    """
    problems: list[ConfigProblem] = []

    def attempt(reader: Callable[[], T]) -> T | None:
        try:
            return reader()
        except ConfigError as error:
            problems.extend(error.problems)
            return None

    city = attempt(lambda: load_city(config.city))
    grids = attempt(lambda: load_grids(config.grids, city)) if city else None
    responsibility = attempt(lambda: load_responsibility(config.responsibility))
    areas = attempt(lambda: load_key_areas(config.key_areas))
    grading = attempt(lambda: load_grading(config.grading))
    if city is None or grids is None or responsibility is None or areas is None or grading is None:
        raise ConfigError(problems)
    files = (config.city, config.grids, config.responsibility, config.key_areas, config.grading)
    return Tables(
        city=city,
        locator=Locator(city, grids),
        responsibility=responsibility,
        key_areas=areas,
        grading=grading,
        zone=ZoneInfo(config.timezone),
        version=_version(files),
    )


def _version(files: tuple[Path, ...]) -> str:
    digest = sha256()
    for file in files:
        digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
