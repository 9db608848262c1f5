"""Who asks: a session's cookie or a program's token becomes the actor of an operation.

Every operation wants an actor (`Acting`) unless it is one of the few that people need before they have signed
in. A change under a session must carry the session's CSRF token as a header, which no foreign page can read.
"""

import hmac
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from central.api.desk import AtDesk, Desk
from central.api.problems import ApiError
from central.people import book, keyring, sessions
from central.people.actor import Actor, Role
from central.people.book import Account
from central.people.scope import Scope, may, visible_orgs
from central.people.tokens import TokenScope

COOKIE = "placewatch"
CSRF_HEADER = "X-CSRF-Token"
PASSWORD_CHANGE = "urn:placewatch:problem:password-change"  # noqa: S105 - a problem's type
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="Set by ``POST /api/v1/session``.")
_bearer = HTTPBearer(auto_error=False, description="A token made under ``/api/v1/tokens``.")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks, and by what.

    Attributes:
        actor: Who.
        account: The person; None for a token.
        csrf: What changes must carry; empty for a token.
        secret: The session's cookie, or the token itself.
    """

    actor: Actor
    account: Account | None = None
    csrf: str = ""
    secret: str = ""


def cookie_name(*, secure: bool) -> str:
    """Name of the session's cookie; under TLS the browser itself guards its origin (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{COOKIE}" if secure else COOKIE


def secure(request: Request, desk: Desk) -> bool:
    """Whether the browser came by TLS."""
    return desk.entrance.https or request.url.scheme == "https"


def signed_in(
    request: Request,
    desk: AtDesk,
    _documented: Annotated[str | None, Security(_cookie)] = None,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
) -> SignedIn:
    """Who asks, whether or not a password must be changed first.

    Raises:
        ApiError: Nobody (401), or somebody who may not change anything this way (403).
    """
    if bearer is not None:
        return _by_token(request, desk, bearer.credentials)
    cookie = request.cookies.get(cookie_name(secure=secure(request, desk)))
    if not cookie:
        raise _nobody("sign in first")
    return _by_session(request, desk, cookie)


def _by_token(request: Request, desk: Desk, secret: str) -> SignedIn:
    now = desk.now
    with desk.reading() as connection:
        key = keyring.find(connection, secret, now)
    if key is None:
        raise _nobody("the token is unknown or has ended")
    _in_measure(desk, f"token {key.id}")
    if key.scope is TokenScope.READ and request.method not in SAFE:
        raise ApiError(HTTPStatus.FORBIDDEN, "the token may only read")
    if key.stale(now):
        with desk.writing() as connection:
            keyring.touch(connection, key.id, now)
    return SignedIn(key.actor, secret=secret)


def _by_session(request: Request, desk: Desk, secret: str) -> SignedIn:
    now = desk.now
    with desk.reading() as connection:
        session = sessions.find(connection, secret, now, desk.entrance.rules)
        account = book.by_id(connection, session.person_id) if session else None
    if session is None or account is None or account.disabled:
        raise _nobody("the session has ended; sign in again")
    _in_measure(desk, f"session {sessions.key_of(secret)}")
    said = request.headers.get(CSRF_HEADER, "")
    if request.method not in SAFE and not hmac.compare_digest(said.encode(), session.csrf.encode()):
        detail = f"changes need the header {CSRF_HEADER} with the value that /api/v1/me gives"
        raise ApiError(HTTPStatus.FORBIDDEN, detail, field=f"header.{CSRF_HEADER}")
    if session.stale:
        with desk.writing() as connection:
            sessions.touch(connection, secret, now)
    return SignedIn(account.actor, account, session.csrf, secret)


def _in_measure(desk: Desk, who: str) -> None:
    """Go on unless a session or token asks for more than its share.

    Raises:
        ApiError: 429, saying when to come again.
    """
    wait_s = desk.entrance.rates.wait_s(who, desk.clock.monotonic())
    if wait_s > 0:
        wait = max(1, ceil(wait_s))
        detail = f"too many requests (sign_in.requests_per_minute); try again in {wait} s"
        raise ApiError(HTTPStatus.TOO_MANY_REQUESTS, detail, headers={"Retry-After": str(wait)})


def _nobody(detail: str) -> ApiError:
    return ApiError(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})


AnySignedIn = Annotated[SignedIn, Depends(signed_in)]
"""An operation's parameter: who asks, even if only to change a one-time password."""


def acting(who: AnySignedIn) -> Actor:
    """Who acts.

    Raises:
        ApiError: Nobody, or somebody with a one-time password.
    """
    if who.account is not None and who.account.must_change:
        detail = "choose a password of your own first (PUT /api/v1/me/password)"
        raise ApiError(HTTPStatus.FORBIDDEN, detail, kind=PASSWORD_CHANGE)
    return who.actor


Acting = Annotated[Actor, Depends(acting)]
"""An operation's parameter that is who acts; without one the answer is 401."""


def still_in(desk: Desk, who: SignedIn) -> bool:
    """Whether a session or token still holds with the rights it had; a session counts as used by this."""
    now = desk.now
    with desk.reading() as connection:
        if who.account is None:
            key = keyring.find(connection, who.secret, now)
            return key is not None and key.actor == who.actor
        session = sessions.find(connection, who.secret, now, desk.entrance.rules)
        account = book.by_id(connection, who.account.id)
    if session is None or account is None or account.disabled or account.actor != who.actor:
        return False
    if session.stale:
        with desk.writing() as connection:
            sessions.touch(connection, who.secret, now)
    return True


def sees(desk: Desk, actor: Actor, *roles: Role) -> Scope:
    """What of the city the actor may see with one of ``roles`` (without roles: any)."""
    return visible_orgs(actor, desk.tables.city, *roles)


def need(desk: Desk, actor: Actor, org: str, *roles: Role) -> None:
    """Go on if the actor has one of ``roles`` over ``org``.

    Raises:
        ApiError: 403, naming the roles.
    """
    if not may(actor, desk.tables.city, org, *roles):
        wanted = " or ".join(roles) or "any role"
        raise ApiError(HTTPStatus.FORBIDDEN, f"{actor.name} has not the role {wanted} for {org}")
