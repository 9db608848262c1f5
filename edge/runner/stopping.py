"""The end of a box's work, the same for one process and for many."""

from threading import Event

from edge.outbox.store import AlertStore
from edge.runner.herald import Herald
from edge.runner.parts import Publishes
from placewatch.clock import Clock
from placewatch.errors import StoreError
from placewatch.logs import get_logger

DRAIN_S = 10.0
"""How long a clean stop waits for central's receipts."""


def drained(spool: AlertStore, publisher: Publishes, herald: Herald, clock: Clock, until: float) -> bool:
    """Wait for receipts, say that the box stops, go offline, close the spool.

    Args:
        spool: What may hold alerts.
        publisher: What takes them out.
        herald: Tells the last health.
        clock: Time.
        until: Longest wait, by the clock's steady time.

    Returns:
        Whether central has every alert; what it has not stays in the spool.
    """
    try:
        while spool.stats().waiting and publisher.connected and clock.monotonic() < until:
            Event().wait(0.05)
        herald.tell(stopping=True)
        return publisher.stop(drain_s=max(0.1, until - clock.monotonic()))
    except StoreError as error:
        get_logger().warning("spool_unreadable", reason=str(error))
        return False
    finally:
        spool.close()
