"""What a desk is spared: the city's table, and a pure function that says who hides whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Annotated

from msgspec import Struct
from pydantic import Field

from central.events.responsibility import PlainTime, split_limit, wall_seconds
from central.events.vocabulary import Colour, SystemKind
from central.names import Bilingual, Id
from messages import Fault, Kind
from placewatch.config import Document, Settings, read, validate
from placewatch.document import Key
from placewatch.errors import ConfigError, ConfigProblem

FLOOD = "flood"
"""Why something is hidden while it rains alarms; no rule may be called so."""

FLOOD_REASON = Bilingual(
    zh="告警洪泛：同一地点只显示最重的", en="alarm flood: only the gravest of each place is shown"
)

KINDS = frozenset({*map(str, Kind), *map(str, SystemKind)})


class Same(StrEnum):
    """What two events must have in common."""

    PLACE = "place"
    CAUSE = "cause"
    BOX = "box"
    NETWORK = "network"


class Cause(Settings):
    """Kinds that come of one cause."""

    id: Id
    """Names it."""
    name: Bilingual
    """What people call it."""
    kinds: tuple[Id, ...] = Field(min_length=1)
    """Its kinds; a kind has one cause."""


class Side(Settings):
    """Which events; all that are given must hold."""

    colours: tuple[Colour, ...] = ()
    """Any of these colours."""
    kinds: tuple[Id, ...] = ()
    """Any of these kinds."""
    faults: tuple[Fault, ...] = ()
    """Any of these faults of cameras."""

    def takes(self, event: "Standing") -> bool:
        """Whether an event is on this side."""
        return (
            (not self.colours or event.colour in self.colours)
            and (not self.kinds or event.kind in self.kinds)
            and (not self.faults or event.fault in self.faults)
        )


class Inhibition(Settings):
    """One event hides others while it is open."""

    id: Id
    """Kept with what it hides."""
    by: Side
    """What hides."""
    hides: Side
    """What is hidden."""
    same: tuple[Same, ...] = Field(min_length=1)
    """What they must have in common."""
    reason: Bilingual
    """Shown to people."""


class Network(Settings):
    """A part of the network that dies as one."""

    id: Id
    """Names it."""
    name: Bilingual
    """What people call it."""
    members: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){1,2}$")], ...] = Field(
        min_length=2
    )
    """Boxes (``site/box``) and cameras (``site/box/camera``) behind it."""
    share: float = Field(1.0, gt=0, le=1)
    """It is dead when so large a part of them is away."""


class Chattering(Settings):
    """When one spot repeats itself."""

    events: int = Field(ge=2)
    """So many events of one place, zone and kind ..."""
    within: PlainTime
    """... within this time."""
    episodes_per_hour: float = Field(gt=0)
    """Or so many episodes an hour within one event."""
    hold: PlainTime
    """It is held open so long after it is clear."""


class Flood(Settings):
    """When it rains alarms."""

    begins: int = Field(ge=2)
    """More new events than this within ``within`` begin it."""
    ends: int = Field(ge=1)
    """Fewer than this end it."""
    within: PlainTime
    """The time they are counted over."""


class CompressionFile(Settings):
    """What ``compression.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition."""
    causes: tuple[Cause, ...] = ()
    """Kinds that belong together; a kind without a cause is its own."""
    inhibition: tuple[Inhibition, ...] = ()
    """Applied in this order; what a rule has hidden hides nothing by a later one."""
    silent_after_s: float = Field(90.0, ge=30, le=86_400)
    """A box is silent when nothing has come from it for so long, seconds."""
    networks: tuple[Network, ...] = ()
    """Parts of the network that die as one."""
    chattering: Chattering
    """When one spot repeats itself."""
    flood: Flood
    """When it rains alarms."""


def seconds(span: str) -> float:
    """A plain time of the table in seconds."""
    return wall_seconds(*split_limit(span))


@dataclass(frozen=True, slots=True)
class Compression:
    """A checked table.

    Attributes:
        file: As written.
        cause_of: Cause of each kind that has one.
        networks_of: Networks of each ``site/box`` and ``site/box/camera``.
        reasons: Words for what is kept with a hidden event.
    """

    file: CompressionFile
    cause_of: Mapping[str, str]
    networks_of: Mapping[str, frozenset[str]]
    reasons: Mapping[str, Bilingual] = field(repr=False)

    def chatters(self, earlier: int, episodes: int, lasted_s: float) -> bool:
        """Whether a spot repeats itself.

        Args:
            earlier: Events of the same spot within the table's time before this one.
            episodes: Of this one.
            lasted_s: From its first to its last sight.
        """
        rule = self.file.chattering
        often = episodes >= rule.episodes_per_hour * max(1.0, lasted_s / 3600.0)
        return often or earlier + 1 >= rule.events


class Standing(Struct, frozen=True):
    """What is known of an open event for this purpose.

    Attributes:
        id: Row id; grows with age's opposite.
        place: Where.
        home: Desk on the ground.
        kind: What.
        colour: How grave.
        fault: Of a camera.
        box: ``site/box``, empty for reports.
        camera: ``site/box/camera``, or a network's id for a dead network.
        shelved: The desk has put it aside.
        hands_on: People work on it: it is never hidden by a flood.
    """

    id: int
    place: str
    home: str
    kind: str
    colour: Colour
    fault: Fault | None = None
    box: str = ""
    camera: str = ""
    shelved: bool = False
    hands_on: bool = False


class Position(Struct, frozen=True):
    """Where an event stands among the others.

    Attributes:
        group: Leader of its group; None when it is alone.
        hidden_by: The event that hides it, or None.
        hidden_why: Id of the rule, or `FLOOD`.
    """

    group: int | None = None
    hidden_by: int | None = None
    hidden_why: str | None = None


ALONE = Position()


def arrange(
    events: Sequence[Standing], compression: Compression, flooded: frozenset[str] = frozenset()
) -> dict[int, Position]:
    """Who leads and who hides whom among the open events of some places, boxes and networks.

    Rules apply in the table's order; what one has hidden hides nothing by a later one, so none vanish in a
    circle. What the desk has put aside still hides others: the reason stands.

    Args:
        events: All open events of the places and boxes concerned.
        compression: The city's table.
        flooded: Desks (homes) at which it rains alarms.
    """
    ranked = sorted(events, key=_rank)
    groups = _groups(ranked, compression)
    hidden: dict[int, tuple[int, str]] = {}
    for rule in compression.file.inhibition:
        hidden |= _by_rule(rule, [event for event in ranked if event.id not in hidden], compression)
    found = {
        event.id: Position(groups.get(event.id), *hidden.get(event.id, (None, None))) for event in ranked
    }
    for event, leader in _collapsed(ranked, found, flooded):
        found[event.id] = Position(groups.get(event.id), leader, FLOOD)
    return found


def _groups(ranked: Sequence[Standing], compression: Compression) -> dict[int, int]:
    """Leader by member, for groups of two and more."""
    members: dict[tuple[str, str], list[int]] = {}
    for event in ranked:
        cause = compression.cause_of.get(event.kind, event.kind)
        members.setdefault((event.place, cause), []).append(event.id)
    return {one: ids[0] for ids in members.values() if len(ids) > 1 for one in ids}


Hiding = Mapping[tuple[str, ...], Sequence[Standing]]
"""Events that hide others by one rule, gravest and oldest first, by what both must have in common."""


def _index(rule: Inhibition, ranked: Sequence[Standing], compression: Compression) -> Hiding:
    found: dict[tuple[str, ...], list[Standing]] = {}
    for event in ranked:
        if rule.by.takes(event):
            key = tuple(_shared(what, event, compression) for what in rule.same)
            found.setdefault(key, []).append(event)
    return found


def _by_rule(
    rule: Inhibition, ranked: Sequence[Standing], compression: Compression
) -> dict[int, tuple[int, str]]:
    """What one rule hides, and by which event."""
    hiding = _index(rule, ranked, compression)
    found: dict[int, tuple[int, str]] = {}
    for event in ranked if hiding else ():
        if not rule.hides.takes(event):
            continue
        choices = [
            sorted(_networks(event, compression))
            if what is Same.NETWORK
            else [_shared(what, event, compression)]
            for what in rule.same
        ]
        for key in product(*choices):
            other = _first(hiding.get(key, ()), event, rule) if all(key) else None
            if other is not None:
                found[event.id] = (other, rule.id)
                break
    return found


def _first(hiding: Sequence[Standing], event: Standing, rule: Inhibition) -> int | None:
    """The gravest that hides; of two that could hide each other the graver or older one stays."""
    both_ways = rule.by.takes(event)
    for other in hiding:
        if other.id == event.id:
            if both_ways:
                return None
            continue
        if not (both_ways and rule.hides.takes(other)) or _rank(other) < _rank(event):
            return other.id
    return None


def _rank(event: Standing) -> tuple[int, int]:
    return (-event.colour.rank, event.id)


def _shared(what: Same, event: Standing, compression: Compression) -> str:
    if what is Same.PLACE:
        return event.place
    if what is Same.CAUSE:
        return compression.cause_of.get(event.kind, event.kind)
    return event.box if what is Same.BOX else event.camera


def _networks(event: Standing, compression: Compression) -> frozenset[str]:
    """The parts of the network that the event's box or camera lies behind."""
    none: frozenset[str] = frozenset()
    networks = compression.networks_of
    return networks.get(event.box, none) | networks.get(event.camera, none)


