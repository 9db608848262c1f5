"""What the API's operations share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Protocol, Self

from fastapi import Depends, Request
from sqlalchemy import Connection

from central.api.attempts import Attempts
from central.api.door import PictureDoor
from central.api.hub import Hub
from central.api.looks import Looks
from central.api.rates import Rates
from central.fleet.bundles import Bundles
from central.fleet.desired import Fleet
from central.notify.book import ChannelBook
from central.people.first import FirstPassword
from central.people.oidc import Provider
from central.people.passwords import Passwords
from central.people.settings import SignIn
from central.setup import Tables, TablesNow
from central.shelf import Shelf
from central.store.engine import Store
from central.store.evidence import EvidenceStore
from messages import Snapshot
from messages.topics import BoxTopics
from placewatch.clock import Clock, utc


class Status(Protocol):
    """How the ingest side of this process is."""

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        ...

    @property
    def stuck(self) -> bool:
        """Whether alerts wait for the database."""
        ...

    @property
    def waiting(self) -> int:
        """Messages in memory."""
        ...


class AsksForPictures(Protocol):
    """Asks boxes for pictures (`central.ingest.snapshots.Snapshots`)."""

    def ask(self, box: BoxTopics, camera: str, wait_s: float) -> Snapshot | str:
        """A redacted picture of a camera, now, or why there is none; blocks."""
        ...


@dataclass(frozen=True, slots=True)
class Entrance:
    """How people get in.

    Attributes:
        rules: How they sign in.
        passwords: Hashes and verifies.
        attempts: Sign-ins counted by address.
        rates: Requests counted by session or token.
        https: Browsers come by TLS, here or at a proxy in front.
        oidc: The OpenID provider, where one is configured.
    """

    rules: SignIn = field(default_factory=SignIn)
    passwords: Passwords = field(default_factory=Passwords)
    attempts: Attempts = field(default_factory=lambda: Attempts(SignIn().attempts_per_minute))
    https: bool = False
    oidc: Provider | None = None
    rates: Rates = field(default_factory=lambda: Rates(SignIn().requests_per_minute))

    @classmethod
    def of(cls, rules: SignIn, *, https: bool) -> Self:
        """As configured."""
        oidc = None if rules.oidc is None else Provider(rules.oidc)
        return cls(
            rules,
            attempts=Attempts(rules.attempts_per_minute),
            https=https,
            oidc=oidc,
            rates=Rates(rules.requests_per_minute),
        )


@dataclass(frozen=True, slots=True)
class Desk:
    """What the API's operations share.

    Attributes:
        store: The database.
        evidence: The pictures.
        tables_now: The city's tables in force.
        hub: The live stream.
        status: The ingest side.
        clock: What time it is.
        door: Covers pictures that people send; None where the process was composed without one.
        entrance: How people get in.
        snapshots: Asks boxes for pictures; None where there is no way to them.
        looks: What was looked at a short while ago, and need not be written down again.
        fleet: What boxes are told to run.
        bundles: What they may be told to fetch.
        rule_forms: What each kind of rule can be told, as JSON Schemas by kind.
        keep: Changes that the stream can catch up with.
        shelf: Where tables are loaded anew; None where they are fixed.
        channels: How notifications leave; None where none do.
        first: Where the first administrator's one-time password may wait.
    """

    store: Store
    evidence: EvidenceStore
    tables_now: TablesNow
    hub: Hub
    status: Status
    clock: Clock
    door: PictureDoor | None = None
    entrance: Entrance = field(default_factory=Entrance)
    looks: Looks = field(default_factory=Looks)
    keep: int = 100_000
    snapshots: AsksForPictures | None = None
    shelf: Shelf | None = None
    channels: ChannelBook | None = None
    fleet: Fleet | None = None
    bundles: Bundles | None = None
    rule_forms: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    first: FirstPassword | None = None

    @property
    def tables(self) -> Tables:
        """What the city's tables say now."""
        return self.tables_now()

    @property
    def now(self) -> datetime:
        """What time it is."""
        return utc(self.clock.now())

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One short writing transaction."""
        with self.store.write() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One short reading transaction."""
        with self.store.read() as connection:
            yield connection


def _desk(request: Request) -> Desk:
    desk = request.app.state.desk
    if not isinstance(desk, Desk):
        msg = "the application was made without a desk"
        raise TypeError(msg)
    return desk


AtDesk = Annotated[Desk, Depends(_desk)]
"""An operation's parameter that is the desk."""
