"""The load generator as a process: ``python -m placewatch.loadtest.sender PLAN.json``.

Writes a `SenderReport` as a JSON line each second, the last with ``done``.
"""

import random
import selectors
import sys
import time
from array import array
from pathlib import Path

import msgspec

from messages import (
    BoxState,
    CameraHealth,
    CameraState,
    Health,
    Receipt,
    SpoolHealth,
    encode,
)
from messages.topics import ROOT
from placewatch.clock import utc
from placewatch.errors import BrokerError
from placewatch.loadtest.city import CAMERAS_PER_BOX, place_id
from placewatch.loadtest.link import Link
from placewatch.loadtest.picture import picture
from placewatch.loadtest.plan import LoadPlan, Quantiles, SenderReport, load_plan, quantiles
from placewatch.loadtest.traffic import SITES, Traffic, box_of, rate_at
from placewatch.loadtest.wire import Packet

_TICK_S = 0.01
_PING_S = 20.0
_MOST_A_TICK = 4  # times the mean: a generator that was held up catches up, but not in one blow


class Sender:
    """Publishes on schedule and waits for every receipt."""

    def __init__(self, plan: LoadPlan) -> None:
        """Connect.

        Raises:
            BrokerError: The broker cannot be reached.
        """
        self._plan = plan
        shown = picture() if plan.pictures else None
        self._traffic = Traffic(
            plan.cameras, plan.seed, session=plan.session, picture=shown, pictures=plan.pictures
        )
        self._random = random.Random(plan.seed + 1)  # noqa: S311 - traffic, not a secret
        self._links = _connect(plan, self._traffic.boxes)
        self._selector = selectors.DefaultSelector()
        self._events: dict[int, int] = {}
        for link in self._links:
            self._selector.register(link, selectors.EVENT_READ, link)
            self._events[link.fileno()] = selectors.EVENT_READ
        self._sent: dict[str, float] = {}
        self._latencies = array("d")
        self._told = 0
        self._report = SenderReport()
        self._receipts = msgspec.json.Decoder(Receipt)
        self._healths_due = 0.0
        self._published = self._duplicates = self._healths = self._receipted = self._rejected = 0
        self._behind = 0.0
        self._backlog: int | None = None
        self._tell_at = 0.0

    def run(self) -> SenderReport:
        """Do it all."""
        error = ""
        start = time.perf_counter()
        try:
            self._states()
            self._send(start)
            self._backlog = len(self._sent)
            self._drain()
        except OSError as problem:
            error = f"connection lost: {problem}"
        elapsed = time.perf_counter() - start
        for link in self._links:
            link.close()
        return self._made(elapsed, quantiles(self._latencies.tolist()), done=True, error=error)

    def _states(self) -> None:
        state = encode(BoxState(online=True, session=self._plan.session, version="load"))
        for box in range(self._traffic.boxes):
            self._link(box).publish(box_of(box).state.encode(), state, retain=False)

    def _link(self, box: int) -> Link:
        return self._links[box % SITES % len(self._links)]

    def _send(self, start: float) -> None:
        plan, due, last = self._plan, 0.0, start
        ping_at = start + _PING_S
        most = max(16, int(plan.rate * plan.burst * _TICK_S * _MOST_A_TICK))
        while True:
            now = time.perf_counter()
            elapsed = now - start
            if elapsed >= plan.seconds:
                return
            due += rate_at(elapsed, plan.rate, burst=plan.burst) * (now - last)
            last = now
            count = min(int(due), most)
            due -= count
            self._behind = max(self._behind, due / plan.rate)
            self._speak(count)
            self._health(elapsed)
            if now >= ping_at:
                ping_at = now + _PING_S
                for link in self._links:
                    link.ping()
            self._exchange(max(0.0, _TICK_S - (time.perf_counter() - now)))
            if now >= self._tell_at:
                self._tell(elapsed)

    def _speak(self, count: int) -> None:
        share = self._plan.duplicates
        moment = time.time()
        now = utc(moment)
        for _ in range(count):
            spoken = self._traffic.draw(now)
            alert = spoken.alert
            topic = box_of(spoken.box).alert(alert.data.place, alert.data.kind).encode()
            payload = encode(alert)
            link = self._link(spoken.box)
            link.publish(topic, payload)
            self._sent[alert.id] = time.perf_counter()
            self._published += 1
            if share and self._random.random() < share:
                link.publish(topic, payload)
                self._duplicates += 1

    def _health(self, elapsed: float) -> None:
        """Boxes speak of their health in turn, so that all have spoken within a period."""
        plan = self._plan
        if not plan.health_s:
            return
        until = min(elapsed / plan.health_s, elapsed) * self._traffic.boxes
        while self._healths < int(until):
            box = self._healths % self._traffic.boxes
            topics = box_of(box)
            self._link(box).publish(topics.health.encode(), encode(health(box, plan.session, elapsed)), qos=0)
            self._healths += 1

    def _exchange(self, wait_s: float) -> None:
        """Send what waits, take what came, for ``wait_s`` at most."""
        until = time.perf_counter() + wait_s
        for link in self._links:
            if link.wants_to_write:
                link.flush()
                self._watch(link)
        while True:
            left = until - time.perf_counter()
            for key, events in self._selector.select(max(0.0, left)):
                self._serve(key.data, events)
            if time.perf_counter() >= until:
                return

    def _serve(self, link: Link, events: int) -> None:
        if events & selectors.EVENT_READ:
            for packet in link.read():
                self._receipt(packet)
        link.flush()
        self._watch(link)

    def _watch(self, link: Link) -> None:
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if link.wants_to_write else 0)
        if self._events[link.fileno()] != wanted:
            self._selector.modify(link, wanted, link)
            self._events[link.fileno()] = wanted

    def _receipt(self, packet: Packet) -> None:
        now = time.perf_counter()
        receipt = self._receipts.decode(packet.body)
        for message_id in receipt.ids:
            sent = self._sent.pop(message_id, None)
            if sent is not None:
                self._receipted += 1
                self._latencies.append(now - sent)
        for rejection in receipt.rejected:
            if self._sent.pop(rejection.id, None) is not None:
                self._rejected += 1

    def _drain(self) -> None:
        """Wait for the last receipt for as long as any come."""
        start = heard = time.perf_counter()
        left = len(self._sent)
        while self._sent and (now := time.perf_counter()) - heard < self._plan.drain_s:
            self._exchange(_TICK_S * 5)
            if len(self._sent) < left:
                left, heard = len(self._sent), now
            if now >= self._tell_at:
                self._tell(now - start + self._plan.seconds)

    def _tell(self, elapsed: float) -> None:
        recent = self._latencies[self._told :].tolist()
        self._told = len(self._latencies)
        self._tell_at = time.perf_counter() + 1.0
        _write(self._made(elapsed, quantiles(recent), done=False))

    def _made(self, elapsed: float, latency: Quantiles, *, done: bool, error: str = "") -> SenderReport:
        unacknowledged = sum(link.unacknowledged for link in self._links)
        return SenderReport(
            elapsed_s=round(elapsed, 3),
            published=self._published,
            duplicates=self._duplicates,
            healths=self._healths,
            pubacks=self._published + self._duplicates + self._traffic.boxes - unacknowledged,
            receipted=self._receipted,
            backlog=len(self._sent) if self._backlog is None else self._backlog,
            rejected=self._rejected,
            latency_s=latency,
            behind_s=round(self._behind, 3),
            done=done,
            error=error,
        )


