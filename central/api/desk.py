"""What the API's operations share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request
from sqlalchemy import Connection

from central.api.door import PictureDoor
from central.api.hub import Hub
from central.setup import Tables
from central.store.engine import Store
from central.store.evidence import EvidenceStore
from placewatch.clock import Clock


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


@dataclass(frozen=True, slots=True)
class Desk:
    """What the API's operations share.

    Attributes:
        store: The database.
        evidence: The pictures.
        tables: The city's tables.
        hub: The live stream.
        status: The ingest side.
        clock: What time it is.
        door: Covers pictures that people send; None where the process was composed without one.
    """

    store: Store
    evidence: EvidenceStore
    tables: Tables
    hub: Hub
    status: Status
    clock: Clock
    door: PictureDoor | None = None

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
