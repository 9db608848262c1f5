"""Events as people see them, names in both languages: the form of the API and of the stream."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from central.events.vocabulary import (
    Colour,
)
from central.grid.locate import Unmapped
from central.names import Bilingual
from messages import PlaceClass


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
