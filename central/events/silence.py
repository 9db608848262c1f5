"""Boxes that say nothing and dead parts of the network: one event each, raised by this program. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec.structs import replace

from central.events.facts import EventFacts, EventKey
from central.events.guards import clear_since
from central.events.judge import grade_of
from central.events.timeline import Details, Note
from central.events.vocabulary import Colour, EventSource, EventState, SystemKind, Verb
from central.events.write import event_number
from central.grid.routing import loop_of
from central.setup import Tables
from messages import Kind


@dataclass(frozen=True, slots=True)
class BoxSeen:
    """A box as the store knows it.

    Attributes:
        site: Site id.
        box: Box id.
        online: What it said last; None when it never did.
        last_seen: When anything came from it.
        cameras: Place of each of its cameras, by camera id.
        away: Cameras that do not stream.
    """

    site: str
    box: str
    online: bool | None
    last_seen: datetime
    cameras: Mapping[str, str]
    away: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """``site/box``."""
        return f"{self.site}/{self.box}"

    def silent(self, now: datetime, after: timedelta) -> bool:
        """Whether it has said nothing for ``after``; one that never told its state promised nothing."""
        return self.online is not None and now - self.last_seen > after


@dataclass(frozen=True, slots=True)
class Dead:
    """Something that is silent, and the event that it deserves.

    Attributes:
        kind: A box or a part of the network.
        zone: Zone of its event: one for each, whatever it watches.
        place: Where its event lies.
        site: Site id.
        box: Box id, empty for a network.
        camera: The network's id.
        since: Since when.
        name: What people call it.
    """

    kind: SystemKind
    zone: str
    place: str
    site: str
    box: str
    camera: str
    since: datetime
    name: str

    @property
    def key(self) -> EventKey:
        """Identity of its event while open."""
        return (self.place, self.zone, str(self.kind))


def dead(boxes: Iterable[BoxSeen], tables: Tables, now: datetime) -> Iterator[Dead]:
    """Everything that is silent now."""
    after = timedelta(seconds=tables.compression.file.silent_after_s)
    known = {box.name: box for box in boxes}
    for box in known.values():
        if box.silent(now, after):
            yield Dead(
                SystemKind.BOX_SILENT,
                zone_of("box", box.name),
                _common(box.cameras.values()) or f"box-{box.box}"[:64],
                box.site,
                box.box,
                "",
                box.last_seen,
                box.name,
            )
    for network in tables.compression.file.networks:
        looked = (_away(member, known, now, after) for member in network.members)
        away = [one for one in looked if one is not None]
        if len(away) >= network.share * len(network.members):
            places = [place for one in away for place in one.cameras.values()]
            yield Dead(
                SystemKind.NETWORK_DOWN,
                zone_of("network", network.id),
                _common(places) or f"network-{network.id}"[:64],
                away[0].site,
                "",
                network.id,
                max(one.last_seen for one in away),
                network.name.en,
            )


def zone_of(what: str, name: str) -> str:
    """An id for the zone of its event; long names are told apart by a hash."""
    plain = f"{what}-{name.replace('/', '-')}"
    return plain if len(plain) <= 64 else f"{plain[:51]}-{sha256(name.encode()).hexdigest()[:12]}"


def _away(member: str, known: Mapping[str, BoxSeen], now: datetime, after: timedelta) -> BoxSeen | None:
    site, name, *camera = member.split("/")
    box = known.get(f"{site}/{name}")
    if box is None:
        return None
    gone = box.silent(now, after) or (bool(camera) and camera[0] in box.away)
    return box if gone else None


def _common(places: Iterable[str]) -> str:
    """The place that most of them have; of equals, the first by name."""
    counted = Counter(places)
    return min(counted, key=lambda place: (-counted[place], place), default="")


def silent_event(
    found: Dead, event_id: int, now: datetime, tables: Tables
) -> tuple[EventFacts, tuple[Note, ...]]:
    """The one event of something silent, and what its timeline says."""
    where = tables.locator.locate(found.place)
    place = tables.city.places.get(found.place)
    event = EventFacts(
        id=event_id,
        number=event_number(event_id, now, tables.zone),
        place=found.place,
        place_class=place.place_class if place else None,
        zone=found.zone,
        kind=str(found.kind),
        item=tables.responsibility.by_kind[Kind.CAMERA_HEALTH].number,
        state=EventState.FILED,
        open=True,
        colour=Colour.BLUE,
        colour_rule="",
        org=where.org,
        grid=where.grid,
        unmapped=where.unmapped,
        site=found.site,
        box=found.box,
        camera=found.camera,
        latest_at=now,
        episodes=1,
        open_episodes=1,
        first_seen=found.since,
        last_seen=now,
        received=now,
        last_received=now,
        config_version=tables.version,
        source=EventSource.SYSTEM,
        home=where.org,
        loop=loop_of(tables.city, where.org, in_grid=where.grid is not None),
        filed_at=now,
        summary=found.name,
        shown_at=now,
    )
    given = grade_of(event, tables)
    event = replace(event, colour=given.colour, colour_rule=given.rule)
    seen = Details(camera=found.name, item=event.item, org=event.org, grid=event.grid)
    notes = (
        Note(Verb.REPORTED, found.since, Details(camera=found.name), by_central=True),
        Note(Verb.FILED, now, seen, by_central=True),
    )
    return event, notes


def spoken(event: EventFacts, now: datetime, tables: Tables) -> tuple[EventFacts, tuple[Note, ...]]:
    """The event of something that is heard again: to be checked and closed like any other."""
    after = replace(event, open_episodes=0, last_ended=now, cleared_at=now, last_seen=now)
    after = replace(after, vouch_at=clear_since(after, tables))
    return after, (Note(Verb.CLEARED, now, Details(), by_central=True),)


def silent_again(event: EventFacts, now: datetime) -> tuple[EventFacts, tuple[Note, ...]]:
    """The event of something that fell silent again while its event was open."""
    after = replace(
        event, open_episodes=1, episodes=event.episodes + 1, cleared_at=None, vouch_at=None, last_received=now
    )
    return after, (Note(Verb.JOINED, now, Details(camera=event.summary), by_central=True),)
