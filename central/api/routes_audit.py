"""The audit log for auditors."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from central.api.acting import Acting, need, sees
from central.api.cursors import Cursor, read_cursor
from central.api.desk import AtDesk
from central.api.problems import ApiError, responses
from central.events.view import AreaView, View
from central.people.actor import Actor, Role
from central.people.audit import ACT_NAMES, AuditAct
from central.store import people_log
from central.store.people_log import AuditFilter

router = APIRouter(prefix="/api/v1", tags=["audit"])


class AuditView(View):
    """One line of the audit log."""

    id: int
    """1 for the first, without holes."""
    at: datetime
    """This server's clock."""
    actor: str
    """Sign-in name, or ``token:NAME``."""
    act: AreaView
    """What was done."""
    kind: str
    """With what kind of thing: event, evidence, user, token, report, figures, session."""
    object: str
    """Which one."""
    org: str | None
    """Whose it is."""
    details: dict[str, Any]
    """What else there is to say."""
    hash: str
    """SHA-256 over this entry and the hash of the one before."""


class AuditPage(View):
    """Lines of the audit log."""

    items: list[AuditView]
    """Newest first."""
    next_cursor: str | None
    """Give it as ``cursor`` for the next page; null on the last."""


class AuditCheck(View):
    """Whether the log is as it was written."""

    ok: bool
    """Every entry fits."""
    entries: int
    """How many fit, from the first on."""
    first_break: int | None
    """Number of the first that does not, or is missing."""


class AuditQuery(BaseModel):
    """Which lines."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    actor: str | None = Field(None, max_length=200)
    """By whom."""
    act: tuple[AuditAct, ...] = ()
    """Any of these acts."""
    kind: str | None = Field(None, max_length=64)
    """With what kind of thing."""
    object: str | None = Field(None, max_length=200)
    """With which one."""
    since: AwareDatetime | None = None
    """From this moment on."""
    until: AwareDatetime | None = None
    """Before this moment."""
    cursor: str | None = Field(None, max_length=200)
    """``next_cursor`` of the page before."""
    limit: int = Field(50, ge=1, le=500)
    """Most items of the page."""


def _auditor(actor: Actor) -> None:
    if not actor.orgs(Role.AUDITOR):
        raise ApiError(HTTPStatus.FORBIDDEN, f"{actor.name} is no auditor")


@router.get("/audit", summary="Show who did what", responses=responses(HTTPStatus.FORBIDDEN))
def list_audit(desk: AtDesk, actor: Acting, query: Annotated[AuditQuery, Query()]) -> AuditPage:
    """The audit log, newest first: those lines that concern one's part of the city."""
    _auditor(actor)
    start = read_cursor(query.cursor, "audit")
    chosen = AuditFilter(
        actor=query.actor,
        acts=query.act,
        kind=query.kind,
        object=query.object,
        since=query.since,
        until=query.until,
        within=sees(desk, actor, Role.AUDITOR),
    )
    with desk.reading() as connection:
        found = people_log.read(connection, chosen, start.id if start else None, query.limit + 1)
    page = found[: query.limit]
    items = [
        AuditView(
            id=entry.id,
            at=entry.at,
            actor=entry.actor,
            act=AreaView(id=str(entry.act), name=ACT_NAMES[entry.act]),
            kind=entry.kind,
            object=entry.object,
            org=entry.org,
            details=msgspec.json.decode(entry.data),
            hash=stored,
        )
        for entry, stored in page
    ]
    more = Cursor("audit", None, page[-1][0].id).text() if len(found) > query.limit else None
    return AuditPage(items=items, next_cursor=more)


@router.get("/audit/check", summary="Verify the audit log", responses=responses(HTTPStatus.FORBIDDEN))
def check_audit(desk: AtDesk, actor: Acting) -> AuditCheck:
    """Follow the hash chain of the whole log; for the whole city's auditors."""
    need(desk, actor, desk.tables.city.root.id, Role.AUDITOR)
    fitting, broken = people_log.verify(desk.store)
    return AuditCheck(ok=broken is None, entries=fitting, first_break=broken)
