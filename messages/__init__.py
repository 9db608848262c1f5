"""What edge and central say to each other: types, topics, JSON Schema. No heavy imports."""

from messages.alert import Alert, AlertData, AlertType, Evidence, alert_type
from messages.clip import MAX_CLIP_PART, MAX_CLIP_PARTS, ClipPart
from messages.codec import MAX_INLINE_PICTURE, MAX_PAYLOAD, MessageError, decode, encode
from messages.enrolment import Enrolled, EnrolmentToken, EnrolRequest, RenewRequest, read_token
from messages.health import BoxState, CameraGear, CameraHealth, CameraState, ClipHealth, Health, SpoolHealth
from messages.kinds import Fault, Kind, Phase, PlaceClass
from messages.receipt import Receipt, Rejection
from messages.snapshot import Command, Snapshot

__all__ = [
    "MAX_CLIP_PART",
    "MAX_CLIP_PARTS",
    "MAX_INLINE_PICTURE",
    "MAX_PAYLOAD",
    "Alert",
    "AlertData",
    "AlertType",
    "BoxState",
    "CameraGear",
    "CameraHealth",
    "CameraState",
    "ClipHealth",
    "ClipPart",
    "Command",
    "EnrolRequest",
    "Enrolled",
    "EnrolmentToken",
    "Evidence",
    "Fault",
    "Health",
    "Kind",
    "MessageError",
    "Phase",
    "PlaceClass",
    "Receipt",
    "Rejection",
    "RenewRequest",
    "Snapshot",
    "SpoolHealth",
    "alert_type",
    "decode",
    "encode",
    "read_token",
]
