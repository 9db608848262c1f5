"""The duty roster: who is on duty when; shifts that add to the weekly duty, or take from it."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from central.api.acting import Acting, need, sees
from central.api.audited import did
from central.api.desk import AtDesk, Desk
from central.api.names import org_view
from central.api.problems import ApiError, responses
from central.api.routes_dispatch import near_me
from central.api.schemas_roster import PutShift, RosterView, ShiftView, SpellView, UnitRoster
from central.dispatch.roster import LONGEST, MOST_DAYS, Shift, covered_s, spells, window
from central.dispatch.units import Unit, on_duty
from central.names import Id
from central.people.actor import Actor, Role
from central.people.audit import AuditAct
from central.people.scope import may
from central.store import shifts
from central.store.text import printable

router = APIRouter(prefix="/api/v1", tags=["dispatch"])

_EDITORS = (Role.ADMIN, Role.SUPERVISOR)
_MAY = responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
UnitId = Annotated[Id, Path(description="The unit.")]
ShiftId = Annotated[int, Path(ge=1, lt=2**63, description="Row id of the shift.", examples=[7])]


@router.get("/roster", summary="Show the duty roster", responses=_MAY)
def show_roster(
    desk: AtDesk,
    actor: Acting,
    first: Annotated[date | None, Query(alias="from", description="First day; today if not given.")] = None,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="How many.")] = 7,
) -> RosterView:
    """Units of one's organisations and of those above, day by day, by the city's clock."""
    tables, now = desk.tables, desk.now
    begin = first or now.astimezone(tables.zone).date()
    if not date(2000, 1, 1) <= begin <= date(2099, 1, 1):
        detail = "between 2000-01-01 and 2099-01-01"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="query.from")
    scope = sees(desk, actor)
    units = [one for one in tables.units.by_id.values() if scope.orgs and near_me(one, actor, desk)]
    wanted = {unit.id for unit in units}
    with desk.reading() as connection:
        found = shifts.between(connection, wanted, *window(begin, days, tables.calendar))
        present = shifts.at(connection, now)
    every = [begin + timedelta(days=offset) for offset in range(days + 1)]
    return RosterView(
        first=begin,
        days=[window(day, 0, tables.calendar)[0] for day in every],
        timezone=str(tables.zone),
        holidays=[day for day in every[:-1] if day in tables.calendar.holidays],
        items=[
            _roster(desk, actor, unit, (found.get(unit.id, []), present.get(unit.id)), begin, days)
            for unit in units
        ],
    )


def _roster(
    desk: Desk, actor: Actor, unit: Unit, held: tuple[list[Shift], bool | None], first: date, days: int
) -> UnitRoster:
    tables = desk.tables
    planned = spells(unit, held[0], first, days, tables.calendar)
    departments = tables.responsibility.file.departments
    return UnitRoster(
        id=unit.id,
        name=unit.name,
        org=org_view(tables.city, unit.org),
        department=departments[unit.department] if unit.department else None,
        duty=list(unit.duty),
        on_duty=on_duty(unit, desk.now, tables.calendar, held[1]),
        hours=round(covered_s(planned) / 3600, 2),
        may_change=may(actor, tables.city, unit.org, *_EDITORS),
        spells=[SpellView.of(one) for one in planned],
    )


def _editable(desk: Desk, actor: Actor, unit_id: str) -> Unit:
    unit = desk.tables.units.by_id.get(unit_id)
    if unit is None or not (sees(desk, actor).orgs and near_me(unit, actor, desk)):
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no unit {unit_id}", field="path.unit_id")
    need(desk, actor, unit.org, *_EDITORS)
    return unit


def _checked(said: PutShift) -> dict[str, object]:
    if said.ends <= said.starts:
        detail = "it ends before it begins"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="body.ends", code="ends_early")
    if said.ends - said.starts > LONGEST:
        detail = f"longer than {LONGEST.days} days; change the unit's weekly duty instead"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="body.ends", code="shift_long")
    return {
        "starts": said.starts,
        "ends": said.ends,
        "works": said.works,
        "note": printable(said.note.strip()),
    }


@router.post(
    "/units/{unit_id}/shifts", summary="Enter a shift", status_code=HTTPStatus.CREATED, responses=_MAY
)
def add_shift(desk: AtDesk, actor: Acting, unit_id: UnitId, said: PutShift) -> ShiftView:
    """On duty, or off, for a stretch of time; dispatch follows it at once."""
    unit, fields = _editable(desk, actor, unit_id), _checked(said)
    with desk.writing() as connection:
        fields |= {"unit": unit.id, "changed_by": actor.name, "changed": desk.now}
        shift = shifts.one(connection, unit.id, shifts.add(connection, **fields))
    return _noted(desk, actor, AuditAct.ADDED, unit, shift)


@router.put("/units/{unit_id}/shifts/{shift_id}", summary="Change a shift", responses=_MAY)
def put_shift(desk: AtDesk, actor: Acting, unit_id: UnitId, shift_id: ShiftId, said: PutShift) -> ShiftView:
    """Replace it."""
    unit, fields = _editable(desk, actor, unit_id), _checked(said)
    with desk.writing() as connection:
        fields |= {"changed_by": actor.name, "changed": desk.now}
        if shifts.one(connection, unit.id, shift_id) is not None:
            shifts.change(connection, shift_id, **fields)
        shift = shifts.one(connection, unit.id, shift_id)
    return _noted(desk, actor, AuditAct.CHANGED, unit, shift)


@router.delete(
    "/units/{unit_id}/shifts/{shift_id}",
    summary="Take a shift away",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_MAY,
)
def remove_shift(desk: AtDesk, actor: Acting, unit_id: UnitId, shift_id: ShiftId) -> None:
    """The weekly duty holds again."""
    unit = _editable(desk, actor, unit_id)
    with desk.writing() as connection:
        shift = shifts.one(connection, unit.id, shift_id)
        shifts.remove(connection, shift.id if shift else 0)
    _noted(desk, actor, AuditAct.ENDED, unit, shift)


def _noted(desk: Desk, actor: Actor, act: AuditAct, unit: Unit, shift: Shift | None) -> ShiftView:
    if shift is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "the unit has no such shift", field="path.shift_id")
    said = {"from": shift.starts.isoformat(), "to": shift.ends.isoformat(), "works": shift.works}
    did(desk, actor.name, act, "shift", f"{unit.id}/{shift.id}", unit.org, **said)
    return ShiftView.of(shift)
