"""The runner that empties the outbox: due notifications by channel, with backoff, dead letters at the end."""

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from central.notify.book import ChannelBook
from central.notify.channels import Channel
from central.notify.delivery import DeliveryError
from central.notify.outbox import OutboxState
from central.store import channels, outbox
from central.store.engine import Store, first_line
from central.store.outbox import Waiting
from central.store.text import printable
from placewatch.clock import Clock, utc
from placewatch.errors import PlacewatchError
from placewatch.logs import get_logger

_AT_A_TIME = 40
_FIRST_S, _LONGEST_S = 5.0, 900.0
_FORGET_EVERY_S = 3600.0


def backoff(attempts: int, jitter: float) -> timedelta:
    """Pause before the next attempt: 5 s, doubled each time, at most 15 minutes, a fifth more or less.

    Args:
        attempts: How many have failed, 1 or more.
        jitter: From 0 to 1: chance, so that many do not come back at the same moment.
    """
    pause = min(_FIRST_S * 2 ** min(attempts - 1, 16), _LONGEST_S)
    return timedelta(seconds=pause * (0.8 + 0.4 * jitter))


class Courier:
    """Sends what the outbox holds. Any number of processes may run one on the same store.

    A notification is taken for a while (`outbox.take`), sent outside any transaction, then settled: if this
    process dies in between, another sends it again under the same idempotency key.
    """

    def __init__(
        self,
        store: Store,
        book: ChannelBook,
        clock: Clock,
        *,
        every_s: float = 1.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Send from ``store`` by ``book``; look every ``every_s`` seconds, or when `notify` is called."""
        self._store = store
        self._book = book
        self._clock = clock
        self._every_s = every_s
        self._chance = chance
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._log = get_logger(part="courier")
        self._told = ""
        self._forgot = 0.0
        each = book.config.timeout_s * 3 + 5
        self._lease = timedelta(seconds=each * _AT_A_TIME)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def notify(self) -> None:
        """Something was committed."""
        self._wake.set()

    def stop(self, timeout_s: float = 10.0) -> None:
        """End after the attempts at hand."""
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout_s)

    def look(self) -> int:
        """Try everything that is due now, once; how many were tried.

        Raises:
            SQLAlchemyError: The database is away; nothing is lost.
            PlacewatchError: The channels' secrets cannot be read.
        """
        total = 0
        while not self._stop.is_set():
            taken, known = self._take()
            if not taken:
                return total
            by_channel: dict[str, list[Waiting]] = {}
            for waiting in taken:
                by_channel.setdefault(waiting.channel, []).append(waiting)
            with ThreadPoolExecutor(min(8, len(by_channel)), thread_name_prefix="courier") as pool:
                jobs = [
                    pool.submit(self._deliver, known.get(name), rows) for name, rows in by_channel.items()
                ]
                for job in jobs:
                    job.result()
            total += len(taken)
        return total

    def _take(self) -> tuple[list[Waiting], dict[str, Channel]]:
        now = self._now()
        with self._store.read() as connection:
            if not outbox.due(connection, now):  # most looks end here, without a writer's lock
                return [], {}
            known = {channel.name: channel for channel in channels.every(connection, self._book.vault)}
        silent = [channel.name for channel in known.values() if not channel.enabled]
        with self._store.write() as connection:
            return outbox.take(connection, now, self._lease, _AT_A_TIME, silent), known

    def _deliver(self, channel: Channel | None, rows: Sequence[Waiting]) -> None:
        """One channel's rows in order; once it does not answer, the rest waits as well, untried."""
        reason = ""
        for waiting in rows:
            if channel is None:
                why = f"there is no channel {waiting.channel}"
                self._settle(waiting, OutboxState.DEAD, why)
            elif reason or self._stop.is_set():
                self._postpone(waiting, reason or "this centre was stopping", tried=False)
            else:
                reason = self._try(channel, waiting)

    def _try(self, channel: Channel, waiting: Waiting) -> str:
        """One attempt; why the channel does not answer, empty when it does."""
        try:
            self._book.send(channel, waiting.payload.encode(), self._now())
        except DeliveryError as error:
            reason = printable(error.reason)
            if error.final:
                self._settle(waiting, OutboxState.DEAD, reason)
                return ""
            if waiting.attempts + 1 >= self._book.config.attempts:
                self._settle(waiting, OutboxState.DEAD, f"tried {waiting.attempts + 1} times; {reason}")
            else:
                self._postpone(waiting, reason, tried=True)
            return reason
        except Exception as error:  # noqa: BLE001 - one notification must not stop the others
            self._log.error("notification failed", channel=channel.name, exc_info=error)
            self._settle(waiting, OutboxState.DEAD, f"{type(error).__name__} here; the log says more")
            return ""
        self._settle(waiting, OutboxState.SENT, None)
        return ""

    def _settle(self, waiting: Waiting, state: OutboxState, reason: str | None) -> None:
        with self._store.write() as connection:
            outbox.settle(connection, waiting.id, state, self._now(), reason)
        if state is OutboxState.DEAD:
            self._log.warning("notification given up", channel=waiting.channel, reason=reason)

    def _postpone(self, waiting: Waiting, reason: str, *, tried: bool) -> None:
        pause = backoff(max(1, waiting.attempts + int(tried)), self._chance())
        with self._store.write() as connection:
            outbox.postpone(connection, waiting.id, self._now() + pause, reason, tried=tried)

    def _now(self) -> datetime:
        return utc(self._clock.now())

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self.look()
                self._forget()
                self._told = ""
            except (SQLAlchemyError, PlacewatchError) as error:
                reason = first_line(error)
                if reason != self._told:
                    self._log.error("notifications wait", reason=reason)
                self._told = reason
            self._wake.wait(self._every_s)

    def _forget(self) -> None:
        moment = self._clock.monotonic()
        if moment - self._forgot < _FORGET_EVERY_S and self._forgot:
            return
        self._forgot = moment
        with self._store.write() as connection:
            outbox.forget(connection, self._now() - timedelta(days=self._book.config.keep_days))
