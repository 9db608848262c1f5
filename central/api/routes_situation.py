"""The monthly situation report as a file."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from central.api.acting import Acting, sees
from central.api.audited import did
from central.api.desk import AtDesk
from central.api.problems import ApiError, responses
from central.api.routes_figures import part
from central.names import Id
from central.people.actor import Role
from central.people.audit import AuditAct
from central.people.scope import Scope
from central.reports import read
from central.reports.load import alarm_load
from central.reports.month import PATTERN, Month
from central.reports.printed import Format, printed
from central.reports.situation import Material, situation
from central.setup import Tables

router = APIRouter(prefix="/api/v1", tags=["figures"])

MEDIA_TYPES: dict[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


class SituationQuery(BaseModel):
    """Which report."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    month: str = Field(pattern=PATTERN, examples=["2026-11"])
    """A month of the city's calendar."""
    org: Id | None = None
    """This org and all below it; all that one may see without it."""
    format: Format = "docx"
    """What kind of file."""
    language: Literal["zh", "en"] = "zh"
    """In which language."""


@router.get(
    "/situation-report",
    summary="Export the monthly situation report",
    response_class=Response,
    responses={
        **responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
        200: {"content": {one: {} for one in MEDIA_TYPES.values()}, "description": "The report as a file."},
    },
)
def export_situation(desk: AtDesk, actor: Acting, query: Annotated[SituationQuery, Query()]) -> Response:
    """形势分析: the month's figures in words, tables and plots, for supervisors, auditors, administrators."""
    if not sees(desk, actor, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN).orgs:
        raise ApiError(HTTPStatus.FORBIDDEN, f"{actor.name} has no role that makes reports")
    within = part(desk, actor, query.org, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN)
    now = desk.now
    if Month.parse(query.month).start(desk.tables.zone) >= now:
        detail = "the month has not begun"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="query.month")
    with desk.reading() as connection:
        material = _material(connection, desk.tables, within, query, now)
    paper = situation(material, query.language)
    content = printed(paper, query.format, now)
    did(
        desk,
        actor.name,
        AuditAct.EXPORTED,
        "situation_report",
        query.month,
        query.org,
        format=query.format,
        language=query.language,
    )
    name = f"situation-{query.org or desk.tables.city.root.id}-{query.month}-{query.language}.{query.format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=MEDIA_TYPES[query.format])


def _material(
    connection: Connection, tables: Tables, within: Scope, query: SituationQuery, now: datetime
) -> Material:
    month, zone = Month.parse(query.month), tables.zone
    since, past = month.start(zone), month.before.start(zone)
    until = min(month.after.start(zone), now)
    cut = min(since, past + (until - since))  # a month that is not over compares with as many days
    return Material(
        tables=tables,
        org=query.org,
        month=month,
        until=until,
        cases=read.cases(connection, within, since, until),
        before=read.cases(connection, within, past, since if until == month.after.start(zone) else cut),
        load=alarm_load(read.arrivals(connection, within, since, until), since, until),
        standing=sum(read.standing(connection, within).values()),
        made=now,
    )
