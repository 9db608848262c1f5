"""Signing in and out, and one's own account."""

from datetime import datetime
from http import HTTPStatus
from math import ceil

from fastapi import APIRouter, Request, Response

from central.api.acting import AnySignedIn, SignedIn, cookie_name, secure
from central.api.audited import did
from central.api.desk import AtDesk, Desk
from central.api.names import grant_view
from central.api.problems import ApiError, responses
from central.api.schemas_people import (
    Credentials,
    Me,
    NewPassword,
    PasswordOnly,
    Preferences,
    SignInView,
    TotpProof,
    TotpView,
)
from central.people import book, sessions, totp
from central.people.audit import AuditAct
from central.people.book import Account
from central.people.passwords import weaknesses
from central.people.sessions import Origin
from central.people.sign_in import Refusal, SignInRefused, check_password, sign_in
from placewatch.logs import get_logger

CODE_NEEDED = "urn:placewatch:problem:code-needed"

public_router = APIRouter(prefix="/api/v1", tags=["session"])
"""What people need before they have signed in."""
router = APIRouter(prefix="/api/v1", tags=["session"])


@public_router.get("/sign-in", summary="Show how one signs in", responses=responses())
def show_sign_in(desk: AtDesk) -> SignInView:
    """The notice to show beside the form."""
    rules = desk.entrance.rules
    return SignInView(notice=rules.notice, oidc=rules.oidc.name if rules.oidc else None)


@public_router.post(
    "/session",
    summary="Sign in",
    status_code=HTTPStatus.CREATED,
    responses=responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS),
)
def begin_session(desk: AtDesk, request: Request, response: Response, said: Credentials) -> Me:
    """Begin a session; its cookie goes with every further request of the browser."""
    address = request.client.host if request.client else ""
    wait_s = desk.entrance.attempts.wait_s(address, desk.clock.monotonic())
    if wait_s > 0:
        get_logger(part="sign-in").warning("too many attempts", address=address)
        raise _later("too many attempts from this address", wait_s)
    try:
        account = sign_in(
            desk.store,
            desk.entrance.passwords,
            (said.name, said.password, said.code),
            desk.now,
            desk.entrance.rules,
        )
    except SignInRefused as refused:
        get_logger(part="sign-in").warning("refused", reason=refused.refusal, address=address)
        if refused.refusal is not Refusal.CODE_NEEDED:
            name = said.name.strip().lower()
            did(desk, name, AuditAct.REFUSED, "session", name, reason=refused.refusal)
        raise _refused(refused, desk.now) from refused
    did(desk, account.name, AuditAct.SIGNED_IN, "session", account.name)
    if desk.first is not None:
        desk.first.forget(account.name)
    return let_in(desk, request, response, account)


def let_in(desk: Desk, request: Request, response: Response, account: Account) -> Me:
    """Start a session for ``account``; the one that the browser had before ends."""
    name = cookie_name(secure=secure(request, desk))
    with desk.writing() as connection:
        if before := request.cookies.get(name):
            sessions.end(connection, before)
        origin = Origin(request.client.host if request.client else "", request.headers.get("user-agent", ""))
        secret = sessions.start(connection, account.id, desk.now, desk.entrance.rules, origin)
        found = sessions.find(connection, secret, desk.now, desk.entrance.rules)
    response.set_cookie(
        name,
        secret,
        max_age=desk.entrance.rules.hours * 3600,
        path="/",
        secure=secure(request, desk),
        httponly=True,
        samesite="strict",
    )
    csrf = found.csrf if found else ""
    return _me(desk, SignedIn(account.actor, account, csrf, secret))


def _refused(refused: SignInRefused, now: datetime) -> ApiError:
    if refused.refusal is Refusal.CODE_NEEDED:
        detail = "the code of the second factor is needed"
        return ApiError(HTTPStatus.UNAUTHORIZED, detail, field="body.code", kind=CODE_NEEDED)
    if refused.until is not None:
        return _later("too many failed attempts under this name", (refused.until - now).total_seconds())
    return ApiError(HTTPStatus.UNAUTHORIZED, "name, password or code do not fit")


def _later(detail: str, seconds: float) -> ApiError:
    wait = max(1, ceil(seconds))
    headers = {"Retry-After": str(wait)}
    return ApiError(HTTPStatus.TOO_MANY_REQUESTS, f"{detail}; try again in {wait} s", headers=headers)


@router.delete(
    "/session",
    summary="Sign out",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(HTTPStatus.UNAUTHORIZED),
)
def end_session(desk: AtDesk, request: Request, response: Response, who: AnySignedIn) -> None:
    """End this session."""
    account = own(who)
    with desk.writing() as connection:
        sessions.end(connection, who.secret)
    did(desk, account.name, AuditAct.SIGNED_OUT, "session", account.name)
    response.delete_cookie(cookie_name(secure=secure(request, desk)), path="/")


