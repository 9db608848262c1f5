"""The aggregator as one process: broker client, writer, API and page."""

import asyncio
import contextlib
import errno
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI

from central.api.app import make_app
from central.api.desk import Desk, Entrance
from central.api.door import PictureDoor
from central.api.hub import Hub
from central.config import CentralConfig, Http, ServerTls
from central.events.facts import EventFacts
from central.events.showing import shown_by
from central.fleet.bundles import Bundles
from central.fleet.courier import OrderCourier
from central.fleet.desired import CheckConfig
from central.ingest.runner import Ingest
from central.janitor import Janitor
from central.notify.book import ChannelBook
from central.notify.courier import Courier
from central.people.first import FirstPassword, OneTime, first_admin
from central.people.passwords import Passwords
from central.setup import Tables
from central.shelf import Shelf
from central.shelf_keeper import Follower
from central.store.engine import Store
from central.store.evidence import EvidenceStore
from central.store.evidence_remote import open_evidence
from central.store.migrate import migrate
from central.timekeeper import Timekeeper
from central.trust.keeper import Keeper
from central.trust.registrar import Registrar
from central.trust.setup import open_fleet, open_registrar
from central.watchman import Watchman
from placewatch.clock import Clock, SystemClock, utc
from placewatch.errors import PlacewatchError
from placewatch.logs import get_logger
from placewatch.notify import Notifier

SWITCH_S = 0.001
"""Threads take turns this often: the writer comes back from the database dozens of times a batch, and each
time would wait Python's 5 ms for the broker's thread or a desk's."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server listens."""

    host: str
    port: int
    secure: bool = False

    @property
    def local(self) -> bool:
        """Whether only this machine can ask."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    @property
    def url(self) -> str:
        """For a browser."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - shown, not bound
        host = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return f"http{'s' if self.secure else ''}://{host}:{self.port}/"


def listen(http: Http) -> tuple[socket.socket, Address]:
    """Take the port, before anything else is done.

    Raises:
        PlacewatchError: The port is in use or not ours to take; names the key to change.
    """
    where = f"http {http.host}:{http.port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            http.host, http.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PlacewatchError(
                "the port is in use",
                where=where,
                remedy="stop the other program, or choose another http.port (0 takes a free one)",
            ) from error
        raise PlacewatchError(
            f"cannot listen: {error.strerror or error}", where=where, remedy="check http.host and http.port"
        ) from error
    return listener, Address(http.host, listener.getsockname()[1], http.tls is not None)