def _connect(plan: LoadPlan, boxes: int) -> list[Link]:
    """As many connections as asked for, each with the receipts of its own boxes' sites."""
    count = max(1, min(plan.connections, boxes, SITES))
    sites = [f"site-{number:02d}" for number in range(min(SITES, boxes))]
    links: list[Link] = []
    try:
        for number in range(count):
            client = f"load-{plan.session}-{number}"
            topics = [f"{ROOT}/{site}/+/receipt" for site in sites[number::count]]
            links.append(Link(plan.broker, client, topics))
    except BrokerError:
        for link in links:
            link.close()
        raise
    return links


def health(box: int, session: str, uptime_s: float) -> Health:
    """What a box in good health says."""
    topics = box_of(box)
    now = utc(time.time())
    cameras = [
        CameraHealth(
            camera=f"cam-{number}",
            place=place_id(box),
            state=CameraState.STREAMING,
            codec="h264",
            width=1280,
            height=720,
            fps=25.0,
            last_frame=now,
        )
        for number in range(CAMERAS_PER_BOX)
    ]
    return Health(
        site=topics.site,
        box=topics.box,
        session=session,
        time=now,
        uptime_s=uptime_s,
        version="load",
        model="load:1",
        cameras=cameras,
        spool=SpoolHealth(waiting=0, bytes=0, spooled=0, published=0, receipted=0),
    )


def _write(report: SenderReport) -> None:
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Entry point."""
    plan = load_plan(Path(sys.argv[1]))
    try:
        report = Sender(plan).run()
    except BrokerError as error:
        report = SenderReport(done=True, error=str(error))
    _write(report)


if __name__ == "__main__":
    main()
