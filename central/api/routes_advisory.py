"""Advisory letters (平安提示函): drafted from a template, sent, answered; tracked until then."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy import Connection, Row

from central.api import queries
from central.api.acting import Acting, need, sees
from central.api.audited import did
from central.api.cursors import Cursor, read_cursor
from central.api.desk import AtDesk, Desk
from central.api.names import org_view
from central.api.problems import ApiError, responses
from central.api.routes_events import CursorText, Limit
from central.api.routes_situation import MEDIA_TYPES
from central.api.schemas_advisory import (
    AdvisoryChange,
    AdvisoryPage,
    AdvisoryStep,
    AdvisoryView,
    NewAdvisory,
    StateView,
    TemplateList,
    TemplateView,
)
from central.events.view import AreaView
from central.names import Bilingual, same
from central.people.actor import Actor, Role
from central.people.audit import AuditAct
from central.reports.advisory import (
    STATE_NAMES,
    STEPS,
    Letter,
    State,
    Step,
    Template,
    filled,
    paper_of,
    state_now,
)
from central.reports.paper import Language
from central.reports.printed import Format, printed
from central.reports.rows import name_of
from central.store import advisories

router = APIRouter(prefix="/api/v1", tags=["advisory letters"])

AdvisoryId = Annotated[int, Path(ge=1, lt=2**63, description="Row id of the letter.")]
_READS = (Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN)
_MAY = responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
_LOOK_BACK = timedelta(days=90)


@router.get("/advisory-templates", summary="List templates of advisory letters", responses=responses())
def list_templates(desk: AtDesk, _actor: Acting) -> TemplateList:
    """The city's own templates."""
    return TemplateList(
        items=[
            TemplateView(id=one.id, name=one.name, days=one.days, kinds=list(one.kinds))
            for one in desk.tables.advisory.templates
        ]
    )


@router.get("/advisories", summary="List advisory letters", responses=_MAY)
def list_advisories(
    desk: AtDesk,
    actor: Acting,
    state: Annotated[State | None, Query(description="Only those.")] = None,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> AdvisoryPage:
    """Letters of one's part of the city, for supervisors, auditors and administrators."""
    within, start = sees(desk, actor, *_READS), read_cursor(cursor, "advisories")
    with desk.reading() as connection:
        found = advisories.page(
            connection, within, state, desk.now, before=start.id if start else None, limit=limit + 1
        )
        late = advisories.overdue(connection, within, desk.now)
    more = Cursor("advisories", None, found[limit - 1].id).text() if len(found) > limit else None
    return AdvisoryPage(items=[_view(desk, row) for row in found[:limit]], overdue=late, next_cursor=more)


@router.post(
    "/advisories", summary="Draft an advisory letter", status_code=HTTPStatus.CREATED, responses=_MAY
)
def draft_advisory(desk: AtDesk, actor: Acting, said: NewAdvisory) -> AdvisoryView:
    """Filled in from the template, the event or place, and what happened there in the last 90 days."""
    template = desk.tables.advisory.by_id.get(said.template)
    if template is None:
        detail = f"there is no template {said.template}"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="body.template")
    if (said.event_id is None) == (said.place is None):
        detail = "a letter is about an event or about a place: give one of event_id and place"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="body.place")
    with desk.writing() as connection:
        row_id = _draft(desk, actor, connection, said, template)
        row = advisories.one(connection, row_id, sees(desk, actor, *_READS))
    if row is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "the draft is gone again")
    did(desk, actor.name, AuditAct.ADDED, "advisory", row.number, row.org, place=row.place)
    return _view(desk, row)


def _draft(desk: Desk, actor: Actor, connection: Connection, said: NewAdvisory, template: Template) -> int:
    tables, now = desk.tables, desk.now
    org, place, kind, lead = _about(desk, actor, connection, said)
    need(desk, actor, org, Role.SUPERVISOR)
    since = now - _LOOK_BACK
    count, kind = advisories.happened(connection, place, kind, since, now)
    due = now + timedelta(days=template.days)
    item = next(
        (one for one in tables.responsibility.file.items if kind in {str(k) for k in one.kinds}), None
    )
    lead = lead or (item.lead[0] if item else None)

    def say(name: Bilingual) -> str:
        return name.zh if said.language == "zh" else name.en

    place_name = name_of(tables, "place", place)
    addressee = said.addressee.strip() or say(name_of(tables, "department", lead) if lead else place_name)
    values = {
        "addressee": addressee,
        "place": say(place_name),
        "kind": say(name_of(tables, "kind", kind or "-")),
        "count": str(count),
        "since": f"{since.astimezone(tables.zone):%Y-%m-%d}",
        "until": f"{now.astimezone(tables.zone):%Y-%m-%d}",
        "standard": say(item.closed_when) if item else "-",
        "due": f"{due.astimezone(tables.zone):%Y-%m-%d}",
        "org": say(org_view(tables.city, org).name),
    }
    return advisories.draft(
        connection,
        now.astimezone(tables.zone).year,
        org=org,
        place=place,
        event_id=said.event_id,
        language=said.language,
        addressee=addressee,
        title=filled(say_of(template.title.zh, template.title.en, said.language), values)[:200],
        body=filled(say_of(template.body.zh, template.body.en, said.language), values),
        due=due,
        created=now,
        created_by=actor.name,
    )


def say_of(zh: str, en: str, language: str) -> str:
    """One of two texts."""
    return zh if language == "zh" else en


