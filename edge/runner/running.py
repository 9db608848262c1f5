"""What a box at work is to whoever runs it, the same for one process and for many."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from threading import Event

from edge.config import BoxConfig
from edge.outbox.store import AlertStore
from edge.runner.changes import Changes
from edge.runner.herald import Herald
from edge.runner.parts import Parts, Publishes, TakesOrders
from edge.runner.steward import Steward
from messages import ConfigHealth, Health, UpdateHealth
from placewatch.clock import Clock
from placewatch.errors import StoreError
from placewatch.logs import get_logger

DRAIN_S = 10.0
"""How long a clean stop waits for central's receipts."""


class Running(ABC):
    """A box from `start` to `stop`.

    Args:
        config: The box.
        publisher: What takes alerts out of its spool and tells its health.
        clock: Time.

    Attributes:
        hanging: After `stop`: names of threads that did not end in time (see `edge.runner.ending`).
    """

    def __init__(self, config: BoxConfig, publisher: Publishes, clock: Clock) -> None:
        self.hanging: list[str] = []
        self._config = config
        self._publisher = publisher
        self._clock = clock
        self._steward: Steward | None = None
        self._herald = Herald(config, self.health, publisher.publish_health)

    def run(
        self, stop: Event, *, drain_s: float = DRAIN_S, started: Callable[[], None] = lambda: None
    ) -> bool:
        """Work until ``stop`` is set, sending health as configured; then stop cleanly.

        Args:
            stop: Set by whoever wants the end.
            drain_s: Longest wait for central's receipts.
            started: Called once, when every thread runs.

        Returns:
            Whether central has every alert.
        """
        self.start()
        started()
        try:
            self._herald.work(stop)
        finally:
            empty = self.stop(drain_s=drain_s)
        return empty

    def governed_by(self, steward: Steward) -> None:
        """Follow the centre's orders; before `start`."""
        self._steward = steward
        self._herald.heard = steward.heard
        if isinstance(self._publisher, TakesOrders):
            self._publisher.on_order(steward.order)

    @property
    def connected(self) -> bool:
        """Whether a broker is connected."""
        return self._publisher.connected

    def tell(self) -> None:
        """Tell the box's health now."""
        self._herald.tell()

    @abstractmethod
    def start(self) -> None:
        """Begin: returns at once."""

    @abstractmethod
    def stop(self, *, drain_s: float = DRAIN_S) -> bool:
        """End; whether central has every alert."""

    @abstractmethod
    def healthy(self) -> bool:
        """Whether alerts can come out at all."""

    @abstractmethod
    def health(self, *, stopping: bool = False) -> Health:
        """The box's health now; begins a new period for its rates."""

    @abstractmethod
    def reconfigure(self, config: BoxConfig, parts: Parts | None = None) -> Changes:
        """Go on with another configuration."""

    def _config_health(self) -> ConfigHealth | None:
        return None if self._steward is None else self._steward.config_health()

    def _update_health(self) -> UpdateHealth | None:
        return None if self._steward is None else self._steward.update_health()

    def _drained(self, spool: AlertStore, until: float) -> bool:
        """Wait for receipts until a moment of the steady clock, say that the box stops, close the spool.

        Returns:
            Whether central has every alert; what it has not stays in the spool.
        """
        try:
            while spool.stats().waiting and self.connected and self._clock.monotonic() < until:
                Event().wait(0.05)
            self._herald.tell(stopping=True)
            return self._publisher.stop(drain_s=max(0.1, until - self._clock.monotonic()))
        except StoreError as error:
            get_logger(box=self._config.box).warning("spool_unreadable", reason=str(error))
            return False
        finally:
            spool.close()