class Server(uvicorn.Server):
    """Uvicorn without its own signal handling: this process drains in its own order."""

    def __init__(self, app: FastAPI, tls: ServerTls | None = None) -> None:
        """Prepare to serve ``app``; `up` is set when it answers."""
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
            ssl_certfile=None if tls is None else tls.certificate,
            ssl_keyfile=None if tls is None else tls.key,
        )
        try:
            config.load()
        except OSError as error:  # ssl.SSLError is one
            raise PlacewatchError(
                f"certificate and key cannot be used: {error.strerror or error}",
                where="http.tls",
                remedy="check both files; 'placewatch central trust init' makes a pair",
            ) from error
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say when requests are answered."""
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def first_password(config: CentralConfig) -> FirstPassword:
    """Where the first administrator's password waits when nobody watches the start: beside the evidence.

    Where evidence lies in another machine's store: beside the key of the channels' secrets.
    """
    beside = config.evidence if isinstance(config.evidence, Path) else config.notify.secrets_key
    return FirstPassword(beside.absolute().parent / "first-administrator.txt")


def serve(
    config: CentralConfig,
    tables: Tables,
    ready: Callable[[Address, OneTime | None], None],
    clock: Clock | None = None,
    *,
    door: PictureDoor | None = None,
    check: CheckConfig | None = None,
    rule_forms: Mapping[str, dict[str, Any]] | None = None,
) -> None:
    """Run until SIGTERM or SIGINT, then drain.

    Args:
        config: What to run.
        tables: The city's tables.
        ready: Called once when requests are answered, with the address and, if the city had no administrator,
            with the account that was made for one.
        clock: What time it is.
        door: Covers pictures that people send.
        check: Looks at configurations of boxes as a box would.
        rule_forms: What each kind of rule can be told, as JSON Schemas by kind.

    Raises:
        PlacewatchError: The port, the database or the evidence directory cannot be used.
    """
    clock = clock or SystemClock()
    listener, address = listen(config.http)
    with contextlib.closing(listener):
        store = Store(config.database)
        with contextlib.closing(store):
            before, after = migrate(store)
            if before != after:
                get_logger(part="store").info("schema migrated", before=before, after=after)
            shelf = Shelf(store, config, tables)
            shelf.open(utc(clock.now()))
            evidence = open_evidence(config.evidence, config.evidence_s3)
            house = _House(config, shelf, store, evidence, clock, door, check, rule_forms or {})
            admin = first_admin(store, tables.city.root.id, Passwords(), utc(clock.now()))
            if not (config.http.https or config.http.tls or address.local):
                get_logger(part="central").warning(
                    "passwords travel in the clear: set http.tls, or http.https with a proxy in front",
                    host=address.host,
                )
            asyncio.run(_run(house, listener, lambda: ready(address, admin)))


@dataclass(frozen=True, slots=True)
class _House:
    config: CentralConfig
    shelf: Shelf
    store: Store
    evidence: EvidenceStore
    clock: Clock
    door: PictureDoor | None
    check: CheckConfig | None
    rule_forms: Mapping[str, dict[str, Any]]


def _set_up_interpreter() -> None:
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()  # a city's tables are a million objects that stay: not walked at every full collection


async def _run(house: _House, listener: socket.socket, ready: Callable[[], None]) -> None:
    log = get_logger(part="central")
    _set_up_interpreter()
    config, shelf, store, evidence, clock = (
        house.config,
        house.shelf,
        house.store,
        house.evidence,
        house.clock,
    )

    def tables() -> Tables:
        return shelf.tables

    def show(event: EventFacts, verbs: Sequence[str]) -> str:
        return shown_by(shelf.tables)(event, verbs)

    hub = Hub(store, clock, show)
    ingest = Ingest(config, tables, store, evidence, clock, hub.notify)
    secure = config.http.https or config.http.tls is not None
    entrance = Entrance.of(config.sign_in, https=secure)
    keep, ask = config.keep.stream_rows, ingest.snapshots
    book = ChannelBook.of(config.notify)
    fleet = open_fleet(config.trust, store, house.check)
    orders = OrderCourier(store, ingest.retain, lambda: ingest.connection)
    desk = Desk(
        store,
        evidence,
        tables,
        hub,
        ingest,
        clock,
        house.door,
        entrance,
        keep=keep,
        snapshots=ask,
        shelf=shelf,
        channels=book,
        fleet=fleet,
        bundles=None if config.trust is None else Bundles(config.trust.bundles),
        rule_forms=house.rule_forms,
        first=first_password(config),
    )
    courier = Courier(store, book, clock)
    watchman = Watchman(
        store,
        tables,
        clock,
        keep=keep,
        listening=lambda: ingest.listening_since,
        changed=hub.notify,
    )
    follower = Follower(shelf, clock)
    registrar = None if config.trust is None else open_registrar(config.trust, store)
    keeper = _keeper(config, registrar, clock)
    timekeeper = Timekeeper(store, tables, clock, keep=keep, changed=hub.notify)
    server = Server(make_app(desk, config.http.names, registrar), config.http.tls)
    stopping = asyncio.Event()
    _heed_signals(stopping, follower)
    await hub.start()
    following = asyncio.create_task(hub.run())
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    waiting = asyncio.create_task(stopping.wait())
    runners: list[Runner] = [timekeeper, watchman, courier, orders, follower, ingest]
    runners += [Janitor(store, evidence, config.keep, clock), *([keeper] if keeper else [])]
    for runner in runners:
        runner.start()
    notifier = Notifier.from_environment()
    beating = asyncio.create_task(asyncio.sleep(0))
    try:
        await asyncio.wait(
            {asyncio.create_task(server.up.wait()), serving}, return_when=asyncio.FIRST_COMPLETED
        )
        if server.started:
            ready()
            notifier.ready("answers requests")
            beating = asyncio.create_task(_beat(notifier, ingest))
        await asyncio.wait({waiting, serving, following}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        log.info("stopping")
        notifier.stopping()
        beating.cancel()
        for runner in runners:
            await asyncio.to_thread(runner.stop)
        hub.close()
        server.should_exit = True
        waiting.cancel()
        await asyncio.gather(serving, following)
        log.info("stopped")


class Runner(Protocol):
    """A part with a thread of its own."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End what is at hand, and leave."""
        ...


def _heed_signals(stopping: asyncio.Event, follower: Follower) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: loop.run_in_executor(None, follower.reload))


async def _beat(notifier: Notifier, ingest: Ingest) -> None:
    """Tell the service manager that requests are answered and that alerts are taken in or waited for."""
    while notifier.beat_s is not None:
        if ingest.alive:
            notifier.alive()
        await asyncio.sleep(notifier.beat_s)


def _keeper(config: CentralConfig, registrar: Registrar | None, clock: Clock) -> Keeper | None:
    trust = config.trust
    if registrar is None or trust is None or trust.broker_files is None:
        return None
    return Keeper(registrar, trust.broker_files, trust.reload, lambda: utc(clock.now()))