@router.get("/me", summary="Show who asks", responses=responses(HTTPStatus.UNAUTHORIZED))
def show_me(desk: AtDesk, who: AnySignedIn) -> Me:
    """Who asks, with what rights, and what changes must carry."""
    return _me(desk, who)


def _me(desk: Desk, who: SignedIn) -> Me:
    account = who.account
    return Me(
        name=who.actor.name,
        display=account.display if account else who.actor.name,
        grants=[grant_view(desk.tables.city, grant) for grant in who.actor.grants],
        unit=who.actor.unit,
        language="en" if account and account.language == "en" else "zh",
        csrf=who.csrf,
        must_change=account.must_change if account else False,
        totp=account.totp is not None if account else False,
        last_sign_in=account.last_sign_in if account else None,
    )


@router.patch("/me", summary="Set preferences", responses=responses(HTTPStatus.UNAUTHORIZED))
def set_preferences(desk: AtDesk, who: AnySignedIn, said: Preferences) -> Me:
    """Set one's own language."""
    account = own(who)
    with desk.writing() as connection:
        book.change(connection, account.id, language=said.language)
        account = book.by_id(connection, account.id) or account
    return _me(desk, SignedIn(who.actor, account, who.csrf, who.secret))


@router.put(
    "/me/password",
    summary="Change one's password",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def change_password(desk: AtDesk, who: AnySignedIn, said: NewPassword) -> None:
    """Choose a new password; one's other sessions end."""
    account = own(who)
    confirm(desk, account, said.old, field="body.old")
    if said.new == said.old:
        detail = "it is the present one"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="body.new", code="same_password")
    check_new(desk, said.new, account.name, account.language, field="body.new")
    hashed = desk.entrance.passwords.hash(said.new)
    with desk.writing() as connection:
        book.change(connection, account.id, password=hashed, must_change=False)
        sessions.end_all(connection, account.id, but=who.secret)
    did(desk, account.name, AuditAct.CHANGED, "user", account.name, password="own")  # noqa: S106 - a word


@router.post("/me/totp", summary="Get a second factor's secret", responses=responses(HTTPStatus.UNAUTHORIZED))
def offer_totp(who: AnySignedIn) -> TotpView:
    """A new secret for an authenticator; nothing changes until `PUT` proves that it was taken over."""
    secret = totp.new_secret()
    return TotpView(secret=secret, address=totp.address(secret, own(who).name))


@router.put(
    "/me/totp",
    summary="Set up a second factor",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def set_totp(desk: AtDesk, who: AnySignedIn, said: TotpProof) -> None:
    """From now on a sign-in asks for a code too; one's other sessions end."""
    account = own(who)
    confirm(desk, account, said.password, field="body.password")
    step = totp.step_of(said.secret, said.code, desk.now, None)
    if step is None:
        detail = "the code does not fit"
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="body.code", code="wrong_code")
    with desk.writing() as connection:
        book.change(connection, account.id, totp=said.secret, totp_step=step)
        sessions.end_all(connection, account.id, but=who.secret)
    did(desk, account.name, AuditAct.CHANGED, "user", account.name, second_factor=True)


@router.post(
    "/me/totp/removal",
    summary="Remove the second factor",
    status_code=HTTPStatus.NO_CONTENT,
    responses=responses(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
)
def remove_totp(desk: AtDesk, who: AnySignedIn, said: PasswordOnly) -> None:
    """A sign-in asks for the password alone again."""
    account = own(who)
    confirm(desk, account, said.password, field="body.password")
    with desk.writing() as connection:
        book.change(connection, account.id, totp=None, totp_step=None)
    did(desk, account.name, AuditAct.CHANGED, "user", account.name, second_factor=False)


def check_new(desk: Desk, password: str, name: str, language: str, *, field: str) -> None:
    """Go on if a new password will do.

    Raises:
        ApiError: It will not; says everything that is wrong with it.
    """
    problems = list(weaknesses(password, name, desk.entrance.rules.password))
    if problems:
        detail = "; ".join(text.zh if language == "zh" else text.en for text in problems)
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=field)


def own(who: SignedIn) -> Account:
    """The account of whoever asks.

    Raises:
        ApiError: A token asks, which has none.
    """
    if who.account is None:
        raise ApiError(HTTPStatus.FORBIDDEN, "a token has no account of its own")
    return who.account


def confirm(desk: Desk, account: Account, password: str, *, field: str) -> None:
    """Ask somebody's password again; wrong ones count towards the lock.

    Raises:
        ApiError: It does not fit, or the name is locked.
    """
    try:
        check_password(desk.store, desk.entrance.passwords, account, password, desk.now, desk.entrance.rules)
    except SignInRefused as refused:
        if refused.until is not None:
            raise _refused(refused, desk.now) from refused
        detail = "the password does not fit"
        raise ApiError(HTTPStatus.FORBIDDEN, detail, field=field, code="wrong_password") from refused
