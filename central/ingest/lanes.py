"""Queues beside each other, each with a writer of its own: while one waits for the database, others work.

A box's messages stay in one lane, in their order; so no two writers of this process ever want the same inbox
keys, episodes, sessions or cameras.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from central.ingest.inbound import Inbound
from central.ingest.intake import Intake

_BOX_LEVELS = 4
"""``pw/v1/<site>/<box>``: what all topics of one box begin with."""


class Lanes:
    """Messages by lane; a full lane makes the broker's thread wait."""

    def __init__(self, count: int, *, messages: int, size: int) -> None:
        """Hold at most ``messages`` messages and ``size`` payload bytes in all ``count`` lanes together."""
        self.intakes = tuple(
            Intake(messages=max(1, messages // count), size=max(1, size // count)) for _ in range(count)
        )

    def __len__(self) -> int:
        """Messages that wait."""
        return sum(map(len, self.intakes))

    def put(self, messages: Sequence[Inbound]) -> None:
        """Add messages, each to the lane of its box."""
        count = len(self.intakes)
        if count == 1:
            self.intakes[0].put(messages)
            return
        sorted_out: list[list[Inbound]] = [[] for _ in range(count)]
        for message in messages:
            sorted_out[lane_of(message.topic, count)].append(message)
        for intake, own in zip(self.intakes, sorted_out, strict=True):
            if own:
                intake.put(own)


def lane_of(topic: str, count: int) -> int:
    """Which of ``count`` lanes a topic belongs to; the same for all topics of one box, in this process."""
    return hash("/".join(topic.split("/", _BOX_LEVELS)[:_BOX_LEVELS])) % count


class InOrder:
    """Acknowledges in the order of delivery, as MQTT asks for [MQTT-4.6.0-2], whichever lane ends first."""

    def __init__(self, send: Callable[[Sequence[int]], None]) -> None:
        """Hand packet ids that may be acknowledged now to ``send``; one call at a time."""
        self._send = send
        self._waiting: deque[int] = deque()
        self._done: set[int] = set()
        self._connection = 0
        self._lock = threading.Lock()

    def delivered(self, connection: int, ids: Iterable[int]) -> None:
        """These have come, in this order; what an earlier connection brought will be brought again."""
        with self._lock:
            if connection != self._connection:
                self._connection = connection
                self._waiting.clear()
                self._done.clear()
            self._waiting.extend(ids)

    def done(self, connection: int, ids: Iterable[int]) -> None:
        """These may be acknowledged: at once, if nothing that came before them is still being dealt with."""
        with self._lock:
            if connection != self._connection:
                return
            self._done.update(ids)
            ready = []
            while self._waiting and self._waiting[0] in self._done:
                first = self._waiting.popleft()
                self._done.discard(first)
                ready.append(first)
            if ready:
                self._send(ready)