def _collapsed(
    ranked: Sequence[Standing], found: Mapping[int, Position], flooded: frozenset[str]
) -> Iterator[tuple[Standing, int]]:
    """What a flood hides: at each place all but the gravest, every red and what people work on."""
    leaders: dict[str, int] = {}
    for event in ranked:
        if event.home not in flooded or found[event.id].hidden_by is not None or event.shelved:
            continue
        leader = leaders.setdefault(event.place, event.id)
        if leader != event.id and event.colour is not Colour.RED and not event.hands_on:
            yield event, leader


def load_compression(path: Path) -> Compression:
    """Read and check the table.

    Raises:
        ConfigError: Each fault at its line: an unknown kind, a kind of two causes, an id given twice, a rule
            by which an event could hide a red one that is no device's.
    """
    document = read(path)
    file = validate(document, CompressionFile)
    problems = list(_problems(document, file))
    if problems:
        raise ConfigError(problems)
    networks: dict[str, set[str]] = {}
    for network in file.networks:
        for member in network.members:
            networks.setdefault(member, set()).add(network.id)
    return Compression(
        file,
        {kind: cause.id for cause in file.causes for kind in cause.kinds},
        {member: frozenset(ids) for member, ids in networks.items()},
        {FLOOD: FLOOD_REASON, **{rule.id: rule.reason for rule in file.inhibition}},
    )


