"""Boxes, figures, dead letters, health."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal

import msgspec
from fastapi import APIRouter, Response
from sqlalchemy import Row, select
from sqlalchemy.exc import SQLAlchemyError

from central.api import queries_service
from central.api.acting import Acting, need, sees
from central.api.cursors import Cursor, read_cursor
from central.api.desk import AtDesk, Desk
from central.api.problems import responses
from central.api.routes_events import CursorText, Limit
from central.api.schemas_service import (
    BoxPage,
    BoxView,
    CameraView,
    Counts,
    DeadLetterPage,
    DeadLetterView,
    HealthView,
    ServiceHealth,
)
from central.events.view import AreaView
from central.names import same
from central.people.actor import Role
from central.people.scope import Scope
from central.store.boxes import boxes_as_said
from central.store.models import Box, Camera
from placewatch import __version__
from placewatch.clock import utc

SILENT_AFTER = timedelta(seconds=90)
"""Three health periods."""

router = APIRouter(prefix="/api/v1", tags=["service"])
health_router = APIRouter(tags=["service"])


@router.get("/boxes", summary="List boxes", responses=responses())
def list_boxes(desk: AtDesk, actor: Acting) -> BoxPage:
    """Every box with a camera in one's part of the city: its state, its last health and those cameras."""
    within = sees(desk, actor)
    with desk.reading() as connection:
        rows = connection.execute(boxes_as_said().order_by(Box.site, Box.name)).all()
        missing = queries_service.missing(connection)
    boxes = [_box(row, desk, within, missing.get(row.id, 0)) for row in rows]
    return BoxPage(items=[box for box in boxes if within.whole or box.cameras])


def _mine(place: str, desk: Desk, within: Scope) -> bool:
    return within.sees(desk.tables.locator.locate(place).org)


def _camera(said: dict[str, Any], updated: datetime, desk: Desk) -> CameraView:
    place = desk.tables.city.places.get(said["place"])
    view = AreaView(id=said["place"], name=place.name if place else same(said["place"]))
    return CameraView.model_validate({**said, "place": view, "updated": updated})


def _box(row: Row[Any], desk: Desk, within: Scope, missing: int) -> BoxView:
    health = msgspec.json.decode(row.health) if row.health else {}
    listed = {said["camera"]: said for said in health.pop("cameras", [])}
    cameras = [
        _camera(said, row.health_received, desk)
        for _, said in sorted(listed.items())
        if _mine(said["place"], desk, within)
    ]
    return BoxView(
        site=row.site,
        box=row.name,
        state=_state(row, desk),
        session=row.session,
        version=row.version,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        alerts=row.alerts,
        duplicates=row.duplicates,
        rejected=row.rejected,
        pictures_refused=row.pictures_refused,
        missing=missing,
        health=HealthView.model_validate(health) if health else None,
        health_received=row.health_received,
        cameras=cameras,
    )


def _state(row: Row[Any], desk: Desk) -> Literal["online", "offline", "silent", "unknown"]:
    if row.online is None:
        return "unknown"
    if not row.online:
        return "offline"
    return "silent" if utc(desk.clock.now()) - row.last_seen > SILENT_AFTER else "online"


@router.get("/counts", summary="Show sums", responses=responses())
def show_counts(desk: AtDesk, actor: Acting) -> Counts:
    """Alerts, episodes and events as they stand, counted in one transaction so that they add up."""
    within = sees(desk, actor)
    with desk.reading() as connection:
        if within.whole:
            return queries_service.counts(connection)
        cameras = connection.execute(select(Camera.box_id, Camera.place)).all()
        boxes = {camera.box_id for camera in cameras if _mine(camera.place, desk, within)}
        return queries_service.counts_of(connection, within, boxes)


@router.get("/dead-letters", summary="List refused messages", responses=responses(HTTPStatus.FORBIDDEN))
def list_dead_letters(
    desk: AtDesk, actor: Acting, cursor: CursorText = None, limit: Limit = 50
) -> DeadLetterPage:
    """Messages that could not be taken in, newest first, each with its reason.

    Nobody knows whose they were, so they are for those who administer or audit the whole city.
    """
    need(desk, actor, desk.tables.city.root.id, Role.ADMIN, Role.AUDITOR)
    start = read_cursor(cursor, "letters")
    with desk.reading() as connection:
        found = queries_service.dead_letters(connection, start.id if start else None, limit + 1)
    page = found[:limit]
    items = [
        DeadLetterView(
            id=letter.id,
            topic=letter.topic,
            message_id=letter.message_id,
            reason=letter.reason,
            size=letter.size,
            preview=letter.head.decode("utf-8", "replace"),
            received=letter.received,
        )
        for letter in page
    ]
    more = Cursor("letters", None, page[-1].id).text() if len(found) > limit else None
    return DeadLetterPage(items=items, next_cursor=more)


@health_router.get("/healthz", summary="Check the service", responses={503: {"model": ServiceHealth}})
def show_health(desk: AtDesk, response: Response) -> ServiceHealth:
    """Whether the database answers and the broker is there; 503 when the database does not."""
    try:
        with desk.reading() as connection:
            connection.execute(select(1))
        database: Literal["ok", "down"] = "ok"
    except SQLAlchemyError:
        database = "down"
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    broken = not desk.status.connected or desk.status.stuck
    return ServiceHealth(
        status="down" if database == "down" else "degraded" if broken else "ok",
        database=database,
        broker="connected" if desk.status.connected else "away",
        waiting=desk.status.waiting,
        desks=len(desk.hub),
        version=__version__,
    )
