"""Repeats what boxes said, later and out of order: a network that delivers twice."""

import heapq
import random
import threading
import time
from collections.abc import Callable

from messages.topics import ALL_ALERTS
from placewatch.errors import BrokerError
from placewatch.loadtest.link import Link
from placewatch.loadtest.plan import Address

_LONGEST_S = 8.0


class Echo:
    """Publishes a share of all alerts a second time.

    Attributes:
        sent: How many.
    """

    def __init__(self, address: Callable[[], Address], share: float, seed: int) -> None:
        """Listen at ``address`` and repeat ``share`` of what comes."""
        self._address = address
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 - faults, not a secret
        self._waiting: list[tuple[float, int, bytes, bytes]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="echo", daemon=True)
        self._heard = 0
        self.sent = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what waits is not sent."""
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.wait(0.2):
            try:
                link = Link(self._address(), "load-echo", [ALL_ALERTS])
            except BrokerError:
                continue
            try:
                self._follow(link)
            except OSError:
                pass  # the broker was killed; the next one gets the rest
            finally:
                link.close()

    def _follow(self, link: Link) -> None:
        while not self._stop.wait(0.02):
            for packet in link.read():
                self._heard += 1
                if self._random.random() < self._share:
                    due = time.monotonic() + self._random.uniform(0.0, _LONGEST_S)
                    heapq.heappush(self._waiting, (due, self._heard, packet.topic, packet.body))
            while self._waiting and self._waiting[0][0] <= time.monotonic():
                _, _, topic, payload = heapq.heappop(self._waiting)
                link.publish(topic, payload)
                self.sent += 1
            link.flush()
