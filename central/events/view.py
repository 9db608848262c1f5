"""Events as people see them, names in both languages: the form of the API and of the stream."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from central.events.facts import EventFacts
from central.events.responsibility import Item
from central.events.vocabulary import STATE_NAMES, Colour
from central.grid.locate import Unmapped
from central.names import Bilingual, same
from central.setup import Tables
from messages import Fault, Kind, PlaceClass


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

    id: Kind
    """The edge rule's kind."""
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
    place_class: PlaceClass = Field(serialization_alias="class")
    """Class of key area."""
    class_name: Bilingual
    """What people call the class."""
    point: tuple[float, float] | None
    """Longitude and latitude; null for a place that the city file does not know."""


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


_EXAMPLE: dict[str, Any] = {
    "id": 42,
    "number": "20251123-000042",
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
    state: AreaView
    """reported (上报) or filed (立案)."""
    open: bool
    """Whether further alerts join it."""
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
    unmapped: Unmapped | None
    """Why there is no grid."""
    site: str
    """Site of the latest alert."""
    box: str
    """Box of the latest alert."""
    camera: str
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
    return EventView(
        state=AreaView(id=str(event.state), name=STATE_NAMES[event.state]),
        colour=ColourView(
            id=event.colour,
            name=tables.grading.colours[event.colour],
            rule=event.colour_rule,
            reason=tables.grading.reason(event.colour_rule),
        ),
        kind=KindView(id=event.kind, name=tables.responsibility.file.kind_names[event.kind]),
        item=_item_view(item, tables) if item else None,
        place=PlaceView(
            id=event.place,
            name=place.name if place else same(event.place),
            place_class=event.place_class,
            class_name=tables.key_areas.classes[event.place_class].name,
            point=place.point if place else None,
        ),
        zone=AreaView(
            id=event.zone, name=(place.zones.get(event.zone) if place else None) or same(event.zone)
        ),
        grid=AreaView(id=event.grid, name=grid.name if grid else same(event.grid)) if event.grid else None,
        org=path[-1] if path else AreaView(id=event.org, name=same(event.org)),
        org_path=path,
        limit=event.count_limit,
        fault=_fault_view(event.fault, tables),
        picture=_picture_view(event),
        **{name: getattr(event, name) for name in _PLAIN},
    )


_PLAIN = (
    "id",
    "number",
    "open",
    "unmapped",
    "site",
    "box",
    "camera",
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
    "config_version",
)


def _fault_view(fault: Fault | None, tables: Tables) -> AreaView | None:
    return AreaView(id=str(fault), name=tables.responsibility.file.fault_names[fault]) if fault else None


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
