"""What the API takes and returns of units, tasks, reports and uploads."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from central.api.schemas_acts import EvidenceId, SaidText
from central.dispatch.nearest import Unfit
from central.dispatch.tasks import TASK_STATE_NAMES, Task, TaskRole, TaskState
from central.events.view import AreaView, EventView, View
from central.events.vocabulary import EventSource
from central.grid.city import Latitude, Longitude
from central.names import Bilingual, Id, same
from central.setup import Tables

Spot = tuple[Longitude, Latitude]
"""Longitude and latitude, WGS 84 degrees."""


class UnitView(View):
    """A unit that can be sent."""

    id: str
    """Unit id."""
    name: Bilingual
    """What people call it."""
    org: AreaView
    """Whose it is."""
    department: Bilingual | None
    """Its department; null for a grid post, which takes everything."""
    on_duty: bool
    """By the roster, now."""
    load: int
    """Open tasks."""
    capacity: int
    """Open tasks that it can carry."""
    point: Spot | None
    """Where it is: its staff's last position if that is fresh, else its station."""
    position_at: datetime | None
    """When that position was sent; null for the station."""
    distance_m: float | None = None
    """From the event that was asked about."""
    unfit: tuple[Unfit, ...] = ()
    """Why it is not sent to that event; empty when it is suitable."""


class UnitPage(View):
    """Units; with an event, those to be sent first come first."""

    items: list[UnitView]
    """The units."""


class PositionBody(BaseModel):
    """Where a unit is now."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"point": [117.205, 30.505]}]})

    point: Spot
    """Longitude and latitude, WGS 84 degrees."""


class TaskView(View):
    """What a unit has to do about an event."""

    id: int
    """Row id."""
    unit: AreaView
    """Whose."""
    role: TaskRole
    """lead or assistant."""
    state: TaskState
    """Where it stands."""
    state_name: Bilingual
    """What people call that."""
    offered_at: datetime
    """When it was given."""
    accepted_at: datetime | None
    """When the unit accepted."""
    arrived_at: datetime | None
    """When it arrived."""
    ended_at: datetime | None
    """When it was done, refused, handed over or withdrawn."""


def task_view(task: Task, tables: Tables) -> TaskView:
    """A task with the names that the city's tables give."""
    return TaskView(**task_fields(task, tables))


def task_fields(task: Task, tables: Tables) -> dict[str, Any]:
    """The fields of a `TaskView`."""
    unit = tables.units.by_id.get(task.unit)
    return {
        "id": task.id,
        "unit": AreaView(id=task.unit, name=unit.name if unit else same(task.unit)),
        "role": task.role,
        "state": task.state,
        "state_name": TASK_STATE_NAMES[task.state],
        "offered_at": task.offered_at,
        "accepted_at": task.accepted_at,
        "arrived_at": task.arrived_at,
        "ended_at": task.ended_at,
    }


class TaskWithEvent(TaskView):
    """A task with its event."""

    event: EventView
    """What it is about."""


class TaskPage(View):
    """Tasks, newest first."""

    items: list[TaskWithEvent]
    """The tasks."""
    next_cursor: str | None
    """Give it as ``cursor`` for the next page; null on the last."""


class TaskBody(BaseModel):
    """What is said with an assistant's step."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: SaidText | None = None
    reason: SaidText | None = None
    pictures: tuple[EvidenceId, ...] = Field((), max_length=10)


Reporter = Literal[
    EventSource.GRID_WORKER, EventSource.RESIDENT, EventSource.HOTLINE, EventSource.UPPER_LEVEL
]


class ReportBody(BaseModel):
    """What somebody reports. It says what and where, never who: the product keeps no file on people."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {
                    "source": "resident",
                    "item": 16,
                    "summary": "rubbish bags beside the bins for two days",
                    "point": [117.205, 30.505],
                }
            ]
        },
    )

    source: Reporter
    """grid_worker, resident, hotline (12345) or upper_level."""
    item: int | None = Field(None, ge=1, le=9999)
    """Number in the responsibility list; without one it is filed by a person as something else."""
    summary: Annotated[str, Field(min_length=1, max_length=500)]
    """What is the matter. Leave out names and telephone numbers."""
    place: Id | None = None
    """A place of the city, if it is one."""
    point: Spot | None = None
    """A point on the map, longitude and latitude, WGS 84 degrees."""
    address: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    """Where, in words."""
    observed: datetime | None = None
    """When it was seen; now, if not given."""
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,100}$")] | None = None
    """The number that the reporting system has for it."""
    pictures: tuple[EvidenceId, ...] = Field((), max_length=10)
    """Ids that ``POST /api/v1/uploads`` has given out."""


class Duplicate(View):
    """An open event that may be the same."""

    event: EventView
    """The event."""
    distance_m: float | None
    """How far away; null when nobody knows."""


class ReportView(View):
    """The event that a report became."""

    event: EventView
    """The event."""
    duplicates: list[Duplicate]
    """Open events of the same item near by; the desk may merge them."""


class DuplicatePage(View):
    """Open events near by."""

    items: list[Duplicate]
    """Nearest first."""


class UploadView(View):
    """A picture as it was kept: faces, heads and plates covered."""

    id: str
    """Give it with an act or a report."""
    url: str
    """Where it is, relative to the server's root."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    blurred: int
    """Regions that were covered."""
