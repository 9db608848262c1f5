"""Shared parts of central's tests."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from central.config import CentralConfig
from central.ingest.batch import Committed
from central.ingest.check import Checker
from central.ingest.inbound import Inbound
from central.ingest.writer import Writer
from central.setup import Tables, load_tables
from central.store.engine import Store
from central.store.evidence import EvidenceFolder
from tests import servers
from tests.migrated import migrated
from tests.parts import ROOT

DEMO = ROOT / "configs" / "demo"
CITY = Path(__file__).parent / "city"


@pytest.fixture(scope="session")
def mosquitto() -> Iterator[servers.Mosquitto]:
    with servers.mosquitto() as broker:
        yield broker


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    with servers.postgres() as server:
        yield server


def config_of(folder: Path, database: str = "") -> CentralConfig:
    return CentralConfig(
        database=database or f"sqlite:///{folder}/central.sqlite",
        evidence=folder / "evidence",
        city=CITY / "city.yaml",
        grids=CITY / "grids.geojson",
        units=CITY / "units.yaml",
    )


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return load_tables(config_of(tmp_path_factory.mktemp("tables")))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database on each of the two."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/central.sqlite"
    server: servers.Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """A migrated store on each of the two databases."""
    opened = migrated(database)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    opened = migrated(f"sqlite:///{tmp_path}/central.sqlite")
    yield opened
    opened.close()


@dataclass(frozen=True, slots=True)
class Office:
    """Checker and writer on a store, without a broker."""

    store: Store
    evidence: EvidenceFolder
    checker: Checker
    writer: Writer

    def take(self, *messages: Inbound) -> Committed:
        """One batch."""
        return self.writer.write([self.checker.read(message) for message in messages])


def office_of(store: Store, folder: Path, tables: Tables, config: CentralConfig | None = None) -> Office:
    config = config or config_of(folder)
    evidence = EvidenceFolder(folder / "evidence")
    checker = Checker(lambda: tables, timedelta(seconds=config.ingest.late_after_s))
    return Office(store, evidence, checker, Writer(store, evidence, lambda: tables, config))


@pytest.fixture
def office(store: Store, tmp_path: Path, tables: Tables) -> Office:
    return office_of(store, tmp_path, tables)


@pytest.fixture
def sqlite_office(sqlite_store: Store, tmp_path: Path, tables: Tables) -> Office:
    return office_of(sqlite_store, tmp_path, tables)
