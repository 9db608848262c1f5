"""What people report, with pictures that are redacted on arrival."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection, and_, or_, select
from starlette.concurrency import run_in_threadpool

from central.api.acting import Acting, sees
from central.api.desk import AtDesk, Desk
from central.api.idempotency import Answer, IdempotencyKey, Repeatable
from central.api.problems import ApiError, responses
from central.api.schemas_dispatch import (
    Duplicate,
    DuplicatePage,
    ReportBody,
    ReportView,
    Spot,
    UploadView,
)
from central.dispatch.nearest import distance_m, near_box, point_of
from central.events.facts import EventFacts
from central.events.report import Report, may_be_reported, reported_event
from central.events.responsibility import Item
from central.events.showing import event_view, picture_url
from central.events.vocabulary import EventState
from central.people.actor import Actor, Role
from central.store import uploads
from central.store.books import EVENT_COLUMNS, event_facts
from central.store.cases import Cases, Change
from central.store.models import Event
from central.store.terms import is_open
from central.store.text import printable
from central.store.uploads import Picture
from central.store.upsert import take_event_ids
from placewatch.errors import RedactionError, UploadError
from placewatch.logs import get_logger

router = APIRouter(prefix="/api/v1", tags=["reports"])

NEAR_M = 200.0
"""Open events of the same item within so many metres may be the same."""

MOST_BYTES = 20 * 1024 * 1024
"""Of an uploaded picture; what is larger is cut off unread."""

_OLDEST = timedelta(days=30)
_REPORTERS = (Role.OPERATOR, Role.DISPATCHER, Role.SUPERVISOR, Role.RESPONDER)
_NEEDS = responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@router.post(
    "/uploads",
    summary="Send a picture",
    status_code=HTTPStatus.CREATED,
    responses=responses(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("image/jpeg", "image/png", "image/webp")
            },
        }
    },
)
async def upload(desk: AtDesk, actor: Acting, request: Request) -> UploadView:
    """A photo as the request's body; give its id with an act or a report within a day.

    Faces, heads and plates are covered and its metadata is left behind before it is kept.
    """
    _may_report(actor)
    content = await _body(request)
    return await run_in_threadpool(_keep, desk, actor, content)


async def _body(request: Request) -> bytes:
    """The request's body, as long as it is not too large."""
    if request.headers.get("content-type", "").partition(";")[0].strip() not in {
        "image/jpeg",
        "image/png",
        "image/webp",
    }:
        detail = "send a JPEG, PNG or WebP with its Content-Type (image/jpeg, image/png, image/webp)"
        raise ApiError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, field="header.Content-Type")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            detail = f"a picture has at most {MOST_BYTES // 2**20} MiB; send it smaller"
            raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, field="body")
        parts.append(part)
    return b"".join(parts)


def _keep(desk: Desk, actor: Actor, content: bytes) -> UploadView:
    if desk.door is None:
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "this server takes no pictures: it cannot redact them")
    try:
        covered = desk.door.cover(content)
    except UploadError as error:
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, error.message, field="body") from error
    except RedactionError as error:
        get_logger(part="uploads").error("a picture could not be redacted and was dropped", reason=str(error))
        detail = "the picture could not be redacted, so it was not kept; try again, or report without it"
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error
    try:
        stored = desk.evidence.put(covered.jpeg)
        desk.evidence.settle()
    except OSError as error:
        get_logger(part="uploads").error("a picture could not be kept", reason=str(error))
        detail = "the picture could not be kept; try again in a moment, or report without it"
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error
    picture = Picture(
        id=secrets.token_hex(16),
        event_id=None,
        actor=actor.name,
        file=stored.file,
        sha256=stored.sha256,
        width=covered.width,
        height=covered.height,
        blurred=covered.blurred,
        received=desk.now,
    )
    with desk.writing() as connection:
        unused = uploads.drop_unused(connection, desk.now)
        uploads.add(connection, picture, stored)
    for file in unused:
        if file != stored.file:
            _drop(desk, file)
    return UploadView(
        id=picture.id,
        url=picture_url(picture.id),
        width=picture.width,
        height=picture.height,
        blurred=picture.blurred,
    )


def _drop(desk: Desk, file: str) -> None:
    """What nobody used; a store that fails now costs its place, not the new picture."""
    try:
        desk.evidence.remove(file)
    except OSError as error:
        get_logger(part="uploads").warning(
            "an unused picture could not be deleted", file=file, reason=str(error)
        )


@router.post(
    "/reports",
    summary="Report something",
    status_code=HTTPStatus.CREATED,
    response_model=ReportView,
    responses=_NEEDS,
)
def report(desk: AtDesk, actor: Acting, body: ReportBody, key: IdempotencyKey = None) -> Response:
    """What somebody has seen becomes an event of the same life cycle as a camera's.

    It is filed at once when the source is an official one and the item and whoever answers are known. Open
    events near by that may be the same come with the answer.
    """
    _may_report(actor)
    repeatable = Repeatable.of(actor.name, key, "report", body.model_dump_json())
    now = desk.now
    checked = _checked(desk, body, now)
    with desk.writing() as connection:
        answer = repeatable.known(connection)
        if answer is None:
            _own_uploads(connection, actor, body.pictures)
            event = _enter(connection, desk, actor, checked, body.pictures)
            near = _duplicates(connection, desk, actor, event)
            view = ReportView(event=event_view(event, desk.tables), duplicates=near)
            answer = Answer(HTTPStatus.CREATED, view.model_dump_json(by_alias=True), event.etag)
            repeatable.remember(connection, answer, now)
    desk.hub.notify()
    headers = {"ETag": answer.etag} if answer.etag else {}
    return Response(answer.body, answer.status, headers, "application/json")


