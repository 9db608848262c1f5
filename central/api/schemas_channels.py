"""Channels and notifications as the API shows them; secrets go in and never come out."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from central.events.view import View
from central.notify.channels import ChannelKind, Language
from central.notify.outbox import OutboxState

_EXAMPLE: JsonDict = {
    "name": "duty-desk",
    "kind": "webhook",
    "enabled": True,
    "language": "zh",
    "target": "https://hooks.example.city",
    "settings": {"kind": "webhook", "url": "https://hooks.example.city/placewatch"},
    "secrets_set": ["secret"],
    "rules": ["red-at-once"],
    "waiting": 0,
    "dead": 0,
    "etag": '"1"',
    "changed_by": "wang",
    "changed": "2026-03-02T01:12:00Z",
}


class ChannelView(View):
    """A channel, without its secrets."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: str
    """Rules name it."""
    kind: ChannelKind | None
    """How it speaks; null for a name that rules have and no channel."""
    enabled: bool
    """Whether it sends; what comes while it does not waits."""
    language: Language
    """Of its people."""
    target: str | None
    """Where it leads, without what may be secret."""
    settings: dict[str, Any]
    """What it has to know, without secrets."""
    secrets_set: list[str]
    """Names of the secrets that are set."""
    rules: list[str]
    """Rules that send to it."""
    waiting: int
    """Notifications that wait for it."""
    dead: int
    """Dead letters."""
    etag: str | None
    """Changes with each change; give it as ``If-Match``. Null where there is no channel yet."""
    changed_by: str | None
    """Who changed it last."""
    changed: datetime | None
    """When."""


class ChannelPage(View):
    """All channels."""

    items: list[ChannelView]
    """By name; with those that rules name and that do not exist."""


class PutChannel(BaseModel):
    """A channel as it shall be."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={
            "examples": [
                {
                    "enabled": True,
                    "language": "zh",
                    "settings": {
                        "kind": "webhook",
                        "url": "https://hooks.example.city/placewatch",
                        "secret": "a long random text",
                    },
                }
            ]
        },
    )

    enabled: bool = True
    """Whether it sends."""
    language: Language = Language.ZH
    """Of its people."""
    settings: dict[str, Any] = Field(max_length=20)
    """By kind: webhook (url, secret), email (host, port, security, username, password, sender, recipients),
    mqtt (host, port, tls, username, password, topic), wecom (url), dingtalk (url, secret). A secret that is
    left out stays as it was while the channel leads to the same place."""


class TestResult(View):
    """What became of a test."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"delivered": False, "reason": "answered 403"}]}
    )

    delivered: bool
    """Whether the other side took it."""
    reason: str | None
    """Why not."""


class NotificationView(View):
    """A notification and where it stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 7,
                    "key": "20260302-000042-3-duty-desk",
                    "channel": "duty-desk",
                    "rule": "red-at-once",
                    "event_id": 42,
                    "verb": "filed",
                    "state": "dead",
                    "attempts": 12,
                    "created": "2026-03-02T01:12:00Z",
                    "next_at": None,
                    "settled": "2026-03-02T02:40:00Z",
                    "reason": "tried 12 times; answered 502",
                    "content": {"number": "20260302-000042"},
                }
            ]
        }
    )

    id: int
    """Row id."""
    key: str
    """Idempotency key; the receiver sees the same one at each attempt."""
    channel: str
    """For which channel."""
    rule: str
    """Which rule asked for it."""
    event_id: int
    """Of which event."""
    verb: str
    """What happened."""
    state: OutboxState
    """waiting, sent or dead."""
    attempts: int
    """How often it was tried."""
    created: datetime
    """When the act was committed."""
    next_at: datetime | None
    """When it is tried next."""
    settled: datetime | None
    """When it was sent or given up."""
    reason: str | None
    """Why the last attempt failed."""
    content: dict[str, Any]
    """What is told."""


class NotificationPage(View):
    """Notifications, newest first."""

    items: list[NotificationView]
    """Newest first."""
    next_cursor: str | None
    """Give it as ``cursor`` for the next page; null on the last."""
