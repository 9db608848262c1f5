"""The publisher: drains the spool to the broker, in order, until central's receipts have emptied it."""

import queue
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from edge.config import Broker
from edge.ingest.backoff import Backoff
from edge.outbox.link import (
    Acknowledged,
    Commanded,
    Event,
    Events,
    Link,
    Lost,
    Ordered,
    Received,
    Woken,
    connect,
)
from edge.outbox.shelf import PartEntry
from edge.outbox.sparing import REPEAT_S, Sparing
from edge.outbox.spool import Entry, Spool
from edge.outbox.window import Pace, Window
from messages import BoxState, Health, MessageError, Receipt, Snapshot, decode, encode
from messages.topics import BoxTopics
from placewatch.clock import Clock, SystemClock
from placewatch.errors import BrokerError, PlacewatchError, StoreError
from placewatch.logs import get_logger

STEADY_S = 5.0
"""A connection that is lost sooner than this was none: the backoff goes on."""

TICK_S = 0.5
"""Longest sleep of the thread while connected."""

GATHER_S = 0.005
"""Pause in which more events may come: one transaction for many receipts, not one wait for the disk each."""

MARK_AT = 256
"""Acknowledged messages that are noted in the spool at once, at the latest."""


@dataclass(frozen=True, slots=True)
class PublisherTimes:
    """How a publisher paces itself.

    Attributes:
        pace: How much is sent at once, and when again.
        clips: The same for parts of clips: two on the way keep a slow link free for alerts.
        backoff: Waits between attempts to connect.
        random: Gives numbers in [0, 1) for the backoff's jitter.
    """

    pace: Pace = field(default_factory=Pace)
    clips: Pace = field(default_factory=lambda: Pace(in_flight=2, open=16))
    backoff: Backoff = field(default_factory=Backoff)
    random: Callable[[], float] = random.random