def _about(
    desk: Desk, actor: Actor, connection: Connection, said: NewAdvisory
) -> tuple[str, str, str | None, str | None]:
    """Org, place, kind and lead department that a letter is about."""
    within = sees(desk, actor, Role.SUPERVISOR)
    if said.event_id is not None:
        facts = queries.event(connection, said.event_id, within)
        if facts is None:
            detail = f"there is no event {said.event_id} in a part of the city that you supervise"
            raise ApiError(HTTPStatus.NOT_FOUND, detail, field="body.event_id")
        item = desk.tables.responsibility.by_number.get(facts.item)
        return facts.home, facts.place, str(facts.kind), item.lead[0] if item else None
    place = desk.tables.city.places.get(said.place or "")
    if place is None or not within.sees(place.owner):
        detail = f"there is no place {said.place} in a part of the city that you supervise"
        raise ApiError(HTTPStatus.NOT_FOUND, detail, field="body.place")
    return place.owner, place.id, None, None


@router.get("/advisories/{advisory_id}", summary="Show an advisory letter", responses=_MAY)
def show_advisory(desk: AtDesk, actor: Acting, advisory_id: AdvisoryId) -> AdvisoryView:
    """One letter."""
    return _view(desk, _one(desk, actor, advisory_id))


@router.patch("/advisories/{advisory_id}", summary="Change a draft", responses=_MAY)
def change_advisory(
    desk: AtDesk, actor: Acting, advisory_id: AdvisoryId, said: AdvisoryChange
) -> AdvisoryView:
    """Change what a draft says; a letter that was sent stays as it was sent."""
    row = _one(desk, actor, advisory_id)
    need(desk, actor, row.org, Role.SUPERVISOR)
    fields = said.model_dump(exclude_none=True)
    with desk.writing() as connection:
        if fields and not advisories.change(connection, advisory_id, State.DRAFT, **fields):
            raise ApiError(HTTPStatus.CONFLICT, "the letter is no draft any more")
    did(desk, actor.name, AuditAct.CHANGED, "advisory", row.number, row.org, fields=sorted(fields))
    return _view(desk, _one(desk, actor, advisory_id))


@router.post("/advisories/{advisory_id}/steps/{step}", summary="Take a step with a letter", responses=_MAY)
def step_advisory(
    desk: AtDesk, actor: Acting, advisory_id: AdvisoryId, step: Step, said: AdvisoryStep
) -> AdvisoryView:
    """Say that it was sent, write down what was answered, or withdraw it."""
    row = _one(desk, actor, advisory_id)
    need(desk, actor, row.org, Role.SUPERVISOR)
    before, after = STEPS[step]
    if row.state not in before:
        now = STATE_NAMES[state_now(row.state, row.due, desk.now)].en
        raise ApiError(HTTPStatus.CONFLICT, f"{step} is not possible: the letter is {now}")
    with desk.writing() as connection:
        fields = _fields(step, said, actor.name, row.due, desk.now)
        if not advisories.change(connection, advisory_id, row.state, state=after, **fields):
            raise ApiError(HTTPStatus.CONFLICT, "somebody else was faster; look at it again")
    did(desk, actor.name, AuditAct.CHANGED, "advisory", row.number, row.org, step=step)
    return _view(desk, _one(desk, actor, advisory_id))


def _fields(step: Step, said: AdvisoryStep, actor: str, due: datetime, now: datetime) -> dict[str, object]:
    if step is Step.SEND:
        if due <= now:
            raise ApiError(HTTPStatus.CONFLICT, "the day to answer by has passed; set a later one first")
        return {"sent": now, "sent_by": actor}
    if step is Step.REPLY:
        if not said.reply.strip():
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "say what was answered", field="body.reply")
        return {"replied": now, "replied_by": actor, "reply": said.reply.strip()}
    return {}


@router.get(
    "/advisories/{advisory_id}/file",
    summary="Export an advisory letter",
    response_class=Response,
    responses={
        **_MAY,
        200: {"content": {one: {} for one in MEDIA_TYPES.values()}, "description": "The letter as a file."},
    },
)
def export_advisory(
    desk: AtDesk,
    actor: Acting,
    advisory_id: AdvisoryId,
    kind: Annotated[Format, Query(alias="format", description="What kind of file.")] = "docx",
) -> Response:
    """For printing and signing."""
    row = _one(desk, actor, advisory_id)
    language: Language = "en" if row.language == "en" else "zh"
    org = org_view(desk.tables.city, row.org).name
    day = (row.sent or desk.now).astimezone(desk.tables.zone)
    letter = Letter(row.number, row.title, row.body, say_of(org.zh, org.en, language), f"{day:%Y-%m-%d}")
    paper = paper_of(letter, language)
    content = printed(paper, kind, desk.now)
    did(desk, actor.name, AuditAct.EXPORTED, "advisory", row.number, row.org, format=kind)
    headers = {"Content-Disposition": f'attachment; filename="advisory-{row.number}.{kind}"'}
    return Response(content, headers=headers, media_type=MEDIA_TYPES[kind])


def _one(desk: Desk, actor: Actor, advisory_id: int) -> Row[Any]:
    with desk.reading() as connection:
        row = advisories.one(connection, advisory_id, sees(desk, actor, *_READS))
    if row is None:
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no letter {advisory_id}", field="path.advisory_id")
    return row


def _view(desk: Desk, row: Row[Any]) -> AdvisoryView:
    state = state_now(row.state, row.due, desk.now)
    place = desk.tables.city.places.get(row.place)
    return AdvisoryView(
        **{
            **row._asdict(),
            "state": StateView(id=state, name=STATE_NAMES[state]),
            "org": org_view(desk.tables.city, row.org),
            "place": AreaView(id=row.place, name=place.name if place else same(row.place)),
        }
    )
