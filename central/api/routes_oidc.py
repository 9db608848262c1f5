"""Signing in at the OpenID provider: there, and back."""

import hmac
from http import HTTPStatus
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from central.api.acting import secure
from central.api.audited import did
from central.api.desk import AtDesk, Desk
from central.api.problems import ApiError, responses
from central.api.routes_session import let_in
from central.people import guests
from central.people.audit import AuditAct
from central.people.oidc import OidcError, Pending, Provider, pending_of
from placewatch.logs import get_logger

public_router = APIRouter(prefix="/api/v1/oidc", tags=["session"])

_COOKIE = "placewatch-oidc"
_MINUTES = 10
Refusal = Literal["refused", "uninvited", "away"]


def _provider(desk: Desk) -> Provider:
    if desk.entrance.oidc is None:
        raise ApiError(HTTPStatus.NOT_FOUND, "no OpenID provider is configured (sign_in.oidc)")
    return desk.entrance.oidc


@public_router.get(
    "/start",
    summary="Go to the OpenID provider",
    response_class=RedirectResponse,
    status_code=HTTPStatus.SEE_OTHER,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS),
)
def start(
    desk: AtDesk,
    request: Request,
    to: Annotated[str, Query(max_length=500, description="The console's page that was wanted.")] = "",
) -> RedirectResponse:
    """Keep what the answer is proven by in a cookie, and send the browser there."""
    provider = _provider(desk)
    _slowly(desk, request)
    pending = Pending.new(to)
    try:
        address = provider.begin(pending)
    except OidcError as error:
        return _back(error, "away")
    there = RedirectResponse(address, HTTPStatus.SEE_OTHER)
    there.set_cookie(
        _COOKIE,
        pending.text(),
        max_age=_MINUTES * 60,
        path="/api/v1/oidc",
        secure=secure(request, desk),
        httponly=True,
        samesite="lax",  # it comes back by a link from the provider's site
    )
    return there


@public_router.get(
    "/callback",
    summary="Come back from the OpenID provider",
    response_class=RedirectResponse,
    status_code=HTTPStatus.SEE_OTHER,
    responses=responses(HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS),
)
def callback(
    desk: AtDesk,
    request: Request,
    code: Annotated[str, Query(max_length=4000, description="Authorization code.")] = "",
    state: Annotated[str, Query(max_length=200, description="As it was sent.")] = "",
) -> RedirectResponse:
    """Begin a session for whom administrators have named, by subject or by claims; nobody else gets in."""
    provider = _provider(desk)
    _slowly(desk, request)
    pending = pending_of(request.cookies.get(_COOKIE, ""))
    if pending is None or not code or not hmac.compare_digest(pending.state.encode(), state.encode()):
        return _back(OidcError("no sign-in was begun here, or the provider refused it"), "refused")
    try:
        identity = provider.finish(code, pending, desk.clock.now())
    except OidcError as error:
        return _back(error, "refused")
    account = guests.welcome(
        desk.store, identity, provider.config, frozenset(desk.tables.city.orgs), desk.now
    )
    if account is None:
        did(desk, "oidc", AuditAct.REFUSED, "session", identity.subject[-200:], reason="uninvited")
        return _back(OidcError("nobody here carries that subject, and no claim gives a role"), "uninvited")
    given = [f"{grant.role}={grant.org}" for grant in account.grants if grant.by_provider]
    data: dict[str, object] = {"by": "oidc"} | ({"roles": given} if provider.config.roles else {})
    did(desk, account.name, AuditAct.SIGNED_IN, "session", account.name, None, **data)
    inside = RedirectResponse(f"/#{_page(pending.to)}", HTTPStatus.SEE_OTHER)
    let_in(desk, request, inside, account)
    inside.delete_cookie(_COOKIE, path="/api/v1/oidc")
    return inside


def _page(wanted: str) -> str:
    """A page of the console; never an address of another site."""
    return quote(wanted, safe="/?=&-_.~%") if wanted.startswith("/") and not wanted.startswith("//") else "/"


def _back(error: OidcError, reason: Refusal) -> RedirectResponse:
    get_logger(part="sign-in").warning("OpenID sign-in failed", reason=str(error))
    back = RedirectResponse(f"/#/sign-in?oidc={reason}", HTTPStatus.SEE_OTHER)
    back.delete_cookie(_COOKIE, path="/api/v1/oidc")
    return back


def _slowly(desk: Desk, request: Request) -> None:
    address = request.client.host if request.client else ""
    if desk.entrance.attempts.wait_s(address, desk.clock.monotonic()) > 0:
        raise ApiError(HTTPStatus.TOO_MANY_REQUESTS, "too many attempts from this address")
