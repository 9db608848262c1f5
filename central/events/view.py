"""Events as people see them, names in both languages: the form of the API and of the stream."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from central.events.facts import EventFacts
from central.events.guards import chatters
from central.events.responsibility import Item
from central.events.vocabulary import (
    LOOP_NAMES,
    SOURCE_NAMES,
    STATE_NAMES,
    Colour,
    EventSource,
    EventState,
)
from central.grid.locate import Unmapped
from central.names import Bilingual, same
from central.setup import Tables
from messages import Fault, PlaceClass


class View(BaseModel):
    """Base of what the API returns."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ColourView(View):
    """How grave, and why."""

    id: Colour
    """blue < yellow < red."""
    name: Bilingual
    """Such as 黄色."""
    rule: str
    """The grading rule that gave it."""
    reason: Bilingual
    """Why."""


class KindView(View):
    """What was raised."""

    id: str
    """The edge rule's kind, or the id of a responsibility item that only people report."""
    name: Bilingual
    """Such as 违规停车."""


class ItemView(View):
    """The item of the responsibility list."""

    number: int
    """Its number."""
    name: Bilingual
    """What people call it."""
    lead: list[Bilingual]
    """Departments, the leading one first."""
    limits: dict[str, str]
    """accept, arrive, close: 5m, 2h, 4wh (working hours), 1wd (working days)."""
    closed_when: Bilingual
    """The closing standard."""


class PlaceView(View):
    """Where."""

    id: str
    """Place id."""
    name: Bilingual
    """What people call it."""
    place_class: PlaceClass | None = Field(serialization_alias="class")
    """Class of key area; null for a reported spot that is none of the city's places."""
    class_name: Bilingual | None
    """What people call the class."""
    point: tuple[float, float] | None
    """Longitude and latitude; null when nobody knows."""
    address: str | None = None
    """In the reporter's words."""


class AreaView(View):
    """An org, a grid, a zone or a state."""

    id: str
    """Identifier."""
    name: Bilingual
    """What people call it."""


class PictureView(View):
    """A redacted picture."""

    id: str
    """Evidence id."""
    url: str
    """Where it is, relative to the server's root."""
    captured: datetime
    """When, by the box's clock."""


class StepsView(View):
    """When each step of the life cycle was last taken; null for not yet."""

    acknowledged_at: datetime | None
    """Somebody has seen it."""
    acknowledged_by: str | None
    """Who."""
    filed_at: datetime | None
    """Limits count from here."""
    dispatched_at: datetime | None
    """A unit was sent."""
    accepted_at: datetime | None
    """It accepted."""
    arrived_at: datetime | None
    """It arrived."""
    handled_at: datetime | None
    """It reported back."""
    handled_by: str | None
    """Who did."""
    verified_at: datetime | None
    """It was checked."""
    verified_by: str | None
    """``camera``, or who did."""
    closed_at: datetime | None
    """It was closed or dropped."""


class CountsView(View):
    """What the closing rate alone would hide."""

    returns: int
    """Refused, or not well done."""
    transfers: int
    """The owner changed."""
    pauses: int
    """Paused."""
    reopens: int
    """Closed too soon."""
    escalations: int
    """Went up a level."""
    overdue: int
    """Limits that have passed."""


class PauseView(View):
    """A pause."""

    approved: bool
    """Whether it holds; else somebody has asked for it."""
    until: datetime | None
    """Its end."""
    by: str | None
    """Who asked."""
    reason: str | None
    """Why."""


_EXAMPLE: dict[str, Any] = {
    "id": 42,
    "number": "20251123-000042",
    "etag": '"4-0c1ffb4e9d2a77aa"',
    "source": {"id": "camera", "name": {"zh": "相机", "en": "camera"}},
    "loop": {"id": "self", "name": {"zh": "自循环", "en": "self loop (grid)"}},
    "state": {"id": "filed", "name": {"zh": "已立案", "en": "filed"}},
    "open": True,
    "colour": {
        "id": "blue",
        "name": {"zh": "蓝色", "en": "blue"},
        "rule": "default",
        "reason": {"zh": "按责任清单默认等级", "en": "default of the responsibility list"},
    },
    "kind": {"id": "no_stopping", "name": {"zh": "违规停车", "en": "Illegal stopping"}},
    "place": {
        "id": "ring-road",
        "name": {"zh": "环城路", "en": "Ring Road"},
        "class": "road",
        "class_name": {"zh": "主干道桥隧", "en": "main road, bridge, tunnel"},
        "point": [117.205, 30.505],
    },
    "zone": {"id": "kerb", "name": {"zh": "路缘", "en": "kerb"}},
    "site": "demo",
    "box": "box-1",
    "camera": "cam-3",
    "count": 1,
    "alerts": 3,
    "episodes": 2,
    "open_episodes": 1,
    "first_seen": "2025-11-23T08:00:00Z",
    "last_seen": "2025-11-23T08:05:00Z",
}


