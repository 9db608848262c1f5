"""Events, their pictures and their live stream."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask

from central.api import queries, queries_event
from central.api.acting import Acting, AnySignedIn, sees, still_in
from central.api.audited import looked
from central.api.cursors import Cursor, Order, read_cursor
from central.api.desk import AtDesk, Desk
from central.api.hub import Watcher
from central.api.problems import ApiError, responses
from central.api.queries import EventFilter
from central.api.schemas_dispatch import task_view
from central.api.schemas_events import EventDetail, EventPage
from central.events.showing import event_view
from central.events.vocabulary import Colour, EventSource, EventState
from central.ingest.check import EARLIEST, LATEST
from central.names import Id
from central.people.actor import Actor
from central.people.audit import AuditAct
from central.store.feed import position
from central.store.tasks import tasks_of_event
from central.store.text import printable
from messages import PlaceClass
from placewatch.logs import get_logger

router = APIRouter(prefix="/api/v1", tags=["events"])

RowNumber = Annotated[int, Path(ge=1, lt=2**63, description="The event's id.", examples=[42])]
Limit = Annotated[int, Query(ge=1, le=500, description="Most items of the page.")]
CursorText = Annotated[str | None, Query(max_length=200, description="``next_cursor`` of the page before.")]


class EventQuery(BaseModel):
    """Which events, in which order, from where on."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    state: tuple[EventState, ...] = ()
    """Any of these states."""
    colour: tuple[Colour, ...] = ()
    """Any of these colours."""
    kind: tuple[Id, ...] = ()
    """Any of these kinds."""
    place: tuple[Id, ...] = ()
    """Any of these places."""
    open: bool | None = None
    """Only open or only closed ones."""
    org: tuple[Id, ...] = ()
    """On the ground of any of these organisations or of those below them."""
    place_class: tuple[PlaceClass, ...] = ()
    """At places of any of these classes."""
    item: tuple[Annotated[int, Field(ge=0, le=9999)], ...] = ()
    """Any of these items of the responsibility list; 0 is something else."""
    source: tuple[EventSource, ...] = ()
    """Any of these sources."""
    since: AwareDatetime | None = None
    """Taken in at this moment or later."""
    until: AwareDatetime | None = None
    """Taken in before this moment."""
    text: str | None = Field(None, min_length=1, max_length=100)
    """With this in its summary, address or place's name, or as the beginning or last part of its number."""
    hidden: bool | None = None
    """False: without what other open events hide, as a desk is shown it; true: only what is hidden."""
    shelved: bool | None = None
    """False: without what was put aside; true: only that."""
    order: Order = "activity"
    """Newest first, by last activity or by creation."""
    cursor: str | None = Field(None, max_length=200)
    """``next_cursor`` of the page before."""
    limit: int = Field(50, ge=1, le=500)
    """Most items of the page."""


@router.get("/events", summary="List events", responses=responses())
def list_events(desk: AtDesk, actor: Acting, query: Annotated[EventQuery, Query()]) -> EventPage:
    """Events, newest first; several values of one filter mean any of them."""
    order, limit = query.order, query.limit
    chosen = chosen_by(desk, actor, query)
    start = read_cursor(query.cursor, order)
    with desk.reading() as connection:
        stream_position = position(connection)
        found = queries.events(connection, chosen, order, start, limit + 1)
        page = found[:limit]
        hides = queries.hides(connection, [facts.id for facts in page])
        spared = queries.spared(connection, chosen) if query.hidden is False else None
    next_cursor = None
    if len(found) > limit:
        last = page[-1]
        moment = last.last_received if order == "activity" else None
        next_cursor = Cursor(order, moment, last.id).text()
    items = [event_view(facts, desk.tables) for facts in page]
    return EventPage(
        items=items, next_cursor=next_cursor, stream_position=stream_position, hides=hides, spared=spared
    )


def chosen_by(desk: Desk, actor: Actor, query: EventQuery) -> EventFilter:
    """What a query asks for, within what the actor may see.

    Raises:
        ApiError: It names a kind or an organisation that the city does not have, or an impossible time.
    """
    _known_kinds(desk, query.kind)
    city = desk.tables.city
    for index, org in enumerate(query.org):
        if org not in city.orgs:
            detail = f"there is no organisation {org!r}"
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=f"query.org.{index}")
    for name in ("since", "until"):
        moment = getattr(query, name)
        if moment is not None and not EARLIEST <= moment < LATEST:
            detail = "must lie between the years 2000 and 2100"
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=f"query.{name}")
    text = printable(query.text, 100).strip() if query.text else ""
    roots = frozenset(query.org)
    return EventFilter(
        query.state,
        query.colour,
        query.kind,
        query.place,
        query.open,
        sees(desk, actor),
        orgs=city.below(roots) if roots else None,
        place_classes=query.place_class,
        items=query.item,
        sources=query.source,
        since=query.since,
        until=query.until,
        text=text,
        text_places=desk.tables.locator.places_named(text, 500) if text else (),
        hidden=query.hidden,
        shelved=query.shelved,
    )


