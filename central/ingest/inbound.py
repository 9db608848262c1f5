"""What comes out of the broker, before and after it was read."""

from datetime import datetime

from msgspec import Struct

from messages import Alert, BoxState, ClipPart, Health
from messages.topics import BoxTopics


class Inbound(Struct, frozen=True):
    """One MQTT message as it came.

    Attributes:
        topic: As published.
        payload: As published, or only its beginning when it was over the limit.
        size: Bytes of the whole payload.
        received: When it reached this server (this server's clock).
        mid: MQTT packet id, to acknowledge with.
        qos: Quality of service it was delivered with.
        connection: Which connection delivered it; packet ids mean nothing on another.
    """

    topic: str
    payload: bytes
    size: int
    received: datetime
    mid: int = 0
    qos: int = 0
    connection: int = 0


class AlertIn(Struct, frozen=True):
    """An alert that may be taken in.

    Attributes:
        source: The message.
        box: Whose it is, by topic.
        alert: What it says.
        late: It came long after its capture, or its clock is ahead: it informs, but does not urge.
    """

    source: Inbound
    box: BoxTopics
    alert: Alert
    late: bool


class ClipIn(Struct, frozen=True):
    """A part of an evidence clip."""

    source: Inbound
    box: BoxTopics
    part: ClipPart


class HealthIn(Struct, frozen=True):
    """Health of a box."""

    source: Inbound
    box: BoxTopics
    health: Health


class StateIn(Struct, frozen=True):
    """A box came or went."""

    source: Inbound
    box: BoxTopics
    state: BoxState


class Refused(Struct, frozen=True):
    """A message for the dead-letter table.

    Attributes:
        source: The message.
        reason: What is wrong with it, for people.
        box: Whose topic it came on, when that can be read.
        message_id: Its id, when that can be read: the box is told.
    """

    source: Inbound
    reason: str
    box: BoxTopics | None = None
    message_id: str | None = None


Read = AlertIn | ClipIn | HealthIn | StateIn | Refused


def message_id(read: Read) -> str | None:
    """The id that a receipt or rejection of a message names; None for those that get none."""
    match read:
        case AlertIn():
            return read.alert.id
        case ClipIn():
            return read.part.id
        case Refused():
            return read.message_id
    return None
