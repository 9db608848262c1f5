"""Hand-over notes: what one shift tells the next."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlalchemy import insert, select, update

from central.api.acting import Acting, need, sees
from central.api.desk import AtDesk
from central.api.problems import ApiError, responses
from central.api.routes_events import Limit
from central.api.schemas_admin import HandoverPage, HandoverView, NewHandover
from central.names import Id
from central.people.actor import Role
from central.store.models_people import Handover
from central.store.upsert import table

router = APIRouter(prefix="/api/v1", tags=["desk"])
_DESK = (Role.OPERATOR, Role.DISPATCHER, Role.SUPERVISOR)


@router.get("/handovers", summary="List hand-over notes", responses=responses(HTTPStatus.FORBIDDEN))
def list_handovers(
    desk: AtDesk, actor: Acting, org: Annotated[Id | None, Query()] = None, limit: Limit = 20
) -> HandoverPage:
    """Notes of the desks in one's part of the city, newest first."""
    statement = (
        select(table(Handover))
        .where(sees(desk, actor).where(Handover.org))
        .order_by(Handover.id.desc())
        .limit(limit)
    )
    if org is not None:
        statement = statement.where(Handover.org == org)
    with desk.reading() as connection:
        rows = connection.execute(statement).mappings()
        return HandoverPage(items=[HandoverView(**row) for row in rows])


@router.post(
    "/handovers",
    summary="Write a hand-over note",
    status_code=HTTPStatus.CREATED,
    responses=responses(HTTPStatus.FORBIDDEN),
)
def write_handover(desk: AtDesk, actor: Acting, said: NewHandover) -> HandoverView:
    """Leave a note for the next shift of a desk."""
    if said.org not in desk.tables.city.orgs:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, f"there is no org {said.org}", field="body.org")
    need(desk, actor, said.org, *_DESK)
    with desk.writing() as connection:
        added = connection.execute(
            insert(Handover)
            .values(org=said.org, author=actor.name, at=desk.now, text=said.text)
            .returning(*table(Handover).c)
        )
        row = added.mappings().one()
    return HandoverView(**row)


@router.post(
    "/handovers/{handover_id}/read",
    summary="Take note",
    responses=responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
)
def read_handover(
    desk: AtDesk, actor: Acting, handover_id: Annotated[int, Path(ge=1, lt=2**63)]
) -> HandoverView:
    """Somebody of the next shift has read it; the first one stays."""
    one = select(table(Handover)).where(Handover.id == handover_id, sees(desk, actor).where(Handover.org))
    with desk.writing() as connection:
        row = connection.execute(one).one_or_none()
        if row is None:
            raise ApiError(HTTPStatus.NOT_FOUND, f"there is no note {handover_id}", field="path.handover_id")
        need(desk, actor, row.org, *_DESK)
        connection.execute(
            update(Handover)
            .where(Handover.id == handover_id, Handover.read_by.is_(None))
            .values(read_by=actor.name, read_at=desk.now)
        )
        read = connection.execute(one).mappings().one()
    return HandoverView(**read)
