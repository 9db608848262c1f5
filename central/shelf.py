"""The tables in force: read from files or loaded by people, kept in the store, changed without a restart."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from central.config import CentralConfig
from central.setup import TABLES, Tables, digest, load_tables, table_files, version_of
from central.store import table_versions as store_of
from central.store.engine import Store
from central.store.table_versions import Origin, Version
from placewatch.errors import ConfigError, ConfigProblem, PlacewatchError
from placewatch.logs import get_logger

BY_FILE = "central"
"""Author of what was read from the configured files."""

_VARIABLE = b"${"


class StaleTableError(PlacewatchError):
    """Somebody else has loaded the table since it was looked at."""


class Shelf:
    """Holds the tables in force; safe to share between threads.

    The store is what counts: a file that central.yaml names comes in as a new version when its content is
    another than when it was last read, so that a start does not undo what somebody has loaded since. Several
    centrals of one store follow each other by `follow`.
    """

    def __init__(self, store: Store, config: CentralConfig, tables: Tables) -> None:
        """Hold ``tables``, which were read from the files of ``config``; `open` looks what the store has."""
        self._store = store
        self._config = config
        self._tables = tables
        self._lock = threading.Lock()
        self._numbers: dict[str, int] = {}
        self._log = get_logger(part="tables")
        self.changed: Callable[[], None] = lambda: None

    @property
    def tables(self) -> Tables:
        """What events are judged by now."""
        return self._tables

    def open(self, now: datetime) -> None:
        """Enter changed files, and hold what is in force by the store.

        Raises:
            ConfigError: What is in force by the store does not fit the files that this central has.
        """
        self.reload(now)

    def reload(self, now: datetime) -> tuple[Version, ...]:
        """Read the configured files again; the versions that are new.

        Raises:
            ConfigError: With every fault; what was in force stays in force.
        """
        files = table_files(self._config)
        held = {name: _bytes(file) for name, file in files.items()}
        with self._store.read() as connection:
            known = store_of.from_files(connection)
        changed = {name: data for name, data in held.items() if known.get(name) != digest(data)}
        names = {name: str(file) for name, file in files.items()}
        return self._enter(changed, names, Origin.FILE, BY_FILE, now)

    def check(self, name: str, data: bytes, file: str) -> None:
        """Look at a table's new content beside all the others; nothing changes.

        Raises:
            ConfigError: With every fault.
        """
        with self._store.read() as connection:
            present = self._present(connection)
            contents = self._contents(connection, {n: k for n, k in present.items() if n != name})
        load_contents(self._config, contents | {name: data}, {name: file})

    def load(
        self, name: str, data: bytes, file: str, author: str, now: datetime, seen: int | None = None
    ) -> Version:
        """Put a table's new content in force.

        Args:
            name: One of `TABLES`.
            data: The content, YAML or JSON.
            file: What its author calls it; problems name it.
            author: Who.
            now: When.
            seen: Number of the version that the author saw; None for whatever stands.

        Raises:
            ConfigError: With every fault; what was in force stays in force.
            StaleTableError: Another version has come in force since.
        """
        with self._store.read() as connection:
            present = self._present(connection).get(name, 0)
        if seen is not None and seen != present:
            raise StaleTableError(
                f"version {present} is newer than the one that you saw",
                where=name,
                remedy="look again, then decide",
            )
        return self._enter({name: data}, {name: file}, Origin.LOADED, author, now)[0]

    def follow(self) -> bool:
        """Take over what another process has put in force; whether there was anything.

        Raises:
            ConfigError: It does not fit this process (an older program than the other).
        """
        with self._store.read() as connection:
            present = self._present(connection)
            if present == self._numbers:
                return False
            contents = self._contents(connection, present)
        with self._lock:
            self._tables = load_contents(self._config, contents, {})
            self._numbers = present
        self._log.info("tables changed elsewhere", version=self._tables.version)
        self.changed()
        return True

    def _enter(
        self,
        changed: Mapping[str, bytes],
        files: Mapping[str, str],
        origin: Origin,
        author: str,
        now: datetime,
    ) -> tuple[Version, ...]:
        """Check the whole set with what is new, then keep it; all or nothing.

        The check may take seconds for a large city, so it is done before the store is locked, and again if
        somebody was faster.
        """
        made: tuple[Version, ...] | None = None
        with self._lock:
            while made is None:
                made = self._try_to_enter(changed, files, origin, author, now)
        for version in made:
            self._log.info("table in force", table=version.name, number=version.number, by=version.author)
        if made:
            self.changed()
        return made

    def _try_to_enter(
        self,
        changed: Mapping[str, bytes],
        files: Mapping[str, str],
        origin: Origin,
        author: str,
        now: datetime,
    ) -> tuple[Version, ...] | None:
        with self._store.read() as connection:
            before = self._present(connection)
            contents = self._contents(connection, {n: k for n, k in before.items() if n not in changed})
        contents |= changed
        tables = self._tables
        if tables.version != version_of({name: digest(data) for name, data in contents.items()}):
            tables = load_contents(self._config, contents, files)
        with self._store.write() as connection:
            if self._present(connection) != before:
                return None
            made = tuple(
                store_of.add(connection, name, data, files[name], origin, author, now)
                for name, data in changed.items()
            )
            numbers = before | {version.name: version.number for version in made}
            store_of.keep_set(connection, tables.version, numbers, now)
        self._tables, self._numbers = tables, numbers
        return made

    @staticmethod
    def _present(connection: Connection) -> dict[str, int]:
        return {name: version.number for name, version in store_of.in_force(connection).items()}

    def _contents(self, connection: Connection, numbers: Mapping[str, int]) -> dict[str, bytes]:
        found = {name: store_of.content(connection, name, number) for name, number in numbers.items()}
        return {name: data for name, data in found.items() if data is not None}


def load_contents(config: CentralConfig, contents: Mapping[str, bytes], files: Mapping[str, str]) -> Tables:
    """Tables from contents instead of files.

    Args:
        config: For the time zone, and for how the files are written.
        contents: By name of the table.
        files: What people call them; the table's name for others.

    Raises:
        ConfigError: With every fault, named by ``files``.
    """
    with TemporaryDirectory(prefix="placewatch-tables-") as folder:
        paths: dict[str, Path] = {}
        problems: list[ConfigProblem] = []
        for name, data in contents.items():
            called = files.get(name, name)
            path = Path(folder) / f"{name}{_suffix(name, data)}"
            path.write_bytes(data)
            paths[name] = path
            if _VARIABLE in data:
                line = data[: data.index(_VARIABLE)].count(b"\n") + 1
                fix = "write the value: tables are shown to people, so they hold no secrets"
                problems.append(ConfigProblem(called, line, "", "tables take no ${variables}", fix))
        if problems:
            raise ConfigError(problems)
        try:
            return load_tables(config.model_copy(update={**dict.fromkeys(TABLES), **paths}))
        except ConfigError as error:
            called_by = {str(path): files.get(name, name) for name, path in paths.items()}
            raise ConfigError(
                [
                    replace(problem, file=called_by.get(problem.file, problem.file))
                    for problem in error.problems
                ]
            ) from error


def _suffix(name: str, data: bytes) -> str:
    """Readers tell JSON from YAML by the file's name."""
    if name == "grids":
        return ".geojson"
    return ".json" if data.lstrip()[:1] == b"{" else ".yaml"


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise ConfigError(
            [ConfigProblem(str(file), 0, "", message, "check the path and its rights")]
        ) from error
