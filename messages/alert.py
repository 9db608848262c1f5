"""The alert: CloudEvents 1.0 in structured JSON mode, no field beyond the schema."""

from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from messages.codec import MAX_INLINE_PICTURE
from messages.fields import Count, Fraction, Instant, Name, Seconds, Seq, Text, Token
from messages.kinds import Fault, Kind, Phase, PlaceClass


class AlertType(StrEnum):
    """CloudEvents ``type`` of an alert."""

    OPENED = "place.alert.opened"
    UPDATED = "place.alert.updated"
    CLOSED = "place.alert.closed"

    @property
    def phase(self) -> Phase:
        """The episode's phase that this type announces."""
        return _PHASES[self]


_PHASES = {kind: Phase(kind.value.rpartition(".")[2]) for kind in AlertType}


def alert_type(phase: Phase) -> AlertType:
    """The CloudEvents ``type`` that announces ``phase``."""
    return AlertType(f"place.alert.{phase}")


class Evidence(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A redacted still, inline.

    Attributes:
        media_type: Always JPEG.
        width: Pixels.
        height: Pixels.
        jpeg: The file's bytes (base64 on the wire, at most `messages.MAX_INLINE_PICTURE` bytes of JPEG).
        captured: When the frame was captured.
        blurred: How many regions redaction covered (faces, heads and plates together).
    """

    media_type: Literal["image/jpeg"] = "image/jpeg"
    width: Annotated[int, Meta(ge=1, le=16384)]
    height: Annotated[int, Meta(ge=1, le=16384)]
    jpeg: Annotated[bytes, Meta(max_length=MAX_INLINE_PICTURE)]
    captured: Instant
    blurred: Count


class AlertData(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What happened at which zone of which place.

    Attributes:
        alert_id: Stable over the episode, keyed on place, zone and kind.
        kind: What was raised.
        place: Place id.
        place_class: The place's class.
        camera: Camera id; unique within the box.
        zone: Zone id; unique within the place.
        count: How many objects of the rule's classes are in the zone now (never an identity).
        limit: The rule's limit on ``count``, where it has one.
        confidence: Detector score of the strongest object, 0..1.
        started: When the condition began.
        ended: When it ended; only in ``closed``.
        fault: What is wrong with the camera (in ``closed``: was); only for ``camera_health``.
        evidence: Redacted still, or None.
        evidence_missing: Why there is no still, when there is none.
        rule_version: Hash of the rule's parameters.
        model: Model id and version.
        clock_offset_s: Box clock minus reference clock, when known.
    """

    alert_id: Token
    kind: Kind
    place: Name
    place_class: PlaceClass
    camera: Name
    zone: Name
    count: Count
    limit: Count | None = None
    confidence: Fraction
    started: Instant
    ended: Instant | None = None
    fault: Fault | None = None
    evidence: Evidence | None = None
    evidence_missing: Text | None = None
    rule_version: Token
    model: Token
    clock_offset_s: Seconds | None = None


class Alert(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A CloudEvents envelope around `AlertData`.

    Attributes:
        specversion: CloudEvents version.
        id: Dedupe key, derived from box, session and sequence.
        source: ``//site/box/camera``.
        type: Which phase of the episode.
        subject: Place id (equals ``data.place``).
        time: Capture time of the frame that decided.
        datacontenttype: Always JSON.
        session: One run of the edge worker's spool; a new spool starts a new session.
        seq: Counts every alert of the session from 1; a hole is a lost message.
        data: The alert itself.
    """

    specversion: Literal["1.0"] = "1.0"
    id: Token
    source: Annotated[
        str, Meta(pattern=r"^//[A-Za-z0-9_.-]{1,64}/[A-Za-z0-9_.-]{1,64}/[A-Za-z0-9_.-]{1,64}\Z")
    ]
    type: AlertType
    subject: Name
    time: Instant
    datacontenttype: Literal["application/json"] = "application/json"
    session: Token
    seq: Seq
    data: AlertData
