"""The wall: a redacted picture of a place, now, on demand, and written into the audit log."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import select

from central.api.acting import Acting, need, sees
from central.api.audited import looked
from central.api.desk import AtDesk, Desk
from central.api.problems import ApiError, responses
from central.people.actor import Role
from central.people.audit import AuditAct
from central.store.models import Box, Camera
from messages.topics import BoxTopics

router = APIRouter(prefix="/api/v1", tags=["city"])

WAIT_S = 8.0
"""How long a box may take."""

_ROLES = (Role.OPERATOR, Role.DISPATCHER, Role.SUPERVISOR, Role.ADMIN)
"""Administrators draw zones on it."""
_ID = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"


@router.post(
    "/places/{place_id}/snapshot",
    summary="Take a redacted picture of a place",
    response_class=Response,
    responses={
        **responses(
            HTTPStatus.UNAUTHORIZED,
            HTTPStatus.FORBIDDEN,
            HTTPStatus.NOT_FOUND,
            HTTPStatus.SERVICE_UNAVAILABLE,
        ),
        200: {
            "content": {"image/jpeg": {}},
            "description": (
                "The picture, which is kept nowhere. X-Camera: whose; X-Captured: when, by the box's clock; "
                "X-Blurred: how many regions are covered."
            ),
        },
    },
)
def take_snapshot(
    desk: AtDesk,
    actor: Acting,
    place_id: Annotated[str, Path(pattern=_ID, description="The place.")],
    camera: Annotated[str | None, Query(pattern=_ID, description="One of its cameras.")] = None,
) -> Response:
    """Faces, heads and plates are covered on the box, which also limits how often it answers."""
    place = desk.tables.city.places.get(place_id)
    org = desk.tables.locator.locate(place_id).org
    if place is None or not sees(desk, actor).sees(org):
        raise ApiError(HTTPStatus.NOT_FOUND, "there is no such place", field="path.place_id")
    need(desk, actor, org, *_ROLES)
    box, name = _camera(desk, place_id, camera)
    if desk.snapshots is None:
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "this server has no way to the boxes")
    looked(desk, actor, AuditAct.VIEWED, "snapshot", place_id, org)
    answer = desk.snapshots.ask(box, name, WAIT_S)
    why = answer if isinstance(answer, str) else answer.missing
    if isinstance(answer, str) or answer.picture is None:
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, why or "the box gave no picture")
    headers = {
        "Cache-Control": "no-store",
        "X-Camera": name,
        "X-Captured": answer.picture.captured.isoformat(),
        "X-Blurred": str(answer.picture.blurred),
    }
    return Response(answer.picture.jpeg, headers=headers, media_type="image/jpeg")


def _camera(desk: Desk, place: str, camera: str | None) -> tuple[BoxTopics, str]:
    """Box and camera that watch a place; one that is online before others."""
    statement = (
        select(Box.site, Box.name, Camera.camera, Box.online)
        .join(Box, Box.id == Camera.box_id)
        .where(Camera.place == place)
        .order_by(Box.id, Camera.camera)
    )
    if camera is not None:
        statement = statement.where(Camera.camera == camera)
    with desk.reading() as connection:
        found = connection.execute(statement).all()
    if not found:
        raise ApiError(HTTPStatus.NOT_FOUND, "no camera is known to watch this place", field="path.place_id")
    row = next((each for each in found if each.online), None)
    if row is None:
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "its box is offline")
    return BoxTopics(row.site, row.name), row.camera
