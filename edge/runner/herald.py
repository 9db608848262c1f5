"""Tells how a box is: regularly to the centre, and on the box's own loopback where that is asked for."""

from collections.abc import Callable
from threading import Event
from typing import Protocol

from edge.config import BoxConfig
from edge.runner.exporter import Exporter
from messages import Health
from placewatch.errors import StoreError
from placewatch.logs import get_logger

FIRST_HEALTH_S = 2.0
"""The first health message comes this soon, so that a new box is seen at once."""


class Measures(Protocol):
    """Takes the box's health; begins a new period for its rates."""

    def __call__(self, *, stopping: bool = False) -> Health:
        """The health now; ``stopping`` in the last message of a clean stop."""
        ...


class Herald:
    """Measures a box's health and tells it.

    Args:
        config: The box: how often, and the port on its loopback.
        measure: Takes its health.
        publish: Delivers it to the centre, or not: it is worth nothing later.

    Attributes:
        every_s: Seconds between messages.
        heard: Called with each, too; must not block.

    Raises:
        PlacewatchError: The port on the loopback is in use.
    """

    def __init__(self, config: BoxConfig, measure: Measures, publish: Callable[[Health], bool]) -> None:
        self._box = config.box
        self.every_s = config.health_s
        self._measure = measure
        self._publish = publish
        self._latest: Health | None = None
        self.heard: Callable[[Health], None] = lambda _health: None
        port = config.status_port
        self._exporter = None if port is None else Exporter(port, lambda: self._latest)

    def start(self) -> None:
        """Answer on the loopback; returns at once."""
        if self._exporter is not None:
            self._exporter.start()

    def stop(self) -> None:
        """Answer no more."""
        if self._exporter is not None:
            self._exporter.stop()

    def work(self, stop: Event) -> None:
        """Tell as often as configured, until ``stop`` is set."""
        wait = min(FIRST_HEALTH_S, self.every_s)
        while not stop.wait(wait):
            self.tell()
            wait = self.every_s

    def tell(self, *, stopping: bool = False) -> None:
        """Tell now; health that cannot be told for once is no reason to stop watching."""
        try:
            health = self._latest = self._measure(stopping=stopping)
            self.heard(health)
            self._publish(health)
        except (StoreError, OSError) as error:
            get_logger(box=self._box).warning("health_not_sent", reason=str(error))