def _may_report(actor: Actor) -> None:
    if not actor.orgs(*_REPORTERS):
        roles = ", ".join(_REPORTERS)
        raise ApiError(HTTPStatus.FORBIDDEN, f"to report takes one of the roles {roles}")


def _enter(
    connection: Connection, desk: Desk, actor: Actor, checked: Report, pictures: Sequence[str]
) -> EventFacts:
    [number] = take_event_ids(connection, 1)
    event, notes = reported_event(checked, number, desk.now, desk.tables)
    cases = Cases(connection, desk.tables, desk.keep)
    [event] = cases.save([Change(None, event, notes, actor.name)], desk.now)
    uploads.use(connection, pictures, actor.name, number)
    return event


def _checked(desk: Desk, body: ReportBody, now: datetime) -> Report:
    def wrong(field: str, detail: str) -> ApiError:
        return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=f"body.{field}")

    item: Item | None = None
    if body.item is not None:
        item = desk.tables.responsibility.by_number.get(body.item)
        if item is None or not may_be_reported(item):
            raise wrong("item", f"the responsibility list has no item {body.item} that people report")
    if body.place is not None and body.place not in desk.tables.city.places:
        raise wrong("place", f"there is no place {body.place!r}")
    if body.place is None and body.point is None and body.address is None:
        raise wrong("point", "say where: a place, a point on the map, or an address")
    observed = body.observed or now
    if observed.tzinfo is None:
        raise wrong("observed", "say in which time zone, such as 2025-11-23T12:00:00+08:00")
    if not now - _OLDEST <= observed <= now + timedelta(minutes=5):
        raise wrong("observed", "must lie within the last thirty days")
    summary = printable(body.summary).strip()
    if not summary:
        raise wrong("summary", "say what is the matter")
    address = printable(body.address, 300).strip() if body.address else None
    return Report(
        source=body.source,
        item=item,
        summary=summary,
        observed=observed.astimezone(UTC),
        place=body.place,
        point=body.point,
        address=address or None,
        reference=body.reference,
        picture=body.pictures[0] if body.pictures else None,
    )


def _own_uploads(connection: Connection, actor: Actor, pictures: Sequence[str]) -> None:
    own = uploads.usable(connection, pictures, actor.name)
    for picture in pictures:
        if picture not in own:
            detail = f"you have not uploaded a picture {picture} that is free to be used"
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="body.pictures")


@router.get("/reports/duplicates", summary="Find open events near by", responses=_NEEDS)
def find_duplicates(
    desk: AtDesk,
    actor: Acting,
    longitude: Annotated[float, Query(ge=-180, le=180)],
    latitude: Annotated[float, Query(ge=-90, le=90)],
    item: Annotated[int, Query(ge=1, le=9999, description="Number in the responsibility list.")],
) -> DuplicatePage:
    """Before something is reported: open events of the same item within 200 m."""
    with desk.reading() as connection:
        found = _near(connection, desk, actor, (longitude, latitude), item, but=0)
    return DuplicatePage(items=found)


def _duplicates(connection: Connection, desk: Desk, actor: Actor, event: EventFacts) -> list[Duplicate]:
    here = point_of(event, desk.tables)
    if here is None or not event.item:
        return []
    return _near(connection, desk, actor, here, event.item, but=event.id)


def _near(
    connection: Connection, desk: Desk, actor: Actor, here: Spot, item: int, *, but: int
) -> list[Duplicate]:
    """Open events of an item near a point that the actor may see, nearest first."""
    west, south, east, north = near_box(here, NEAR_M)
    places = desk.tables.locator.within(west, south, east, north)
    spot = and_(Event.longitude.between(west, east), Event.latitude.between(south, north))
    statement = (
        select(*EVENT_COLUMNS)
        .where(
            is_open(),
            Event.item == item,
            Event.id != but,
            Event.state != EventState.MERGED,
            or_(spot, and_(Event.longitude.is_(None), Event.place.in_(places))),
        )
        .order_by(Event.id.desc())
        .limit(100)
    )
    scope = sees(desk, actor)
    found = []
    for row in connection.execute(statement):
        event = event_facts(row)
        there = point_of(event, desk.tables)
        away = distance_m(here, there) if there else None
        if scope.sees(event.home) and (away is None or away <= NEAR_M):
            view = event_view(event, desk.tables)
            found.append(Duplicate(event=view, distance_m=None if away is None else round(away, 1)))
    return sorted(found, key=lambda one: one.distance_m or 0.0)[:10]
