"""What a worker is made of, and where its alerts go: whoever makes one brings these."""

import random as _random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from edge.config import BoxConfig, Broker
from edge.detect.registry import Detector
from edge.evidence import Redacts
from edge.outbox.publisher import Publisher
from edge.outbox.spool import Spool
from edge.outbox.store import AlertStore
from edge.pipeline import Look
from edge.redact.clip import Finds
from messages import Health
from messages.topics import BoxTopics
from placewatch import __version__
from placewatch.clock import Clock, SystemClock


class Publishes(Protocol):
    """What takes alerts out of the spool (see `edge.outbox.publisher.Publisher`)."""

    @property
    def connected(self) -> bool:
        """Whether it can deliver right now."""
        ...

    def start(self) -> None:
        """Begin; returns at once."""
        ...

    def stop(self, drain_s: float = ...) -> bool:
        """End, after waiting for receipts; whether the spool is empty."""
        ...

    def publish_health(self, health: Health) -> bool:
        """Deliver a health message, or not: it is worth nothing later."""
        ...


@runtime_checkable
class TakesOrders(Protocol):
    """A publisher that hears central's orders."""

    def on_order(self, handler: Callable[[bytes], None]) -> None:
        """Have each order given to ``handler``, which must not block."""
        ...


@runtime_checkable
class Moves(Protocol):
    """A publisher that can go to another broker."""

    def move(self, broker: Broker) -> None:
        """Go there; returns at once."""
        ...


def over_mqtt(spool: Spool, config: BoxConfig) -> Publishes:
    """Publish to the configured broker."""
    topics = BoxTopics(config.site, config.box)
    return Publisher(spool, config.broker, topics, version=__version__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker is made of; tests and measurements bring their own.

    Attributes:
        detector: What sees.
        redactor: What covers.
        finder: What finds what must be covered in clips; None makes none.
        clock: Time.
        random: Numbers in [0, 1) for the backoff's jitter.
        publisher: Makes what takes alerts out of the spool.
        looked: Told camera and look of every look, on the thread that looks; must not block. The look's frame
            has its capture time, so this is where the delay from capture to detection can be read.
    """

    detector: Detector
    redactor: Redacts
    finder: Finds | None = None
    clock: Clock = field(default_factory=SystemClock)
    random: Callable[[], float] = _random.random
    publisher: Callable[[Spool, BoxConfig], Publishes] = over_mqtt
    looked: Callable[[str, Look], None] | None = None


@dataclass(frozen=True, slots=True)
class Outbox:
    """Where a worker's alerts go.

    Attributes:
        spool: Where they wait.
        publisher: What takes them out and tells health.
    """

    spool: AlertStore
    publisher: Publishes


def open_spool(config: BoxConfig, folder: Path, clock: Clock) -> Spool:
    """The box's spool.

    Raises:
        StoreError: It cannot be opened.
    """
    limits = config.spool
    return Spool.open(
        folder / limits.path,
        clock=clock,
        max_bytes=limits.max_bytes,
        max_age_s=limits.max_age_s,
        clip_bytes=config.clips.max_bytes,
    )
