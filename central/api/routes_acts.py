"""Acts on events: the verbs of the life cycle."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Response
from sqlalchemy.exc import IntegrityError

from central.api.acting import Acting
from central.api.desk import AtDesk, Desk
from central.api.idempotency import Answer, IdempotencyKey, Repeatable
from central.api.problems import ApiError, responses
from central.api.routes_events import RowNumber
from central.api.schemas_acts import ActBody, LifeCycleView, TransitionView, VerbView
from central.events.ask import ActError, Ask, RefusedFor
from central.events.showing import event_view
from central.events.view import AreaView, EventView
from central.events.vocabulary import ACT_NAMES, STATE_NAMES, Act, EventState
from central.people.actor import Actor
from central.store import uploads
from central.store.cases import Cases, NoSuchEventError, StaleError
from placewatch.clock import utc

router = APIRouter(prefix="/api/v1", tags=["events"])

_STATUS = {
    RefusedFor.STATE: HTTPStatus.CONFLICT,
    RefusedFor.GUARD: HTTPStatus.CONFLICT,
    RefusedFor.ROLE: HTTPStatus.FORBIDDEN,
    RefusedFor.FIELD: HTTPStatus.UNPROCESSABLE_ENTITY,
}

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The event's ETag as you saw it; two operators cannot overwrite each other.",
    ),
]


@router.get("/verbs", summary="Show the life cycle", responses=responses())
def list_verbs(desk: AtDesk, _actor: Acting) -> LifeCycleView:
    """Which act is possible in which state, for which roles, with which fields, and where it leads."""
    rows = desk.tables.lifecycle.file.transitions
    verbs = [
        VerbView(
            id=act,
            name=ACT_NAMES[act],
            transitions=[
                TransitionView(
                    from_=list(row.from_),
                    to=str(row.to),
                    roles=list(row.roles),
                    requires=list(row.requires),
                    allows=list(row.allows),
                    guards=list(row.guards),
                )
                for row in rows
                if row.verb is act
            ],
        )
        for act in Act
    ]
    states = [AreaView(id=str(state), name=STATE_NAMES[state]) for state in EventState]
    return LifeCycleView(version=desk.tables.lifecycle.file.version, states=states, verbs=verbs)


@router.post(
    "/events/{event_id}/verbs/{verb}",
    summary="Act on an event",
    response_model=EventView,
    responses=responses(
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.PRECONDITION_REQUIRED,
    ),
)
def act_on_event(
    desk: AtDesk,
    actor: Acting,
    event_id: RowNumber,
    verb: Act,
    body: ActBody,
    if_match: IfMatch = None,
    key: IdempotencyKey = None,
) -> Response:
    """Take one step of the life cycle; the event afterwards.

    409 says what stands against it and what is possible instead; 412 that somebody else was faster. Nothing
    changes then. A repeat with the same ``Idempotency-Key`` gets the first answer again.
    """
    expected = _expected(if_match)
    repeatable = Repeatable.of(actor.name, key, f"{event_id}", verb, body.model_dump_json())
    try:
        return _answered(desk, actor, event_id, verb, body, expected, repeatable)
    except NoSuchEventError as error:
        detail = f"there is no event {event_id} that you may see"
        raise ApiError(HTTPStatus.NOT_FOUND, detail, field="path.event_id") from error
    except StaleError as error:
        raise ApiError(
            HTTPStatus.PRECONDITION_FAILED,
            "the event has changed since you saw it; look again, then decide",
            field="header.If-Match",
            headers={"ETag": error.etag},
        ) from error
    except ActError as error:
        field = f"body.{error.field}" if error.field else ""
        raise ApiError(_STATUS[error.why], error.detail, field=field) from error
    except IntegrityError as error:  # the same key, or a new event of the same place, came in just now
        raise ApiError(HTTPStatus.CONFLICT, "somebody did the same just now; look again") from error


def _expected(if_match: str | None) -> str | None:
    if if_match is None:
        detail = "say which state you saw: send its ETag as If-Match, or * to act on whatever is there"
        raise ApiError(HTTPStatus.PRECONDITION_REQUIRED, detail, field="header.If-Match")
    return None if if_match.strip() == "*" else if_match.strip()


def _answered(
    desk: Desk,
    actor: Actor,
    event_id: int,
    verb: Act,
    body: ActBody,
    expected: str | None,
    repeatable: Repeatable,
) -> Response:
    now = utc(desk.clock.now())
    with desk.store.write() as connection:
        answer = repeatable.known(connection)
        if answer is None:
            ask = Ask(verb, actor, now, **{name: getattr(body, name) for name in ActBody.model_fields})
            _own_pictures(ask, uploads.usable(connection, ask.pictures, actor.name, event_id))
            event = Cases(connection, desk.tables, desk.keep).act(event_id, ask, expected)
            text = event_view(event, desk.tables).model_dump_json(by_alias=True)
            answer = Answer(HTTPStatus.OK, text, event.etag)
            repeatable.remember(connection, answer, now)
    desk.hub.notify()
    headers = {"ETag": answer.etag} if answer.etag else {}
    return Response(answer.body, answer.status, headers, "application/json")


def _own_pictures(ask: Ask, found: frozenset[str]) -> None:
    for picture in ask.pictures:
        if picture not in found:
            detail = f"you have not uploaded a picture {picture} that is free to be used"
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="body.pictures")
