"""Units that can be sent, where they are, and their tasks."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from central.api import queries
from central.api.acting import Acting, need, sees
from central.api.cursors import Cursor, read_cursor
from central.api.desk import AtDesk, Desk
from central.api.problems import ApiError, responses
from central.api.routes_events import CursorText, Limit
from central.api.schemas_dispatch import (
    PositionBody,
    TaskBody,
    TaskPage,
    TaskView,
    TaskWithEvent,
    UnitPage,
    UnitView,
    task_fields,
    task_view,
)
from central.dispatch.nearest import FRESH, Candidate, Standing, candidates
from central.dispatch.tasks import Task, TaskRole, TaskState, stepped
from central.dispatch.units import Unit, on_duty
from central.events.guards import within
from central.events.showing import event_view
from central.events.timeline import Details, Note
from central.events.view import AreaView
from central.events.vocabulary import Verb
from central.names import Id
from central.people.actor import Actor, Role
from central.people.scope import WHOLE
from central.store import uploads
from central.store.books import load_events
from central.store.cases import Cases, Change
from central.store.tasks import (
    save_position,
    save_tasks,
    standings,
    task_by_id,
    tasks_of_units,
)

router = APIRouter(prefix="/api/v1", tags=["dispatch"])

_NEEDS = responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_NOT_HERE = responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)

TaskNumber = Annotated[int, Path(ge=1, lt=2**63, description="The task's id.", examples=[7])]


@router.get("/units", summary="List units", responses=_NOT_HERE)
def list_units(
    desk: AtDesk,
    actor: Acting,
    event: Annotated[int | None, Query(ge=1, lt=2**63, description="Rank them for this event.")] = None,
) -> UnitPage:
    """Units of the caller's organisations and of those above; for an event, those to be sent first."""
    with desk.reading() as connection:
        now_standing = standings(connection, desk.now)
        facts = queries.event(connection, event, sees(desk, actor)) if event is not None else None
    if event is not None and facts is None:
        raise ApiError(
            HTTPStatus.NOT_FOUND, f"there is no event {event} that you may see", field="query.event"
        )
    if facts is not None:
        ranked = candidates(facts, now_standing, desk.tables, desk.now)
        return UnitPage(items=[_ranked(found, now_standing, desk) for found in ranked])
    scope = sees(desk, actor)
    units = [unit for unit in desk.tables.units.by_id.values() if near_me(unit, actor, desk)]
    return UnitPage(items=[_unit(unit, now_standing, desk) for unit in units if scope.orgs])


def near_me(unit: Unit, actor: Actor, desk: Desk) -> bool:
    """Units of the actor's subtrees, and those of orgs above, which cover them too."""
    city = desk.tables.city
    if within(actor, {unit.org}, city) or actor.unit == unit.id:
        return True
    return any(unit.org in {org.id for org in city.chain(own)} for own in actor.orgs() if own in city.orgs)


def _ranked(found: Candidate, now_standing: Mapping[str, Standing], desk: Desk) -> UnitView:
    view = _unit(found.unit, now_standing, desk)
    away = None if found.distance_m is None else round(found.distance_m, 1)
    return view.model_copy(update={"distance_m": away, "unfit": found.unfit})


def _unit(unit: Unit, now_standing: Mapping[str, Standing], desk: Desk) -> UnitView:
    tables, standing = desk.tables, now_standing.get(unit.id, Standing())
    fresh = standing.position_at is not None and desk.now - standing.position_at <= FRESH
    department = tables.responsibility.file.departments[unit.department] if unit.department else None
    return UnitView(
        id=unit.id,
        name=unit.name,
        org=AreaView(id=unit.org, name=tables.city.orgs[unit.org].name),
        department=department,
        on_duty=on_duty(unit, desk.now, tables.calendar, standing.shift),
        load=standing.load,
        capacity=unit.capacity,
        point=standing.position if fresh else unit.point,
        position_at=standing.position_at if fresh else None,
    )


