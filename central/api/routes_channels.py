"""Channels of notifications: set up, tried out; what they could not deliver, sent again."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import ValidationError
from sqlalchemy import Row

from central.api.acting import Acting, need
from central.api.audited import did
from central.api.cursors import Cursor, read_cursor
from central.api.desk import AtDesk, Desk
from central.api.problems import ApiError, invalid_field, responses
from central.api.routes_events import CursorText, Limit
from central.api.schemas_channels import (
    ChannelPage,
    ChannelView,
    NotificationPage,
    NotificationView,
    PutChannel,
    TestResult,
)
from central.names import Id
from central.notify.book import ChannelBook
from central.notify.channels import AnySettings, Channel, ChannelKind, Language, parse, plain, target
from central.notify.delivery import DeliveryError
from central.notify.outbox import OutboxState
from central.people.actor import Actor, Role
from central.people.audit import AuditAct
from central.store import channels, outbox
from central.store.text import printable
from placewatch.errors import PlacewatchError

router = APIRouter(prefix="/api/v1", tags=["notifications"])

_MAY = responses(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
Name = Annotated[Id, Path(description="The channel's name, as rules have it.", examples=["duty-desk"])]
NoticeId = Annotated[int, Path(ge=1, lt=2**63, description="Row id of the notification.", examples=[7])]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The channel's ETag as you saw it; needed to replace one.",
    ),
]


def _book(desk: Desk, actor: Actor) -> ChannelBook:
    """Channels speak of the whole city, so they are for those who administer the whole of it."""
    need(desk, actor, desk.tables.city.root.id, Role.ADMIN)
    if desk.channels is None:
        raise ApiError(HTTPStatus.CONFLICT, "this centre was started without notifications")
    return desk.channels


def _find(desk: Desk, book: ChannelBook, name: str) -> Channel | None:
    try:
        with desk.reading() as connection:
            return channels.find(connection, name, book.vault)
    except PlacewatchError as error:
        raise ApiError(HTTPStatus.CONFLICT, str(error)) from error


def _known(desk: Desk, book: ChannelBook, name: str) -> Channel:
    found = _find(desk, book, name)
    if found is None:
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no channel {name}", field="path.name")
    return found


def _etag(revision: int) -> str:
    return f'"{revision}"'


def _view(desk: Desk, name: str, channel: Channel | None, counts: Mapping[OutboxState, int]) -> ChannelView:
    rules = [rule.id for rule in desk.tables.notifications.file.rules if name in rule.to]
    shown, secrets = plain(channel.settings) if channel else ({}, {})
    return ChannelView(
        name=name,
        kind=channel.settings.kind if channel else None,
        enabled=channel.enabled if channel else False,
        language=channel.language if channel else Language.ZH,
        target=target(channel.settings) if channel else None,
        settings=shown,
        secrets_set=sorted(secrets),
        rules=rules,
        waiting=counts.get(OutboxState.WAITING, 0),
        dead=counts.get(OutboxState.DEAD, 0),
        etag=_etag(channel.revision) if channel else None,
        changed_by=channel.changed_by if channel else None,
        changed=channel.changed if channel else None,
    )


@router.get("/channels", summary="List channels", responses=_MAY)
def list_channels(desk: AtDesk, actor: Acting) -> ChannelPage:
    """Every channel, and the names that rules have and no channel; never a secret."""
    book = _book(desk, actor)
    try:
        with desk.reading() as connection:
            found = {channel.name: channel for channel in channels.every(connection, book.vault)}
            counts = outbox.counts(connection)
    except PlacewatchError as error:
        raise ApiError(HTTPStatus.CONFLICT, str(error)) from error
    names = sorted({*found, *desk.tables.notifications.channels})
    return ChannelPage(items=[_view(desk, name, found.get(name), counts.get(name, {})) for name in names])


@router.get("/channels/{name}", summary="Show a channel", responses=_MAY)
def show_channel(desk: AtDesk, actor: Acting, name: Name, response: Response) -> ChannelView:
    """One channel; its ETag is wanted as ``If-Match`` to replace it."""
    channel = _known(desk, _book(desk, actor), name)
    response.headers["ETag"] = _etag(channel.revision)
    with desk.reading() as connection:
        counts = outbox.counts(connection).get(name, {})
    return _view(desk, name, channel, counts)


@router.put(
    "/channels/{name}",
    summary="Set up a channel",
    responses={
        **_MAY,
        **responses(HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED),
    },
)
def put_channel(
    desk: AtDesk, actor: Acting, name: Name, said: PutChannel, response: Response, if_match: IfMatch = None
) -> ChannelView:
    """Add a channel, or replace one that you have seen; secrets that are left out stay as they were."""
    book = _book(desk, actor)
    before = _find(desk, book, name)
    expected = _expected(before, if_match)
    settings = _settings(said.settings, before)
    revision = 1 if expected is None else expected + 1
    wanted = Channel(name, said.enabled, said.language, settings, revision, actor.name, desk.now)
    try:
        with desk.writing() as connection:
            done = channels.put(connection, wanted, book.vault, expected)
    except PlacewatchError as error:
        raise ApiError(HTTPStatus.CONFLICT, str(error)) from error
    if not done:
        raise _stale()
    act = AuditAct.ADDED if before is None else AuditAct.CHANGED
    root = desk.tables.city.root.id
    did(desk, actor.name, act, "channel", name, root, target=target(settings), enabled=said.enabled)
    return show_channel(desk, actor, name, response)


def _expected(before: Channel | None, if_match: str | None) -> int | None:
    """The revision that is to be replaced; None to add one."""
    if before is None:
        if if_match is not None and if_match.strip() != "*":
            raise _stale()
        return None
    if if_match is None:
        detail = "the channel exists: send its ETag as If-Match, or * to replace whatever is there"
        raise ApiError(HTTPStatus.PRECONDITION_REQUIRED, detail, field="header.If-Match")
    if if_match.strip() not in {"*", _etag(before.revision)}:
        raise _stale()
    return before.revision


def _stale() -> ApiError:
    detail = "the channel is not as you saw it; look again, then decide"
    return ApiError(HTTPStatus.PRECONDITION_FAILED, detail, field="header.If-Match")


def _settings(said: Mapping[str, Any], before: Channel | None) -> AnySettings:
    """What is said, with the secrets that stay: not where the channel leads elsewhere from now on.

    Raises:
        ApiError: It does not fit; never repeats a value.
    """
    whole = dict(said)
    if before is not None and whole.get("kind") == before.settings.kind:
        shown, secrets = plain(before.settings)
        there = all(
            whole.get(key, shown.get(key)) == shown.get(key)
            for key in ("url", "host", "port", "tls", "security")
        )
        if there or "url" in secrets:
            whole = secrets | whole
    try:
        return parse(whole)
    except ValidationError as error:
        errors = [
            invalid_field({**item, "loc": _without_kind(item["loc"])}, "body", "settings")
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "the settings do not fit the kind of channel", errors=errors
        ) from None


def _without_kind(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Where a field stands in what was sent: the kind is no level of it."""
    return location[1:] if len(location) > 1 and location[0] in set(ChannelKind) else location