class EventView(View):
    """One event."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: int
    """Row id; grows with time."""
    number: str
    """What people call it."""
    etag: str
    """Give it as ``If-Match`` with an act: changes with every entry of the timeline."""
    state: AreaView
    """Where it stands in the life cycle."""
    open: bool
    """Whether further alerts join it."""
    source: AreaView
    """How it came to be known: camera, grid_worker, resident, hotline, upper_level."""
    summary: str | None
    """What a person reported."""
    loop: AreaView
    """Who must act: self, micro, small, large."""
    colour: ColourView
    """How grave."""
    kind: KindView
    """What."""
    item: ItemView | None
    """Its responsibility; null if the list no longer has it."""
    place: PlaceView
    """Where."""
    zone: AreaView
    """Which zone of the place."""
    grid: AreaView | None
    """The grid, or null when unmapped."""
    org: AreaView
    """The org that answers."""
    org_path: list[AreaView]
    """From the root down to the org."""
    home: AreaView
    """The org on the ground; ``org`` is this or one above it."""
    referred_to: AreaView | None
    """The org that is asked to take it over."""
    unit: AreaView | None
    """The unit that has it."""
    unmapped: Unmapped | None
    """Why there is no grid."""
    site: str | None
    """Site of the latest alert; null, as box and camera, for a report."""
    box: str | None
    """Box of the latest alert."""
    camera: str | None
    """Camera of the latest alert."""
    fault: AreaView | None
    """What is wrong with that camera; only for camera faults."""
    count: int
    """Objects in the zone at the latest alert; never an identity."""
    limit: int | None
    """The rule's limit on the count."""
    peak_count: int
    """Highest count."""
    confidence: float
    """Highest detector score."""
    alerts: int
    """Alerts that joined, each once."""
    late_alerts: int
    """Of these, how many came long after their capture."""
    episodes: int
    """Separate episodes."""
    open_episodes: int
    """Episodes that still hold."""
    first_seen: datetime
    """Earliest start, by the boxes' clocks."""
    last_seen: datetime
    """Latest capture, by the boxes' clocks."""
    received: datetime
    """When the first alert was taken in, by this server's clock."""
    last_received: datetime
    """When the latest was."""
    cleared_at: datetime | None
    """Since when no episode holds; people still verify."""
    picture: PictureView | None
    """The latest picture."""
    steps: StepsView
    """When each step was taken."""
    counts: CountsView
    """What went back, up or came again."""
    pause: PauseView | None
    """The pause that holds, or that somebody has asked for."""
    merged_into: int | None
    """The event that it is part of."""
    shelved_until: datetime | None
    """Until then the desk does not show it."""
    shelved_by: str | None
    """Who has put it aside."""
    shelved_reason: str | None
    """Why."""
    due_at: datetime | None
    """When the next of its time limits ends; null when none runs."""
    group_of: int | None
    """Leader of its group of related open events, itself included; null when it is alone."""
    hidden_by: int | None
    """The open event that hides it from the desk; null for what is shown."""
    hidden_why: AreaView | None
    """By which rule, in words."""
    shown_at: datetime | None
    """When a desk was first shown it; null for never."""
    chattering: bool
    """Its spot repeats itself: it is held open for what comes next."""
    config_version: str
    """The tables that it was judged by."""


class StreamPayload(View):
    """What an ``event`` message of the stream carries."""

    verbs: list[str]
    """What happened, as in the timeline; empty for a mere refresh."""
    event: EventView
    """The event afterwards."""


def shown_by(tables: Tables) -> Callable[[EventFacts, Sequence[str]], str]:
    """Puts an event and what happened to it as the JSON of a `StreamPayload`."""

    def show(event: EventFacts, verbs: Sequence[str]) -> str:
        payload = StreamPayload(verbs=list(verbs), event=event_view(event, tables))
        return payload.model_dump_json(by_alias=True)

    return show


def picture_url(evidence: str) -> str:
    """Where a picture is served."""
    return f"/api/v1/evidence/{evidence}"