@router.put(
    "/units/{unit_id}/position",
    summary="Say where a unit is",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_NOT_HERE,
)
def put_position(
    desk: AtDesk, actor: Acting, unit_id: Annotated[Id, Path(description="The unit.")], body: PositionBody
) -> Response:
    """For the unit's own staff. It replaces the one before, no track is kept; it counts for half an hour."""
    if unit_id not in desk.tables.units.by_id:
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no unit {unit_id}", field="path.unit_id")
    if actor.unit != unit_id:
        raise ApiError(HTTPStatus.FORBIDDEN, "only the unit's own staff says where it is")
    with desk.writing() as connection:
        save_position(connection, unit_id, body.point, desk.now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/tasks", summary="List tasks", responses=_NEEDS)
def list_tasks(
    desk: AtDesk,
    actor: Acting,
    unit: Annotated[Id | None, Query(description="Of this unit; your own if not given.")] = None,
    live: Annotated[bool | None, Query(description="Only open or only ended ones.")] = True,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> TaskPage:
    """Tasks of one unit, newest first, each with its event."""
    chosen = unit or actor.unit
    if chosen is None:
        detail = "you act for no unit; say which one's tasks"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="query.unit")
    if chosen != actor.unit:
        known = desk.tables.units.by_id.get(chosen)
        org = known.org if known else desk.tables.city.root.id
        need(desk, actor, org, Role.OPERATOR, Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN)
    start = read_cursor(cursor, "tasks")
    with desk.reading() as connection:
        found = tasks_of_units(
            connection, [chosen], live=live, before=start.id if start else None, limit=limit + 1
        )
        events = {task.event_id: queries.event(connection, task.event_id, WHOLE) for task in found[:limit]}
    items = [
        TaskWithEvent(**task_fields(task, desk.tables), event=event_view(facts, desk.tables))
        for task in found[:limit]
        if (facts := events[task.event_id]) is not None
    ]
    more = Cursor("tasks", None, found[limit - 1].id).text() if len(found) > limit else None
    return TaskPage(items=items, next_cursor=more)


TaskStep = Literal["accept", "arrive", "feedback", "return"]
_STEPS: dict[str, tuple[frozenset[TaskState], TaskState]] = {
    "accept": (frozenset({TaskState.OFFERED}), TaskState.ACCEPTED),
    "arrive": (frozenset({TaskState.OFFERED, TaskState.ACCEPTED}), TaskState.ON_SITE),
    "feedback": (frozenset({TaskState.ACCEPTED, TaskState.ON_SITE}), TaskState.DONE),
    "return": (frozenset({TaskState.OFFERED, TaskState.ACCEPTED, TaskState.ON_SITE}), TaskState.REFUSED),
}


@router.post(
    "/tasks/{task_id}/verbs/{step}",
    summary="Take a step in an assistant's task",
    responses=responses(
        HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT
    ),
)
def step_task(desk: AtDesk, actor: Acting, task_id: TaskNumber, step: TaskStep, body: TaskBody) -> TaskView:
    """For a unit that assists; the event itself moves on by its lead's acts. Its timeline tells the step."""
    with desk.writing() as connection:
        seen = task_by_id(connection, task_id)
        held = load_events(connection, [seen.event_id], ()) if seen else {}
        task = task_by_id(connection, task_id)  # as it is now that its event is held
        if task is None or task.unit != actor.unit:
            detail = f"there is no task {task_id} of your unit"
            raise ApiError(HTTPStatus.NOT_FOUND, detail, field="path.task_id")
        event = held[task.event_id]
        _check_step(task, step, body, event.etag)
        after = stepped(task, _STEPS[step][1], desk.now)
        pictures = list(body.pictures) or None
        details = Details(unit=task.unit, step=step, note=body.note, reason=body.reason, pictures=pictures)
        cases = Cases(connection, desk.tables, desk.keep)
        cases.save([Change(event, event, (Note(Verb.ASSISTED, desk.now, details),), actor.name)], desk.now)
        uploads.use(connection, body.pictures, actor.name, event.id)
        save_tasks(connection, [after])
    desk.hub.notify()
    return task_view(after, desk.tables)


def _check_step(task: Task, step: str, body: TaskBody, etag: str) -> None:
    if task.role is TaskRole.LEAD:
        detail = "the unit leads; act on the event itself (POST /api/v1/events/ID/verbs/VERB)"
        raise ApiError(HTTPStatus.CONFLICT, detail, headers={"ETag": etag})
    if task.state not in _STEPS[step][0]:
        raise ApiError(HTTPStatus.CONFLICT, f"{step} is not possible while the task is {task.state}")
    for field, needed in (("note", step == "feedback"), ("reason", step == "return")):
        if needed and getattr(body, field) is None:
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{step} needs it", field=f"body.{field}")