class Publisher:
    """Runs in a thread of its own from `start` to `stop`.

    Args:
        spool: Where the alerts wait; nothing leaves it without central's receipt.
        broker: Where to publish.
        topics: The box's topics.
        version: Software version, for the retained state.
        times: Pace and backoff.
        clock: Monotonic time.
    """

    def __init__(
        self,
        spool: Spool,
        broker: Broker,
        topics: BoxTopics,
        *,
        version: str,
        times: PublisherTimes | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._spool = spool
        self._command: Callable[[bytes], None] = _unheard
        self._order: Callable[[bytes], None] = _unheard
        self._broker = broker
        self._moved = False
        self._hurry = threading.Event()
        self._topics = topics
        self._state = BoxState(online=True, session=spool.session, version=version)
        self._times = times or PublisherTimes()
        self._clock = clock or SystemClock()
        self._events: Events = queue.SimpleQueue()
        self._link: Link | None = None
        self._stop_at: float | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._window = Window(self._times.pace)
        self._clips = Window(self._times.clips)
        self._acknowledged: list[int] = []
        self._said = Sparing()
        self._logger = get_logger(box=topics.box)
        self.problem = ""

    @property
    def connected(self) -> bool:
        """Whether the broker is connected right now; `problem` says why not."""
        return self._link is not None

    def start(self) -> None:
        """Begin to connect and to publish; returns at once."""
        self._spool.listen(lambda: self._events.put(Woken()))
        self._thread.start()

    def stop(self, drain_s: float = 10.0) -> bool:
        """Wait until every alert has its receipt or ``drain_s`` are over, say offline, and end.

        Returns:
            Whether the spool is empty. What is left stays in it for the next worker.
        """
        self._spool.listen(None)
        self._stop_at = self._clock.monotonic() + drain_s
        self._stopping.set()
        self._hurry.set()
        self._events.put(Woken())
        if self._thread.is_alive():
            self._thread.join()
        return self._spool.stats().waiting == 0

    def publish_health(self, health: Health) -> bool:
        """Send a health message, QoS 0: it is worth nothing later.

        Returns:
            Whether it was handed to a connected broker.
        """
        link = self._link
        return link is not None and link.publish(self._topics.health, encode(health), qos=0) is not None

    def on_command(self, handler: Callable[[bytes], None]) -> None:
        """Have each command of central given to ``handler`` as it came, on this thread; it must not block."""
        self._command = handler

    def on_order(self, handler: Callable[[bytes], None]) -> None:
        """Have each order of central given to ``handler`` as it came, on this thread; it must not block.

        Orders are retained: they come again with each connection.
        """
        self._order = handler

    def move(self, broker: Broker) -> None:
        """Go to another broker; returns at once. What has no receipt goes there again."""
        self._broker, self._moved = broker, True
        self._hurry.set()
        self._events.put(Woken())

    @property
    def _where(self) -> str:
        return f"{self._broker.host}:{self._broker.port}"

    def publish_snapshot(self, snapshot: Snapshot) -> bool:
        """Send a picture that central asked for, QoS 0.

        Returns:
            Whether it was handed to a connected broker.
        """
        link = self._link
        topic = self._topics.snapshot(snapshot.camera)
        return link is not None and link.publish(topic, encode(snapshot), qos=0) is not None

    def _run(self) -> None:
        failures = 0
        while not self._finished():
            failures = 1 if self._attempt() else failures + 1
            if not self._moved:
                self._rest(self._times.backoff.delay(failures, self._times.random()))
            if self._moved:
                self._moved, failures = False, 0
                self._hurry.clear()

    def _attempt(self) -> bool:
        """Connect and serve until that ends.

        Returns:
            Whether the connection held for a while.
        """
        begun = float("inf")
        try:
            link = connect(self._broker, self._topics, self._state, self._events)
            begun = self._clock.monotonic()
            self._serve(link)
        except BrokerError as error:
            self._complain("broker_unavailable", error)
        except StoreError as error:
            self._complain("spool_unreadable", error)
        except Exception:
            # Whatever it was, the alerts are in the spool and must get out: begin again.
            self._logger.exception("publisher_failed")
        return self._clock.monotonic() - begun >= STEADY_S

    def _finished(self) -> bool:
        """Whether it was told to stop, and has nothing left to do or no time to do it."""
        if self._stop_at is None:
            return False
        return self._clock.monotonic() >= self._stop_at or self._nothing_waits()

    def _nothing_waits(self) -> bool:
        try:
            return self._spool.stats().waiting == 0
        except StoreError:
            return False

    def _rest(self, seconds: float) -> None:
        """Sleep before the next attempt; being told to stop ends the sleep for one more attempt at once."""
        if self._stop_at is None:
            self._hurry.wait(seconds)
        elif not self._finished():
            threading.Event().wait(min(seconds, max(0.0, self._stop_at - self._clock.monotonic())))

    def _complain(self, event: str, error: PlacewatchError) -> None:
        self.problem = str(error)
        if self._said.is_news(self.problem, self._clock.monotonic()):
            self._logger.warning(event, reason=self.problem)

    def _serve(self, link: Link) -> None:
        """Work with an open connection until it is lost or the publisher stops."""
        self._window, self._clips = Window(self._times.pace), Window(self._times.clips)
        self._link, self.problem = link, ""
        self._said = Sparing()
        self._logger.info("broker_connected", broker=self._where)
        if not link.commands:
            self._logger.warning(
                "commands_forbidden",
                reason=f"the broker forbids this box to read {self._topics.command}",
                remedy="allow it in the broker's rules, or the centre cannot ask for pictures",
            )
        try:
            self._work(link)
            link.goodbye()
        finally:
            self._link = None
            link.close()
            self._mark()

    def _work(self, link: Link) -> None:
        while not self._finished() and not self._moved:
            self._send(link)
            self._handle(self._next_events())
            now = self._clock.monotonic()
            if self._window.stuck(now) or self._clips.stuck(now):
                raise BrokerError(
                    "the broker acknowledges nothing",
                    where=self._where,
                    remedy="look at the broker's log; the connection is made anew",
                )
            if self._window.silence_s(now) > REPEAT_S:
                self._warn_of_silence()

    def _next_events(self) -> list[Event]:
        """The events that are there; if none is, those from the next one on, if it comes within `TICK_S`."""
        events: list[Event] = []
        if self._events.empty():
            self._mark()
        with suppress(queue.Empty):
            events.append(self._events.get(timeout=TICK_S))
            self._stopping.wait(GATHER_S)
            while len(events) < MARK_AT:
                events.append(self._events.get_nowait())
        return events

    def _handle(self, events: list[Event]) -> None:
        receipts: list[Receipt] = []
        lost: str | None = None
        for event in events:
            match event:
                case Acknowledged(mid):
                    self._arrived(mid)
                case Received(payload):
                    receipts += self._read(payload)
                case Commanded(payload):
                    self._command(payload)
                case Ordered(payload):
                    self._order(payload)
                case Lost(reason):
                    lost = reason
                case _:
                    pass
        if receipts:
            self._settle(receipts)
        if len(self._acknowledged) >= MARK_AT:
            self._mark()
        if lost is not None:
            raise BrokerError(
                f"the connection was lost: {lost}",
                where=self._where,
                remedy="it is tried again; if it comes and goes, look for a second box of this name",
            )

    def _arrived(self, mid: int) -> None:
        """The broker has packet ``mid``."""
        seq = self._window.acknowledged(mid)
        if seq is None:
            self._clips.acknowledged(mid)
        else:
            self._acknowledged.append(seq)

    def _read(self, payload: bytes) -> list[Receipt]:
        try:
            return [decode(payload, Receipt)]
        except MessageError as error:
            self._logger.warning("bad_receipt", reason=str(error))
            return []

    def _settle(self, receipts: list[Receipt]) -> None:
        """Apply all receipts of a moment in one transaction: one wait for the disk, not many."""
        together = Receipt(
            ids=[id_ for receipt in receipts for id_ in receipt.ids],
            rejected=[rejection for receipt in receipts for rejection in receipt.rejected],
        )
        try:
            settled = self._spool.settle(together)
            parts = self._spool.shelf.settle(together.ids, [each.id for each in together.rejected])
        except StoreError as error:
            self._logger.warning(
                "receipt_not_noted", reason=str(error)
            )  # central repeats it when asked again
            return
        self._window.settled(settled, self._clock.monotonic())
        if parts:
            self._clips.settled(parts, self._clock.monotonic())
        for rejection in together.rejected:
            self._logger.error("alert_rejected", id=rejection.id, reason=rejection.reason)

    def _mark(self) -> None:
        if self._acknowledged:
            seqs, self._acknowledged = self._acknowledged, []
            try:
                self._spool.mark_published(seqs)
            except StoreError as error:
                self._logger.warning("publication_not_noted", reason=str(error))

    def _send(self, link: Link) -> None:
        for seq in self._window.overdue(self._clock.monotonic()):
            entry = self._spool.entry(seq)
            if entry is None:
                self._window.gone(seq)
            else:
                self._publish(link, entry)
        room = self._window.room()
        if room:
            entries = self._spool.pending(room, after=self._window.cursor)
            for entry in entries:
                self._publish(link, entry)
            if len(entries) < room:
                self._send_clips(link)

    def _send_clips(self, link: Link) -> None:
        """Parts of clips, while no alert waits to be sent."""
        shelf, window, now = self._spool.shelf, self._clips, self._clock.monotonic()
        late = [(number, shelf.part(number)) for number in window.overdue(now)]
        for number, part in late:
            if part is None:
                window.gone(number)
        parts = [part for _, part in late if part is not None]
        fresh = shelf.pending(max(0, window.room() - len(parts)), after=window.cursor)
        for part in [*parts, *fresh]:
            self._publish_part(link, part)

    def _publish_part(self, link: Link, part: PartEntry) -> None:
        mid = link.publish(self._topics.clip(part.clip), part.payload)
        if mid is not None:
            self._clips.sent(part.number, mid, self._clock.monotonic())

    def _publish(self, link: Link, entry: Entry) -> None:
        mid = link.publish(self._topics.alert(entry.place, entry.kind), entry.payload)
        if mid is not None:  # else the event `Lost` is on its way
            self._window.sent(entry.seq, mid, self._clock.monotonic())

    def _warn_of_silence(self) -> None:
        reason = "no receipts come: alerts wait on this box"
        if self._said.is_news(reason, self._clock.monotonic()):
            self._logger.warning(
                "central_silent",
                reason=reason,
                waiting=self._window.waiting,
                remedy="check that central runs and reads from this broker",
            )


def _unheard(_payload: bytes) -> None:
    """Nobody asked to be told."""