def _known_kinds(desk: Desk, kinds: tuple[str, ...]) -> None:
    known = desk.tables.responsibility.event_kinds
    for index, kind in enumerate(kinds):
        if kind not in known:
            detail = f"not a kind of event; one of {', '.join(known)}"
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=f"query.kind.{index}")


@router.get("/events/{event_id}", summary="Show an event", responses=responses(HTTPStatus.NOT_FOUND))
def show_event(desk: AtDesk, actor: Acting, event_id: RowNumber, response: Response) -> EventDetail:
    """An event with timeline, limits, episodes, pictures and clips; acts want its ETag as ``If-Match``."""
    with desk.reading() as connection:
        facts = queries.event(connection, event_id, sees(desk, actor))
        if facts is None:
            raise ApiError(HTTPStatus.NOT_FOUND, f"there is no event {event_id}", field="path.event_id")
        timeline = queries_event.timeline(connection, facts)
        episodes = queries_event.episodes(connection, event_id)
        pictures = queries_event.pictures(connection, event_id)
        clips = queries_event.clips(connection, event_id)
        deadlines = queries_event.deadlines(connection, event_id)
        parts = queries_event.parts(connection, event_id)
        tasks = tasks_of_event(connection, event_id)
    looked(desk, actor, AuditAct.OPENED, "event", facts.number, facts.home)
    view = event_view(facts, desk.tables)
    response.headers["ETag"] = facts.etag
    return EventDetail(
        **{name: getattr(view, name) for name in type(view).model_fields},
        timeline=timeline,
        episode_list=episodes,
        pictures=pictures,
        clips=clips,
        deadlines=deadlines,
        tasks=[task_view(task, desk.tables) for task in tasks],
        part_of_it=parts,
    )


@router.get(
    "/evidence/{evidence_id}",
    summary="Show a picture or clip",
    response_class=FileResponse,
    responses={
        **responses(HTTPStatus.NOT_FOUND),
        200: {
            "content": {"image/jpeg": {}, "video/mp4": {}},
            "description": "The redacted picture or clip.",
        },
        206: {"description": "The range that was asked for."},
        304: {"description": "The caller has it."},
    },
)
def show_evidence(
    desk: AtDesk,
    actor: Acting,
    evidence_id: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="The evidence id.")],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A redacted picture or clip; it never changes under its id. Players may ask for ranges."""
    with desk.reading() as connection:
        found = queries_event.evidence_file(connection, evidence_id, sees(desk, actor), actor.name)
    if found is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "there is no such picture or clip", field="path.evidence_id")
    looked(desk, actor, AuditAct.VIEWED, "evidence", evidence_id, found.org)
    headers = {
        "ETag": f'"{found.sha256}"',
        "Cache-Control": "private, no-cache",  # kept, but asked for: each viewing is written down
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f'inline; filename="{evidence_id}{FilePath(found.file).suffix}"',
    }
    if if_none_match is not None and found.sha256 in if_none_match:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        fetched = desk.evidence.fetch(found.file)
    except OSError as error:
        get_logger(part="evidence").error("the store does not answer", reason=str(error))
        detail = "the store of pictures does not answer; try again in a moment"
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, detail) from error
    if fetched is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "it is no longer kept", field="path.evidence_id")
    after = BackgroundTask(fetched.path.unlink, missing_ok=True) if fetched.passing else None
    return FileResponse(fetched.path, headers=headers, media_type=found.media_type, background=after)


@router.get(
    "/stream",
    summary="Follow events live",
    response_class=StreamingResponse,  # frames are made once for all desks, not once for each
    responses={
        **responses(),
        200: {
            "description": (
                "Server-sent events. `event`: a change, its id for Last-Event-ID, data as StreamPayload "
                "(verbs, event). `tick`: the server's time, every few seconds. `reset`: more was missed than "
                "is kept; load the list anew."
            ),
            "content": {"text/event-stream": {}},
        },
    },
)
async def stream(
    desk: AtDesk,
    who: AnySignedIn,
    after: Annotated[int | None, Query(ge=0, lt=2**63, description="Begin after this change.")] = None,
    last_event_id: Annotated[
        int | None, Header(ge=0, lt=2**63, description="The last change the client has; wins over `after`.")
    ] = None,
) -> StreamingResponse:
    """Changes as they are committed, after those that the client has missed."""
    if desk.hub.full:
        detail = "too many connections to the stream; try again in a moment"
        raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    frames: AsyncIterator[bytes] = desk.hub.subscribe(
        after if last_event_id is None else last_event_id,
        Watcher(sees(desk, who.actor), lambda: still_in(desk, who)),
    )
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-cache"}
    return StreamingResponse(frames, media_type="text/event-stream", headers=headers)
