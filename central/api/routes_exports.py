"""Events taken out: CSV and CAP. Every export is written down."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Response

from central.api import exports, queries, queries_event
from central.api.acting import Acting, sees
from central.api.audited import did
from central.api.desk import AtDesk
from central.api.problems import ApiError, responses
from central.api.routes_events import EventQuery, RowNumber, chosen_by
from central.events.showing import event_view
from central.people.audit import AuditAct

router = APIRouter(prefix="/api/v1", tags=["events"])

MOST_ROWS = 20_000
"""Of one CSV; the newest ones."""


@router.get(
    "/events.csv",
    summary="Export events as CSV",
    response_class=Response,
    responses={
        **responses(HTTPStatus.UNAUTHORIZED),
        200: {"content": {"text/csv": {}}, "description": "One row an event, newest first."},
    },
)
def export_csv(desk: AtDesk, actor: Acting, query: Annotated[EventQuery, Query()]) -> Response:
    """The events of the list's filters, at most 20,000; ``cursor`` and ``limit`` do not count here."""
    chosen = chosen_by(desk, actor, query)
    with desk.reading() as connection:
        found = queries.events(connection, chosen, query.order, None, MOST_ROWS)
    text = exports.csv_of(event_view(facts, desk.tables) for facts in found)
    did(desk, actor.name, AuditAct.EXPORTED, "events", "csv", rows=len(found))
    headers = {"Content-Disposition": 'attachment; filename="events.csv"'}
    return Response(text, headers=headers, media_type="text/csv; charset=utf-8")


@router.get(
    "/events/{event_id}/cap",
    summary="Export an event as CAP 1.2",
    response_class=Response,
    responses={
        **responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND),
        200: {"content": {"application/cap+xml": {}}, "description": "A Common Alerting Protocol message."},
    },
)
def export_cap(desk: AtDesk, actor: Acting, event_id: RowNumber) -> Response:
    """For warning systems: Alert, Updates, and Cancel once settled; each names the ones before it."""
    with desk.reading() as connection:
        facts = queries.event(connection, event_id, sees(desk, actor))
        entries = [] if facts is None else queries_event.timeline(connection, facts)
    if facts is None:
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no event {event_id}", field="path.event_id")
    sender = f"placewatch.{desk.tables.city.root.id}"
    content = exports.cap_of(event_view(facts, desk.tables), sender, desk.tables.zone, entries)
    did(desk, actor.name, AuditAct.EXPORTED, "event", facts.number, facts.home)
    return Response(content, media_type="application/cap+xml")
