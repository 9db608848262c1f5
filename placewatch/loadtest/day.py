"""A day of a city's traffic through the real writer, timekeeper and watchman, on a clock that is given.

Seedable and faster than the day: no broker, no waiting. What comes out is what desks would have seen.
"""

import heapq
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Connection

from sqlalchemy import func, or_, select
from sqlalchemy.event import listen
from sqlalchemy.pool import ConnectionPoolEntry

from central.config import CentralConfig
from central.events.ask import ActError, Ask
from central.events.vocabulary import Act, Colour, EventState
from central.ingest.check import Checker
from central.ingest.inbound import Inbound
from central.ingest.writer import Writer
from central.people.actor import Actor, Grant, Role
from central.setup import Tables, load_tables
from central.store.cases import Cases, NoSuchEventError
from central.store.engine import Store
from central.store.evidence_remote import open_evidence
from central.store.migrate import migrate
from central.store.models import DeskFlood, Event
from central.timekeeper import Timekeeper
from central.watchman import Watchman
from messages import (
    Alert,
    AlertData,
    BoxState,
    CameraHealth,
    CameraState,
    Health,
    Kind,
    Phase,
    SpoolHealth,
    alert_type,
    encode,
)
from messages.topics import BoxTopics
from placewatch.clock import ManualClock
from placewatch.loadtest.city import CAMERAS_PER_BOX, Shape, place_class, place_id, write_city

DAWN = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
"""Midnight in Shanghai, a Tuesday."""

_STEP_S = 10.0
_SPOTS: tuple[tuple[Kind, float, float], ...] = (
    # what a camera's zone watches for, share of cameras, times the mean rate of episodes
    (Kind.NO_STOPPING, 0.70, 1.25),
    (Kind.LINE_CROSSING, 0.10, 1.0),
    (Kind.FIRE_LANE_BLOCKED, 0.08, 0.12),
    (Kind.CROWD_DENSITY, 0.05, 0.08),
    (Kind.PERIMETER_INTRUSION, 0.05, 0.04),
    (Kind.WATER_EDGE, 0.02, 0.02),
)
_HOURS = (1, 1, 1, 1, 2, 4, 8, 12, 11, 9, 9, 10, 11, 9, 9, 9, 10, 12, 12, 9, 7, 5, 3, 2)
"""How much of the day's traffic each hour has, parts of their sum."""


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A simulated day.

    Attributes:
        desks: Village centres.
        cameras: Cameras of each; 16 to a place and box.
        hours: How long, from midnight.
        hours_before: Hours that pass first, not counted: a city has a past, an empty store has none.
        episodes: Mean episodes of a camera a day.
        seed: Of all chance.
        outages: Boxes that are away for an hour, one after another.
        storm: At four in the afternoon every camera of the first desk raises alarms for 20 minutes.
    """

    desks: int = 4
    cameras: int = 64
    hours: float = 24.0
    episodes: float = 100.0
    seed: int = 1
    outages: int = 2
    storm: bool = True
    hours_before: float = 0.0

    @property
    def begins(self) -> datetime:
        """When the simulation begins."""
        return DAWN - timedelta(hours=self.hours_before)

    @property
    def counts_from_s(self) -> float:
        """Seconds from the beginning until the day that counts."""
        return 3600.0 * self.hours_before

    @property
    def ends_s(self) -> float:
        """Seconds from the beginning to the end."""
        return self.counts_from_s + 3600.0 * self.hours


@dataclass(slots=True)
class DayResult:
    """What the desks saw.

    Attributes:
        alerts: Distinct alerts committed in the day that counts.
        events: Events made or first shown in it.
        shown: Those of them that a desk was shown.
        reds: Red events.
        reds_shown: Those of them that a desk was shown.
        hours: New events of each desk in each of its hours outside floods.
        flooded_minutes: Minutes of desks in floods.
        shown_in_floods: Events shown to desks while in flood, and in the ten minutes before.
        silent_boxes: Events of silent boxes.
        curve: Alerts, and events shown, of the whole city by hour.
    """

    alerts: int = 0
    events: int = 0
    shown: int = 0
    reds: int = 0
    reds_shown: int = 0
    hours: list[int] = field(default_factory=list)
    flooded_minutes: int = 0
    shown_in_floods: int = 0
    silent_boxes: int = 0
    curve: list[tuple[int, int]] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Raw alerts to one event shown."""
        return self.alerts / self.shown if self.shown else 0.0


