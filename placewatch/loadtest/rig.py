"""What a load run works on: broker, database and aggregators, started here unless addresses are given."""

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from sqlalchemy import func, make_url, select, text

from central.store.engine import Store
from central.store.migrate import migrate
from central.store.models import Box
from placewatch.clock import SystemClock, utc
from placewatch.demo.part import Part, PartSpec, placewatch, python_module
from placewatch.demo.people import reading_token
from placewatch.demo.ports import HOST, free_ports, wait_open
from placewatch.errors import BrokerError, PlacewatchError, StoreError, UsageError
from placewatch.loadtest.city import shape_for, write_city
from placewatch.loadtest.engines import (
    Engine,
    MosquittoEngine,
    PostgresEngine,
    find_mosquitto,
    find_postgres,
)
from placewatch.loadtest.gate import Gate
from placewatch.loadtest.limits import write_tables
from placewatch.loadtest.plan import Address

_READY_S = 180.0
SHARE = "placewatch"


@dataclass(frozen=True, slots=True)
class RigSpec:
    """What to work on.

    Attributes:
        cameras: Size of the city.
        broker: ``mqtt://[user:password@]host[:port]``, or empty: one is started.
        database: An SQLAlchemy address, ``sqlite``, ``postgresql``, or empty: the best that is installed.
        aggregators: How many aggregator processes.
        ingest: Settings of ``ingest`` that differ from the defaults.
        gated: Boxes and aggregators reach the broker through gates that can be cut.
        hurried: Time limits are seconds, and cameras settle what they no longer see.
    """

    cameras: int
    broker: str = ""
    database: str = ""
    aggregators: int = 1
    ingest: dict[str, Any] = field(default_factory=dict)
    gated: bool = False
    hurried: bool = False


@dataclass(slots=True)
class Rig:
    """A running aggregation chain.

    Attributes:
        address: The broker's.
        database: The database's address.
        urls: Where the aggregators answer.
        aggregators: Their processes.
        broker: The broker's process, when it was started here.
        server: The database's process, when it was started here.
        store: For counting.
        token: Opens the aggregators' API.
        gates: Of ``boxes`` and ``aggregator``, when there are any.
    """

    address: Address
    database: str
    urls: list[str]
    aggregators: list[Part]
    broker: Engine | Part | None
    server: PostgresEngine | None
    store: Store
    token: str
    gates: dict[str, Gate]

    def pids(self) -> dict[str, list[int]]:
        """Processes by part; a database file's work is its aggregator's."""
        found: dict[str, list[int | None]] = {"aggregator": [part.pid for part in self.aggregators]}
        if self.broker is not None:
            found["broker"] = [self.broker.pid]
        if self.server is not None:
            found["database"] = [self.server.pid]
        return {name: [pid for pid in pids if pid is not None] for name, pids in found.items()}

    def check(self) -> None:
        """Make sure that the aggregators run.

        Raises:
            PartError: One ended by itself.
        """
        for part in self.aggregators:
            part.check()

    def database_bytes(self) -> int:
        """How large the database is on disk."""
        if self.store.sqlite:
            path = Path(make_url(self.database).database or "")
            return sum(each.stat().st_size for each in path.parent.glob(path.name + "*"))
        with self.store.read() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


@contextmanager
def rig(spec: RigSpec, work: Path) -> Iterator[Rig]:
    """Start everything in ``work``; all of it is stopped at the end.

    Raises:
        PlacewatchError: A part is missing, does not start, or the database is not empty.
    """
    work.mkdir(parents=True, exist_ok=True)
    logs = work / "logs"
    logs.mkdir(exist_ok=True)
    with ExitStack() as stack:
        address, broker = _broker(spec.broker, work, logs, stack)
        database, server = open_database(spec.database, work, stack)
        store = Store(database)
        stack.callback(store.close)
        migrate(store)
        check_empty(store)
        token = reading_token(store, "city", utc(SystemClock().now()))
        gates = _gates(address.port, stack) if spec.gated else {}
        ports = free_ports(spec.aggregators)
        city, grids = write_city(work, shape_for(spec.cameras))
        tables = {"city": str(city), "grids": str(grids), **(write_tables(work) if spec.hurried else {})}
        parts = []
        for number, port in enumerate(ports):
            config = work / f"central-{number}.json"
            near = Address(port=gates["aggregator"].port) if gates else address
            config.write_text(json.dumps(_config(spec, near, database, port, number, tables)))
            command = placewatch("central", "serve", "--config", str(config))
            parts.append(Part(PartSpec(f"central-{number}", command, port=port, grace_s=30.0), logs))
        for part in parts:
            stack.callback(part.stop)
            part.start()
        urls = [f"http://{HOST}:{port}" for port in ports]
        made = Rig(address, database, urls, parts, broker, server, store, token, gates)
        for part, url in zip(parts, urls, strict=True):
            wait_ready(part, url)
        yield made


