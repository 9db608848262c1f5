"""Brings orders to the broker, retained: each once, and all that stand again after every reconnection."""

from collections.abc import Callable
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from central.store import orders
from central.store.engine import Store, first_line
from central.store.models_fleet import OrderKind
from central.store.orders import OrderRow
from placewatch.logs import get_logger

LOOK_S = 2.0
"""An order is at the broker this long after it was given, at most, whichever process took it."""

_STOP_S = 10.0

Publish = Callable[[str, bytes], bool]
"""Publishes with QoS 1, retained; whether the broker is there."""


class OrderCourier:
    """Looks for new orders on a thread of its own, from `start` to `stop`.

    Args:
        store: Where they are.
        publish: Brings them to the broker.
        connection: Number of the connection to the broker, 0 for none: a broker that was started anew may
            have lost what it retained.
    """

    def __init__(self, store: Store, publish: Publish, connection: Callable[[], int]) -> None:
        self._store = store
        self._publish = publish
        self._connection = connection
        self._served = 0
        self._last = 0
        self._halt = Event()
        self._thread = Thread(target=self._run, name="courier", daemon=True)
        self._log = get_logger(part="fleet")

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._halt.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)

    def look(self) -> int:
        """Publish what is due; how many orders that were."""
        connection = self._connection()
        if not connection:
            return 0
        if connection != self._served:
            self._served, self._last = connection, 0
        with self._store.read() as reading:
            due = orders.standing(reading, self._last) if orders.last_id(reading) > self._last else []
        for row in due:
            if not self._publish(_topic(row), row.message.encode()):
                break
            self._last = row.id
        return len(due)

    def _run(self) -> None:
        told = ""
        while not self._halt.is_set():
            try:
                self.look()
                told = ""
            except SQLAlchemyError as error:
                text = first_line(error)
                if text != told:
                    self._log.error("orders_not_published", reason=text)
                told = text
            self._halt.wait(LOOK_S)


def _topic(row: OrderRow) -> str:
    return row.topics.config if row.kind is OrderKind.CONFIG else row.topics.update