def _problems(document: Document, file: CompressionFile) -> Iterator[ConfigProblem]:
    owner: dict[str, str] = {}
    for index, cause in enumerate(file.causes):
        here = ("causes", index, "kinds")
        yield from _unknown_kinds(document, here, cause.kinds)
        for place, kind in enumerate(cause.kinds):
            if kind in owner:
                yield document.problem((*here, place), f"{kind} already belongs to {owner[kind]}", "keep one")
            owner[kind] = cause.id
    yield from _doubles(document, "inhibition", [FLOOD], [rule.id for rule in file.inhibition])
    for index, rule in enumerate(file.inhibition):
        for side, name in ((rule.by, "by"), (rule.hides, "hides")):
            yield from _unknown_kinds(document, ("inhibition", index, name, "kinds"), side.kinds)
        if _hides_reds(rule.hides):
            fix = "give hides colours without red, or kinds of devices alone"
            yield document.problem(("inhibition", index, "hides"), "a red event would be hidden", fix)
    yield from _doubles(document, "networks", [], [network.id for network in file.networks])
    if file.flood.ends > file.flood.begins:
        yield document.problem(("flood", "ends"), "a flood would end before it begins", "at most begins")


def _unknown_kinds(
    document: Document, here: tuple[Key, ...], kinds: Sequence[str]
) -> Iterator[ConfigProblem]:
    for place, kind in enumerate(kinds):
        if kind not in KINDS:
            fix = f"one of {', '.join(sorted(KINDS))}"
            yield document.problem((*here, place), f"unknown kind {kind!r}", fix)


def _doubles(
    document: Document, key: str, taken: Sequence[str], ids: Sequence[str]
) -> Iterator[ConfigProblem]:
    for index, name in enumerate(ids):
        if name in taken or name in ids[:index]:
            yield document.problem((key, index, "id"), f"{name!r} is taken", "choose another id")


def _hides_reds(side: Side) -> bool:
    """Whether a red event of anything but a device could be on this side."""
    mild = side.colours and Colour.RED not in side.colours
    devices = {str(Kind.CAMERA_HEALTH), *map(str, SystemKind)}
    return not mild and not (side.kinds and set(side.kinds) <= devices)
