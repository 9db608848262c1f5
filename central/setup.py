"""Everything a central is configured with, read and checked together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from central.config import CentralConfig
from central.dispatch.units import NO_UNITS, Units, load_units
from central.events.calendar import Calendar, load_calendar
from central.events.compression import Compression, load_compression
from central.events.grading import Grading, load_grading
from central.events.key_areas import KeyAreas, load_key_areas
from central.events.lifecycle import LifeCycle, load_lifecycle
from central.events.responsibility import Responsibility, load_responsibility
from central.grid.city import City, load_city
from central.grid.locate import Locator
from central.grid.polygons import load_grids
from central.notify.rules import Notifications, load_notifications
from central.reports.advisory import Templates, load_templates
from placewatch.config import read, validate
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
        lifecycle: Who may do what, in which state.
        calendar: Working time.
        units: Who can be sent.
        notifications: Which acts tell whom.
        advisory: Templates of advisory letters.
        compression: What a desk is spared.
        zone: The city's time zone.
        version: Changes with any of the files; events keep it.
    """

    city: City
    locator: Locator
    responsibility: Responsibility
    key_areas: KeyAreas
    grading: Grading
    lifecycle: LifeCycle
    calendar: Calendar
    units: Units
    notifications: Notifications
    advisory: Templates
    compression: Compression
    zone: ZoneInfo
    version: str


TablesNow = Callable[[], Tables]
"""The tables in force: asked for at each piece of work, because they may be loaded anew at any time."""


def load_central(path: Path) -> tuple[CentralConfig, Tables]:
    """Read a central's configuration and every file it names.

    Raises:
        ConfigError: With all problems of all files.
    """
    document = read(path)
    config = validate(document, CentralConfig)
    tables = load_tables(config)
    rules = config.sign_in.oidc.roles if config.sign_in.oidc else ()
    problems = [
        document.problem(
            ("sign_in", "oidc", "roles", index, "org"),
            f"there is no org {rule.org!r}",
            "use the id of one of the city file's orgs",
        )
        for index, rule in enumerate(rules)
        if rule.org not in tables.city.orgs
    ]
    if problems:
        raise ConfigError(problems)
    return config, tables


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
    lifecycle = attempt(lambda: load_lifecycle(config.lifecycle))
    zone = ZoneInfo(config.timezone)
    calendar = attempt(lambda: load_calendar(config.calendar, zone))
    notifications = attempt(lambda: load_notifications(config.notifications, city)) if city else None
    advisory = attempt(lambda: load_templates(config.advisory))
    compression = attempt(lambda: load_compression(config.compression))
    units: Units | None = NO_UNITS
    if config.units is not None and city is not None and responsibility is not None:
        units = attempt(partial(load_units, config.units, city, responsibility))
    if problems or not (
        city
        and responsibility
        and areas
        and grading
        and lifecycle
        and calendar
        and units
        and notifications
        and advisory
        and compression
        and grids is not None
    ):
        raise ConfigError(problems)
    return Tables(
        city=city,
        locator=Locator(city, grids),
        responsibility=responsibility,
        key_areas=areas,
        grading=grading,
        lifecycle=lifecycle,
        calendar=calendar,
        units=units,
        notifications=notifications,
        advisory=advisory,
        compression=compression,
        zone=zone,
        version=version_of({name: digest(file.read_bytes()) for name, file in table_files(config).items()}),
    )


TABLES = (
    "city",
    "grids",
    "responsibility",
    "key_areas",
    "grading",
    "lifecycle",
    "calendar",
    "notifications",
    "advisory",
    "compression",
    "units",
)
"""Names of the city's tables, which are also the keys of ``central.yaml`` that name their files."""


def table_files(config: CentralConfig) -> dict[str, Path]:
    """The file of each table; a city without units has none for them."""
    files = {name: getattr(config, name) for name in TABLES}
    return {name: file for name, file in files.items() if file is not None}


def digest(content: bytes) -> str:
    """SHA-256 of a table's content, hex."""
    return sha256(content).hexdigest()


def version_of(hashes: Mapping[str, str]) -> str:
    """The version of a set of tables by the hashes of their contents."""
    return sha256("\n".join(f"{name} {hashes[name]}" for name in sorted(hashes)).encode()).hexdigest()[:16]