@dataclass(frozen=True, slots=True)
class _Camera:
    name: str
    box: int
    kind: Kind
    rate: float


Item = tuple[float, int, str, tuple[object, ...]]


class Day:
    """One run; used once."""

    def __init__(
        self, plan: DayPlan, folder: Path, tell: Callable[[float], None] = lambda _share: None
    ) -> None:
        """Simulate ``plan`` in ``folder``; ``tell`` hears the share that is done."""
        self._plan = plan
        self._tell = tell
        self._chance = random.Random(plan.seed)  # noqa: S311 - traffic, not secrets
        boxes = plan.desks * max(1, plan.cameras // CAMERAS_PER_BOX)
        city, grids = write_city(folder, Shape(places=boxes, counties=1, towns=1, villages=plan.desks))
        self._config = CentralConfig(
            database=f"sqlite:///{folder}/day.sqlite", evidence=folder / "evidence", city=city, grids=grids
        )
        self._tables: Tables = load_tables(self._config)
        self._boxes = [BoxTopics("day", f"box-{number}") for number in range(boxes)]
        self._cameras = list(self._make_cameras())
        self._seq = [0] * boxes
        self._clock = ManualClock(plan.begins.timestamp())
        self._queue: list[Item] = []
        self._order = 0
        self._floods: set[tuple[str, int]] = set()
        self._result = DayResult()
        self._alerts_by_hour = [0] * math.ceil(plan.hours)

    def _make_cameras(self) -> Iterator[_Camera]:
        kinds = [kind for kind, _, _ in _SPOTS]
        weights = [share for _, share, _ in _SPOTS]
        factor = {kind: times for kind, _, times in _SPOTS}
        for box in range(len(self._boxes)):
            for number in range(CAMERAS_PER_BOX):
                [kind] = self._chance.choices(kinds, weights)
                if self._tables.key_areas.refuses(kind, place_class(box)):
                    kind = Kind.NO_STOPPING
                spread = self._chance.lognormvariate(-0.5, 1.0)  # mean 1: few spots make most of it
                yield _Camera(f"cam-{number}", box, kind, self._plan.episodes * factor[kind] * spread)

    def run(self) -> DayResult:
        """Let the day pass."""
        store = Store(self._config.database)
        listen(store.engine, "connect", _careless)
        migrate(store)
        try:
            self._pass(store)
            return self._counted(store)
        finally:
            store.close()

    def _pass(self, store: Store) -> None:
        plan, clock = self._plan, self._clock
        checker = Checker(lambda: self._tables, timedelta(seconds=900))
        writer = Writer(
            store,
            open_evidence(self._config.evidence, self._config.evidence_s3),
            lambda: self._tables,
            self._config,
        )
        keeper = Timekeeper(store, lambda: self._tables, clock, keep=100_000)
        watchman = Watchman(store, lambda: self._tables, clock, keep=100_000, listening=lambda: plan.begins)
        self._begin()
        end, moment = plan.ends_s, 0.0
        while moment < end:
            moment += _STEP_S
            clock.set(plan.begins.timestamp() + moment)
            messages = list(self._due(moment))
            if messages:
                done = writer.write([checker.read(message) for message in messages])
                self._note_alerts(done.alerts, moment - plan.counts_from_s - 0.1)
            if moment % 30 == 0:
                watchman.look()
                self._work(store, moment)
                self._note_floods(store, moment)
            if moment % 60 == 0:
                keeper.look()
                self._tell(moment / end)

    def _note_alerts(self, count: int, in_day_s: float) -> None:
        if in_day_s >= 0:
            self._result.alerts += count
            self._alerts_by_hour[min(int(in_day_s // 3600), len(self._alerts_by_hour) - 1)] += count

    def _push(self, at: float, what: str, *about: object) -> None:
        self._order += 1
        heapq.heappush(self._queue, (at, self._order, what, about))

    def _begin(self) -> None:
        plan = self._plan
        away = {
            number * len(self._boxes) // max(1, plan.outages): plan.counts_from_s + 3600.0 * (2 + number)
            for number in range(plan.outages)
        }
        for box in range(len(self._boxes)):
            self._push(self._chance.uniform(0, 30), "health", box, away.get(box, math.inf))
        for number, camera in enumerate(self._cameras):
            self._push(self._next(camera, 0.0), "open", number)
            if plan.storm and camera.box % plan.desks == 0:
                for _ in range(4):
                    at = plan.counts_from_s + 16 * 3600 + self._chance.uniform(0, 1200)
                    self._push(at, "burst", number)

    def _next(self, camera: _Camera, after: float) -> float:
        """When the camera's next episode begins: a Poisson process that follows the hours (thinning)."""
        mean = sum(_HOURS) / len(_HOURS)
        most = camera.rate / 86_400 * max(_HOURS) / mean
        moment = after
        while moment < self._plan.ends_s:
            moment += self._chance.expovariate(most)
            if self._chance.random() < _HOURS[int((moment - self._plan.counts_from_s) // 3600) % 24] / max(
                _HOURS
            ):
                break
        return moment

    def _due(self, now: float) -> Iterator[Inbound]:
        while self._queue and self._queue[0][0] <= now:
            at, order, what, about = heapq.heappop(self._queue)
            if what == "health":
                yield from self._health(at, *about)  # type: ignore[arg-type]
            elif what in {"open", "burst"}:
                yield from self._open(at, order, int(str(about[0])), burst=what == "burst")
            else:
                yield self._alert(at, *about)  # type: ignore[arg-type]

    def _health(self, at: float, box: int, away: float) -> Iterator[Inbound]:
        self._push(at + 30.0, "health", box, away)
        if away <= at < away + 3600:
            return
        topics = self._boxes[box]
        cameras = [
            CameraHealth(
                camera=camera.name,
                place=place_id(box),
                state=CameraState.STREAMING,
                codec="h264",
                width=1280,
                height=720,
                fps=25.0,
                frames_decoded=1,
            )
            for camera in self._cameras[box * CAMERAS_PER_BOX : (box + 1) * CAMERAS_PER_BOX]
        ]
        health = Health(
            site=topics.site,
            box=topics.box,
            session="s1",
            time=self._time(at),
            uptime_s=at,
            version="1",
            model="day",
            detect_ms=1.0,
            clock_offset_s=0.0,
            disk_free_bytes=1,
            cameras=cameras,
            spool=SpoolHealth(waiting=0, bytes=0, spooled=0, published=0, receipted=0),
        )
        if at < 30:
            yield self._inbound(topics.state, encode(BoxState(online=True, session="s1", version="1")), at)
        yield self._inbound(topics.health, encode(health), at)

    def _open(self, at: float, order: int, number: int, *, burst: bool) -> Iterator[Inbound]:
        camera = self._cameras[number]
        if not burst:
            self._push(self._next(camera, at), "open", number)
        kind = (
            self._chance.choice([Kind.PERIMETER_INTRUSION, Kind.FIRE_LANE_BLOCKED]) if burst else camera.kind
        )
        lasts = min(self._chance.lognormvariate(math.log(240), 1.0), 6 * 3600.0)
        limit = 40 if kind is Kind.CROWD_DENSITY else None
        count = round(40 * self._chance.uniform(1.0, 1.7)) if limit else 1
        episode = f"e{order}"
        zone = f"{camera.name}-storm" if burst else camera.name
        for step in range(1, int(lasts // 60) + 1):
            self._push(
                at + 60.0 * step, "alert", number, Phase.UPDATED, episode, at, kind, zone, count, limit
            )
        self._push(at + lasts, "alert", number, Phase.CLOSED, episode, at, kind, zone, count, limit)
        yield self._alert(at, number, Phase.OPENED, episode, at, kind, zone, count, limit)

    def _alert(  # noqa: PLR0913, PLR0917 - an alert's own facts
        self,
        at: float,
        number: int,
        phase: Phase,
        episode: str,
        began: float,
        kind: Kind,
        zone: str,
        count: int,
        limit: int | None,
    ) -> Inbound:
        camera = self._cameras[number]
        topics = self._boxes[camera.box]
        self._seq[camera.box] += 1
        place = place_id(camera.box)
        alert = Alert(
            id=f"{topics.box}-{self._seq[camera.box]}",
            source=f"//{topics.site}/{topics.box}/{camera.name}",
            type=alert_type(phase),
            subject=place,
            time=self._time(at),
            session="s1",
            seq=self._seq[camera.box],
            data=AlertData(
                alert_id=episode,
                kind=kind,
                place=place,
                place_class=place_class(camera.box),
                camera=camera.name,
                zone=zone,
                count=count,
                limit=limit,
                confidence=0.8,
                started=self._time(began),
                ended=self._time(at) if phase is Phase.CLOSED else None,
                evidence=None,
                evidence_missing="a simulated day",
                rule_version="day",
                model="day",
            ),
        )
        return self._inbound(topics.alert(place, kind), encode(alert), at)

    def _inbound(self, topic: str, payload: bytes, at: float) -> Inbound:
        return Inbound(topic=topic, payload=payload, size=len(payload), received=self._time(at))

    def _time(self, at: float) -> datetime:
        return self._plan.begins + timedelta(milliseconds=round(at * 1000))

    def _work(self, store: Store, moment: float) -> None:
        """Staff settle what the camera may not settle alone, some minutes after it was filed.

        They look when the picture has been clear for as long as the event's item asks: before, they may not.
        """
        now = self._time(moment)
        ripe = or_(Event.state == EventState.VERIFIED, Event.vouch_at <= now)
        waits = select(Event.id, Event.state).where(
            Event.open, Event.colour != Colour.BLUE, Event.filed_at < now - timedelta(minutes=12), ripe
        )
        with store.read() as connection:
            rows = connection.execute(waits).all()
        for row in rows:
            self._settle(store, row.id, row.state, now)

    def _settle(self, store: Store, event: int, state: EventState, now: datetime) -> None:
        worker = Actor("staff", (Grant(Role.OPERATOR, "city"), Grant(Role.SUPERVISOR, "city")))
        act = Act.CLOSE if state is EventState.VERIFIED else Act.VERIFY
        try:
            with store.write() as connection:
                Cases(connection, self._tables, 100_000).act(event, Ask(act, worker, now), None)
        except (ActError, NoSuchEventError):
            return  # not yet: the picture has to be clear for as long as the item asks

    def _note_floods(self, store: Store, moment: float) -> None:
        minute = int((moment - self._plan.counts_from_s) // 60)
        if minute < 0:
            return
        with store.read() as connection:
            for org in connection.execute(select(DeskFlood.org)).scalars():
                self._floods.add((org, minute))

    def _counted(self, store: Store) -> DayResult:
        result, plan = self._result, self._plan
        counts = func.coalesce(Event.shown_at, Event.received) >= DAWN
        rows = select(Event.home, Event.colour, Event.kind, Event.shown_at).where(counts)
        hours = math.ceil(plan.hours)
        desks = {f"village-{number}": [0] * hours for number in range(plan.desks)}
        shown_by_hour = [0] * hours
        wet = {(org, minute + back) for org, minute in self._floods for back in range(-10, 1)}
        with store.read() as connection:
            for row in connection.execute(rows):
                red = row.colour is Colour.RED
                result.events += 1
                result.reds += red
                result.silent_boxes += row.kind == "box_silent"
                if row.shown_at is None:
                    continue
                result.shown += 1
                result.reds_shown += red
                minute = int((row.shown_at - DAWN).total_seconds() // 60)
                hour = min(minute // 60, hours - 1)
                shown_by_hour[hour] += 1
                if (row.home, minute) in wet:
                    result.shown_in_floods += 1
                elif row.home in desks:
                    desks[row.home][hour] += 1
        result.flooded_minutes = len(self._floods)
        result.hours = [count for counts in desks.values() for count in counts]
        result.curve = list(zip(self._alerts_by_hour, shown_by_hour, strict=True))
        return result


def _careless(connection: Connection, _entry: ConnectionPoolEntry) -> None:
    """The database is thrown away: nothing need survive a power failure, so no disk is waited for."""
    connection.execute("PRAGMA synchronous = OFF")