def event_view(event: EventFacts, tables: Tables) -> EventView:
    """An event with the names that the city's tables give."""
    city = tables.city
    item = tables.responsibility.by_number.get(event.item)
    place = city.places.get(event.place)
    grid = tables.locator.grids.get(event.grid) if event.grid else None
    chain = city.chain(event.org) if event.org in city.orgs else ()
    path = [AreaView(id=org.id, name=org.name) for org in reversed(chain)]
    area = tables.key_areas.classes[event.place_class] if event.place_class else None
    unit = tables.units.by_id.get(event.unit) if event.unit else None
    return EventView(
        state=AreaView(id=str(event.state), name=STATE_NAMES[event.state]),
        colour=ColourView(
            id=event.colour,
            name=tables.grading.colours[event.colour],
            rule=event.colour_rule,
            reason=tables.grading.reason(event.colour_rule),
        ),
        kind=KindView(id=event.kind, name=tables.responsibility.kind_name(event.kind)),
        source=AreaView(id=str(event.source), name=SOURCE_NAMES[event.source]),
        loop=AreaView(id=str(event.loop), name=LOOP_NAMES[event.loop]),
        item=_item_view(item, tables) if item else None,
        place=PlaceView(
            id=event.place,
            name=place.name if place else same(event.address or event.place),
            place_class=event.place_class,
            class_name=area.name if area else None,
            point=_point(event, place.point if place else None),
            address=event.address,
        ),
        zone=AreaView(
            id=event.zone,
            name=(place.zones.get(event.zone) if place else None) or _zone_name(event),
        ),
        grid=AreaView(id=event.grid, name=grid.name if grid else same(event.grid)) if event.grid else None,
        org=path[-1] if path else AreaView(id=event.org, name=same(event.org)),
        org_path=path,
        home=_org_view(event.home, tables),
        referred_to=_org_view(event.referred_to, tables) if event.referred_to else None,
        unit=AreaView(id=event.unit, name=unit.name if unit else same(event.unit)) if event.unit else None,
        site=event.site or None,
        box=event.box or None,
        camera=event.camera or None,
        steps=StepsView(**{name: getattr(event, name) for name in StepsView.model_fields}),
        counts=CountsView(**{name: getattr(event, name) for name in CountsView.model_fields}),
        pause=_pause_view(event),
        limit=event.count_limit,
        fault=_fault_view(event.fault, tables),
        hidden_why=_hidden_view(event.hidden_why, tables),
        chattering=event.open and chatters(event, tables),
        picture=_picture_view(event),
        **{name: getattr(event, name) for name in _PLAIN},
    )


_PLAIN = (
    "id",
    "number",
    "etag",
    "open",
    "summary",
    "unmapped",
    "count",
    "peak_count",
    "confidence",
    "alerts",
    "late_alerts",
    "episodes",
    "open_episodes",
    "first_seen",
    "last_seen",
    "received",
    "last_received",
    "cleared_at",
    "merged_into",
    "shelved_until",
    "shelved_by",
    "shelved_reason",
    "config_version",
    "due_at",
    "group_of",
    "hidden_by",
    "shown_at",
)


def _org_view(org: str, tables: Tables) -> AreaView:
    node = tables.city.orgs.get(org)
    return AreaView(id=org, name=node.name if node else same(org))


def _point(event: EventFacts, place: tuple[float, float] | None) -> tuple[float, float] | None:
    """What was reported goes before the place's own point."""
    if event.longitude is None or event.latitude is None:
        return place
    return (event.longitude, event.latitude)


def _zone_name(event: EventFacts) -> Bilingual:
    if event.source is EventSource.SYSTEM:
        return same(event.summary or event.zone)
    return same(event.zone) if event.source is EventSource.CAMERA else SOURCE_NAMES[event.source]


def _pause_view(event: EventFacts) -> PauseView | None:
    if event.state is EventState.SUSPENDED:
        return PauseView(approved=True, until=event.suspended_until, by=None, reason=None)
    if event.pause_by is None:
        return None
    return PauseView(approved=False, until=event.pause_until, by=event.pause_by, reason=event.pause_reason)


def _fault_view(fault: Fault | None, tables: Tables) -> AreaView | None:
    return AreaView(id=str(fault), name=tables.responsibility.file.fault_names[fault]) if fault else None


def _hidden_view(why: str | None, tables: Tables) -> AreaView | None:
    return AreaView(id=why, name=tables.compression.reasons.get(why, same(why))) if why else None


def _item_view(item: Item, tables: Tables) -> ItemView:
    departments = tables.responsibility.file.departments
    return ItemView(
        number=item.number,
        name=item.name,
        lead=[departments[name] for name in item.lead],
        limits=item.limits.model_dump(exclude_none=True),
        closed_when=item.closed_when,
    )


def _picture_view(event: EventFacts) -> PictureView | None:
    if event.picture is None or event.picture_at is None:
        return None
    return PictureView(id=event.picture, url=picture_url(event.picture), captured=event.picture_at)