@router.delete(
    "/channels/{name}", summary="Take a channel away", status_code=HTTPStatus.NO_CONTENT, responses=_MAY
)
def delete_channel(desk: AtDesk, actor: Acting, name: Name) -> None:
    """Take it away with its secrets; what waits for it becomes dead letters."""
    _book(desk, actor)
    with desk.writing() as connection:
        gone = channels.remove(connection, name)
    if not gone:
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no channel {name}", field="path.name")
    did(desk, actor.name, AuditAct.ENDED, "channel", name, desk.tables.city.root.id)


@router.post("/channels/{name}/test", summary="Try a channel out", responses=_MAY)
def test_channel(desk: AtDesk, actor: Acting, name: Name) -> TestResult:
    """Send a test now, once, and say what became of it."""
    book = _book(desk, actor)
    channel = _known(desk, book, name)
    try:
        book.test(channel, desk.now)
    except DeliveryError as error:
        return TestResult(delivered=False, reason=printable(error.reason))
    return TestResult(delivered=True, reason=None)


def _notification(row: Row[Any]) -> NotificationView:
    fields = {name: getattr(row, name) for name in NotificationView.model_fields if name != "content"}
    return NotificationView(**fields, content=msgspec.json.decode(row.payload))


@router.get("/notifications", summary="List notifications", responses=_MAY)
def list_notifications(
    desk: AtDesk,
    actor: Acting,
    state: Annotated[list[OutboxState] | None, Query(description="Any of these; all if not given.")] = None,
    channel: Annotated[Id | None, Query(description="For this channel.")] = None,
    cursor: CursorText = None,
    limit: Limit = 50,
) -> NotificationPage:
    """What waits, what was sent, and the dead letters, newest first."""
    _book(desk, actor)
    start = read_cursor(cursor, "notifications")
    with desk.reading() as connection:
        found = outbox.page(connection, state or (), channel, start.id if start else None, limit + 1)
    page = found[:limit]
    more = Cursor("notifications", None, page[-1].id).text() if len(found) > limit else None
    return NotificationPage(items=[_notification(row) for row in page], next_cursor=more)


@router.post("/notifications/{notice_id}/resend", summary="Send a dead letter again", responses=_MAY)
def resend(desk: AtDesk, actor: Acting, notice_id: NoticeId) -> NotificationView:
    """Let a dead letter be tried again, under the same idempotency key."""
    _book(desk, actor)
    with desk.writing() as connection:
        done = outbox.revive(connection, notice_id, desk.now)
        row = outbox.one(connection, notice_id)
    if row is None:
        raise ApiError(HTTPStatus.NOT_FOUND, f"there is no notification {notice_id}", field="path.notice_id")
    if not done:
        raise ApiError(HTTPStatus.CONFLICT, f"it is {row.state}, not dead", field="path.notice_id")
    did(desk, actor.name, AuditAct.CHANGED, "notification", row.key, desk.tables.city.root.id)
    return _notification(row)
