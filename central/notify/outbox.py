"""What waits to be sent: a value that is written in the transaction of the act it tells of."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class OutboxState(StrEnum):
    """Where a notification stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    """Refused for good, or tried too often; people may send it again."""


class Text(Struct, frozen=True, kw_only=True):
    """What a notification says, in one language."""

    subject: str
    body: str


class Content(Struct, frozen=True, kw_only=True):
    """What is told, as programs read it; nothing of it is about a person.

    Attributes:
        id: The idempotency key: a receiver that has it already has this notification already.
        event: Row id of the event.
        number: What people call it.
        verb: What happened.
        colour: How grave it is.
        kind: What was raised.
        state: Where it stands.
        place: Place id.
        org: Org that answers.
        at: When it happened, this server's clock.
        zh: In Chinese.
        en: In English.
    """

    id: str
    event: int
    number: str
    verb: str
    colour: str
    kind: str
    state: str
    place: str
    org: str
    at: datetime
    zh: Text
    en: Text


class Notice(Struct, frozen=True, kw_only=True):
    """One notification for one channel.

    Attributes:
        key: Event, timeline entry and channel: each is told once.
        channel: Name of the channel.
        rule: Id of the rule that asks for it.
        event_id: Of which event.
        verb: What happened.
        payload: `Content` as JSON.
        created: When.
    """

    key: str
    channel: str
    rule: str
    event_id: int
    verb: str
    payload: str
    created: datetime