def _gates(target: int, stack: ExitStack) -> dict[str, Gate]:
    gates = {}
    for name, port in zip(("boxes", "aggregator"), free_ports(2), strict=True):
        gates[name] = Gate(port, target)
        gates[name].start()
        stack.callback(gates[name].stop)
    return gates


def wait_ready(part: Part, url: str, within_s: float = _READY_S) -> None:
    """Wait until an aggregator answers and has its broker.

    Raises:
        PlacewatchError: It does not in time.
    """
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        part.check()
        try:
            if httpx.get(f"{url}/healthz", timeout=5.0).json()["broker"] == "connected":
                return
        except (httpx.HTTPError, ValueError, KeyError):
            pass
        time.sleep(0.1)
    raise PlacewatchError("did not become ready", where=part.name, remedy=f"read {part.log}")


def _config(
    spec: RigSpec, address: Address, database: str, port: int, number: int, tables: dict[str, str]
) -> dict[str, Any]:
    broker: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "client_id": f"placewatch-load-{number}",
    }
    if address.username:
        broker |= {"username": address.username, "password": address.password}
    if spec.aggregators > 1:
        broker["share"] = SHARE
    return {
        "broker": broker,
        "http": {"host": HOST, "port": port},
        "database": database,
        "evidence": "evidence",
        **tables,
        "log_format": "json",
        "ingest": {"max_boxes": 100_000, **spec.ingest},
    }


def _broker(url: str, work: Path, logs: Path, stack: ExitStack) -> tuple[Address, Engine | Part | None]:
    if url:
        return parse_broker(url), None
    port = free_ports(1)[0]
    program = find_mosquitto()
    if program is None:
        part = Part(PartSpec("broker", python_module("placewatch.demo.broker", ("--port", str(port)))), logs)
        stack.callback(part.stop)
        part.start()
        if not wait_open(port, 30.0, lambda: part.alive):
            raise BrokerError("the built-in broker did not start", where="broker", remedy=f"read {part.log}")
        return Address(host=HOST, port=port), part
    folder = work / "broker"
    folder.mkdir(exist_ok=True)
    engine = MosquittoEngine(program, port, folder)
    stack.callback(engine.stop)
    engine.start()
    return Address(host=HOST, port=port), engine


def parse_broker(url: str) -> Address:
    """``mqtt://user:password@host:port`` as an address.

    Raises:
        UsageError: It is not one.
    """
    try:
        parts = urlsplit(url if "://" in url else f"mqtt://{url}")
        host, port = parts.hostname, parts.port or 1883
    except ValueError:
        host, port = None, 0
    if not host or parts.scheme not in {"mqtt", "tcp"}:
        raise UsageError(f"{url!r} is not a broker", where="--broker", remedy="write mqtt://host:1883")
    return Address(
        host=host, port=port, username=unquote(parts.username or ""), password=unquote(parts.password or "")
    )


def open_database(name: str, work: Path, stack: ExitStack) -> tuple[str, PostgresEngine | None]:
    """The address of a database, started in ``work`` unless ``name`` is one, and its server if it has one.

    Raises:
        PlacewatchError: It is not installed, does not start, or ``name`` is none.
    """
    if "://" in name:
        return name, None
    binaries = None if name == "sqlite" else find_postgres()
    if name == "postgresql" and binaries is None:
        raise StoreError(
            "PostgreSQL is not installed",
            where="--db",
            remedy="install postgresql, or give --db URL or sqlite",
        )
    if name not in {"", "sqlite", "postgresql"}:
        raise UsageError(
            f"{name!r} is not a database", where="--db", remedy="write sqlite, postgresql or a URL"
        )
    if binaries is None:
        return f"sqlite:///{work.resolve()}/central.sqlite", None
    folder = work / "database"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    server = PostgresEngine(binaries, free_ports(1)[0], folder)
    server.create()
    stack.callback(server.stop)
    server.start()
    return server.database(), server


def check_empty(store: Store) -> None:
    """Make sure that no box and no event is there.

    Raises:
        StoreError: There is.
    """
    with store.read() as connection:
        boxes = connection.execute(select(func.count()).select_from(Box)).scalar_one()
    if boxes:
        raise StoreError(
            f"{boxes} boxes have spoken to it",
            where=store.where,
            remedy="a load run invents alerts: give an empty database of its own",
        )
