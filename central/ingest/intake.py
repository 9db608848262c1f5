"""The bounded queue between the broker's thread and the writer's."""

import threading
import time
from collections import deque
from collections.abc import Iterable

from central.ingest.inbound import Inbound


class Intake:
    """Messages in order of arrival; a full queue makes the broker's thread wait."""

    def __init__(self, *, messages: int, size: int) -> None:
        """Hold at most ``messages`` messages and ``size`` payload bytes."""
        self._most = messages
        self._most_bytes = size
        self._queue: deque[Inbound] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()
        self.dropped = 0

    def __len__(self) -> int:
        """Messages that wait."""
        return len(self._queue)

    def put(self, messages: Iterable[Inbound]) -> None:
        """Add messages; without room, QoS 0 is dropped and counted, QoS 1 waits."""
        with self._changed:
            for message in messages:
                if self._full() and message.qos == 0:
                    self.dropped += 1
                    continue
                while self._full() and not self._closed:
                    self._changed.notify_all()
                    self._changed.wait()
                if self._closed:
                    return  # not acknowledged: the broker keeps it
                self._queue.append(message)
                self._bytes += len(message.payload)
            self._changed.notify_all()

    def take(self, *, most: int, fill_s: float, linger_s: float) -> list[Inbound]:
        """A batch: the first message and what follows it soon.

        Args:
            most: Largest batch.
            fill_s: Longest wait for it to fill, from its first message.
            linger_s: It goes as soon as nothing has joined it for this long.

        Returns:
            One message or more; none only once the queue is closed.
        """
        batch: list[Inbound] = []
        with self._changed:
            while not self._queue and not self._closed:
                self._changed.wait()
            deadline = time.monotonic() + fill_s
            while True:
                self._move(batch, most)
                wait = min(deadline - time.monotonic(), linger_s)
                if len(batch) >= most or wait <= 0 or self._closed:
                    break
                if not self._changed.wait_for(lambda: self._queue or self._closed, wait):
                    break
        return batch

    def _move(self, batch: list[Inbound], most: int) -> None:
        while self._queue and len(batch) < most:
            message = self._queue.popleft()
            self._bytes -= len(message.payload)
            batch.append(message)
        self._changed.notify_all()

    def close(self) -> None:
        """Take no more; waiting threads go on."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._bytes = 0
            self._changed.notify_all()

    def _full(self) -> bool:
        return len(self._queue) >= self._most or (bool(self._queue) and self._bytes >= self._most_bytes)
