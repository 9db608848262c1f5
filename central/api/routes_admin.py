"""Users and tokens, for administrators: each within the part of the city that is theirs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path
from sqlalchemy.exc import IntegrityError

from central.api.acting import Acting
from central.api.audited import did
from central.api.desk import AtDesk, Desk
from central.api.names import grant_view
from central.api.problems import ApiError, responses
from central.api.schemas_admin import (
    GrantSaid,
    NewToken,
    NewUser,
    OneTimePassword,
    TokenMade,
    TokenPage,
    TokenView,
    UserChange,
    UserPage,
    UserView,
)
from central.api.schemas_people import GrantView
from central.people import accounts, book, keyring, lockout, sessions
from central.people.actor import Actor, Grant, Role
from central.people.audit import AuditAct
from central.people.book import Account
from central.people.keyring import Key
from central.people.oidc import subject_of
from central.people.scope import may
from placewatch.errors import PlacewatchError

router = APIRouter(prefix="/api/v1", tags=["administration"])

UserId = Annotated[int, Path(ge=1, lt=2**63, description="Row id of the user.")]
TokenId = Annotated[int, Path(ge=1, lt=2**63, description="Row id of the token.")]
_MAY = responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


def _administers(desk: Desk, actor: Actor, grants: Iterable[Grant]) -> bool:
    """Whether all of these lie in the actor's part; what has no role yet is the whole city's."""
    orgs = {grant.org for grant in grants} or {desk.tables.city.root.id}
    return all(may(actor, desk.tables.city, org, Role.ADMIN) for org in orgs)


def _grants(desk: Desk, actor: Actor, said: Iterable[GrantSaid]) -> tuple[Grant, ...]:
    grants = tuple(Grant(one.role, one.org) for one in said)
    for grant in grants:
        if grant.org not in desk.tables.city.orgs:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, f"there is no org {grant.org}", field="body.grants"
            )
    if not _administers(desk, actor, grants):
        detail = "you may give roles in your own part of the city alone"
        raise ApiError(HTTPStatus.FORBIDDEN, detail, field="body.grants", code="not_yours")
    return grants


def _views(desk: Desk, grants: Iterable[Grant]) -> list[GrantView]:
    return [grant_view(desk.tables.city, grant) for grant in grants]


def _user(desk: Desk, account: Account) -> UserView:
    with desk.reading() as connection:
        locked = lockout.locked_until(connection, account.name, desk.now)
    return UserView(
        id=account.id,
        name=account.name,
        display=account.display,
        grants=_views(desk, account.grants),
        unit=account.unit,
        language=account.language,
        disabled=account.disabled,
        must_change=account.must_change,
        totp=account.totp is not None,
        created=account.created,
        last_sign_in=account.last_sign_in,
        subject=account.subject.partition(" ")[2] if account.subject else None,
        locked_until=locked,
    )


def administered(desk: Desk, actor: Actor, user_id: int) -> Account:
    """An account that the actor administers.

    Raises:
        ApiError: There is none, or its roles are not all in the actor's part of the city.
    """
    with desk.reading() as connection:
        account = book.by_id(connection, user_id)
    if account is None or not _administers(desk, actor, account.grants):
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no user {user_id}", field="path.user_id")
    return account


@router.get("/users", summary="List users", responses=_MAY)
def list_users(desk: AtDesk, actor: Acting) -> UserPage:
    """Those whose roles all lie in the part of the city that one administers."""
    with desk.reading() as connection:
        people = book.everybody(connection)
    return UserPage(items=[_user(desk, one) for one in people if _administers(desk, actor, one.grants)])


@router.post("/users", summary="Add a user", status_code=HTTPStatus.CREATED, responses=_MAY)
def add_user(desk: AtDesk, actor: Acting, said: NewUser) -> OneTimePassword:
    """Add somebody; the answer holds a one-time password."""
    grants = _grants(desk, actor, said.grants)
    wanted = accounts.NewAccount(said.name, said.display, grants, said.unit, said.language)
    try:
        made = accounts.add(desk.store, wanted, desk.entrance.passwords, desk.now)
    except PlacewatchError as error:
        raise ApiError(HTTPStatus.CONFLICT, error.message, field="body.name", code="taken") from error
    did(desk, actor.name, AuditAct.ADDED, "user", said.name, grants[0].org, roles=_plain(grants))
    with desk.reading() as connection:
        account = book.by_name(connection, said.name)
    return OneTimePassword(id=account.id if account else 0, name=made.name, password=made.secret)


@router.patch("/users/{user_id}", summary="Change a user", responses=_MAY)
def change_user(desk: AtDesk, actor: Acting, user_id: UserId, said: UserChange) -> UserView:
    """Change name, roles, unit, or whether somebody may sign in."""
    account = administered(desk, actor, user_id)
    grants = None if said.grants is None else _grants(desk, actor, said.grants)
    if account.name == actor.name and (said.disabled or grants is not None):
        detail = "another administrator changes your own rights"
        raise ApiError(HTTPStatus.CONFLICT, detail, field="body.grants", code="own_rights")
    fields = said.model_dump(include={"display", "unit", "disabled"}, exclude_none=True)
    with _taken(), desk.writing() as connection:
        book.change(connection, user_id, **fields, **_subject(desk, said))
        if said.unlock:
            lockout.forget(connection, account.name)
        if grants is not None:
            book.set_grants(connection, user_id, grants)
        if said.disabled:
            sessions.end_all(connection, user_id)
    more = {"subject": said.subject} if said.subject is not None else {}
    more |= {"unlocked": "true"} if said.unlock else {}
    changed = {**fields, **more, **({} if grants is None else {"roles": _plain(grants)})}
    org = account.grants[0].org if account.grants else None
    did(desk, actor.name, AuditAct.CHANGED, "user", account.name, org, **changed)
    return _user(desk, administered(desk, actor, user_id))


@contextmanager
def _taken() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        detail = "another user carries that subject"
        raise ApiError(HTTPStatus.CONFLICT, detail, field="body.subject", code="taken") from error


def _subject(desk: Desk, said: UserChange) -> dict[str, str | None]:
    """The column that is to change, if it is."""
    if said.subject is None:
        return {}
    if not said.subject.strip():
        return {"subject": None}
    if desk.entrance.rules.oidc is None:
        detail = "no OpenID provider is configured (sign_in.oidc)"
        raise ApiError(HTTPStatus.CONFLICT, detail, field="body.subject")
    return {"subject": subject_of(desk.entrance.rules.oidc.issuer, said.subject.strip())}


@router.post("/users/{user_id}/password", summary="Give a one-time password", responses=_MAY)
def reset_password(desk: AtDesk, actor: Acting, user_id: UserId) -> OneTimePassword:
    """A new one-time password; unlocks the name, ends the sessions, drops the second factor."""
    account = administered(desk, actor, user_id)
    made = accounts.reset(desk.store, account.name, desk.entrance.passwords)
    org = account.grants[0].org if account.grants else None
    did(desk, actor.name, AuditAct.CHANGED, "user", account.name, org, password="one-time")  # noqa: S106 - a word
    return OneTimePassword(id=account.id, name=made.name, password=made.secret)


def _plain(grants: Iterable[Grant]) -> list[str]:
    return [f"{grant.role}={grant.org}" for grant in grants]


def _token(desk: Desk, key: Key) -> TokenView:
    return TokenView(
        id=key.id,
        name=key.name,
        scope=key.scope,
        grants=_views(desk, key.grants),
        created_by=key.created_by,
        created=key.created,
        expires=key.expires,
        revoked=key.revoked,
        used=key.used,
    )


@router.get("/tokens", summary="List tokens", responses=_MAY)
def list_tokens(desk: AtDesk, actor: Acting) -> TokenPage:
    """Those whose roles all lie in the part of the city that one administers; never their secrets."""
    with desk.reading() as connection:
        keys = keyring.every(connection)
    return TokenPage(items=[_token(desk, key) for key in keys if _administers(desk, actor, key.grants)])


@router.post("/tokens", summary="Make a token", status_code=HTTPStatus.CREATED, responses=_MAY)
def make_token(desk: AtDesk, actor: Acting, said: NewToken) -> TokenMade:
    """A key for a program; the answer holds its secret, this once."""
    grants = _grants(desk, actor, said.grants)
    now = desk.now
    try:
        with desk.writing() as connection:
            token_id, secret = keyring.issue(
                connection,
                said.name,
                grants,
                said.scope,
                by=actor.name,
                now=now,
                expires=now + timedelta(days=said.days),
            )
            key = keyring.by_id(connection, token_id)
    except IntegrityError as error:
        raise ApiError(HTTPStatus.CONFLICT, "the name is taken", field="body.name", code="taken") from error
    did(
        desk,
        actor.name,
        AuditAct.ADDED,
        "token",
        said.name,
        grants[0].org,
        roles=_plain(grants),
        scope=said.scope,
    )
    if key is None:
        raise ApiError(HTTPStatus.CONFLICT, "the token is gone again")
    return TokenMade(**_token(desk, key).model_dump(), secret=secret)


@router.delete("/tokens/{token_id}", summary="End a token", status_code=HTTPStatus.NO_CONTENT, responses=_MAY)
def end_token(desk: AtDesk, actor: Acting, token_id: TokenId) -> None:
    """End a token at once."""
    with desk.reading() as connection:
        key = keyring.by_id(connection, token_id)
    if key is None or not _administers(desk, actor, key.grants):
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no token {token_id}", field="path.token_id")
    with desk.writing() as connection:
        keyring.revoke(connection, token_id, desk.now)
    org = key.grants[0].org if key.grants else None
    did(desk, actor.name, AuditAct.ENDED, "token", key.name, org)
