"""Who is signed in where: one's own sessions, and an administrator's view of somebody's."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from central.api.acting import Acting, AnySignedIn, SignedIn
from central.api.audited import did
from central.api.desk import AtDesk, Desk
from central.api.problems import ApiError, responses
from central.api.routes_admin import UserId, administered
from central.api.routes_session import own
from central.api.schemas_people import SessionPage, SessionView
from central.people import sessions
from central.people.audit import AuditAct
from central.people.book import Account

router = APIRouter(prefix="/api/v1", tags=["session"])

SessionId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", description="Names the session.")]
_MAY = responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@router.get("/me/sessions", summary="List one's sessions", responses=_MAY)
def list_own(desk: AtDesk, who: AnySignedIn) -> SessionPage:
    """Where one is signed in, by which browser, since when."""
    return _page(desk, own(who), sessions.key_of(who.secret))


@router.delete(
    "/me/sessions",
    summary="End one's other sessions",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_MAY,
)
def end_others(desk: AtDesk, who: AnySignedIn) -> None:
    """All but this one."""
    account = own(who)
    with desk.writing() as connection:
        sessions.end_all(connection, account.id, but=who.secret)
    did(desk, account.name, AuditAct.ENDED, "session", account.name, sessions="others")


@router.delete(
    "/me/sessions/{session_id}",
    summary="End one of one's sessions",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_MAY,
)
def end_own(desk: AtDesk, who: AnySignedIn, session_id: SessionId) -> None:
    """At once; if it is this one, the next request is nobody's."""
    _end(desk, who, own(who), session_id)


@router.get("/users/{user_id}/sessions", summary="List a user's sessions", responses=_MAY)
def list_of_user(desk: AtDesk, actor: Acting, who: AnySignedIn, user_id: UserId) -> SessionPage:
    """For administrators of all the places where the user has a role."""
    return _page(desk, administered(desk, actor, user_id), sessions.key_of(who.secret))


@router.delete(
    "/users/{user_id}/sessions",
    summary="End all of a user's sessions",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_MAY,
)
def end_all_of_user(desk: AtDesk, actor: Acting, user_id: UserId) -> None:
    """At once; they may sign in again unless they are disabled."""
    account = administered(desk, actor, user_id)
    with desk.writing() as connection:
        sessions.end_all(connection, account.id)
    did(desk, actor.name, AuditAct.ENDED, "session", account.name, _org(account), sessions="all")


@router.delete(
    "/users/{user_id}/sessions/{session_id}",
    summary="End a user's session",
    status_code=HTTPStatus.NO_CONTENT,
    responses=_MAY,
)
def end_of_user(
    desk: AtDesk, actor: Acting, who: AnySignedIn, user_id: UserId, session_id: SessionId
) -> None:
    """At once."""
    _end(desk, who, administered(desk, actor, user_id), session_id)


def _page(desk: Desk, account: Account, current: str) -> SessionPage:
    with desk.reading() as connection:
        found = sessions.of_person(connection, account.id, desk.now, desk.entrance.rules)
    return SessionPage(
        items=[
            SessionView(
                id=one.key,
                started=one.started,
                seen=one.seen,
                expires=one.expires,
                address=one.address,
                agent=one.agent,
                current=one.key == current,
            )
            for one in found
        ]
    )


def _end(desk: Desk, who: SignedIn, account: Account, session_id: str) -> None:
    with desk.writing() as connection:
        done = sessions.end_one(connection, account.id, session_id)
    if not done:
        raise ApiError(HTTPStatus.NOT_FOUND, "there is no such session", field="path.session_id")
    did(desk, who.actor.name, AuditAct.ENDED, "session", account.name, _org(account), sessions="one")


def _org(account: Account) -> str | None:
    return account.grants[0].org if account.grants else None
