"""What edge and central say to each other: types, topics, JSON Schema. No heavy imports."""

from messages.alert import Alert, AlertData, AlertType, Evidence, alert_type
from messages.clip import MAX_CLIP_PART, MAX_CLIP_PARTS, ClipPart
from messages.codec import MAX_INLINE_PICTURE, MAX_PAYLOAD, MessageError, decode, encode
from messages.enrolment import Enrolled, EnrolmentToken, EnrolRequest, RenewRequest, read_token
from messages.health import BoxState, CameraGear, CameraHealth, CameraState, ClipHealth, Health, SpoolHealth
from messages.kinds import Fault, Kind, Phase, PlaceClass
from messages.orders import (
    MAX_CONFIG,
    ConfigHealth,
    ConfigOrder,
    ConfigState,
    FetchRequest,
    Signed,
    UpdateHealth,
    UpdateOrder,
    UpdateState,
)
from messages.receipt import Receipt, Rejection
from messages.snapshot import Command, Snapshot

__all__ = [
    "MAX_CLIP_PART",
    "MAX_CLIP_PARTS",
    "MAX_CONFIG",
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
    "ConfigHealth",
    "ConfigOrder",
    "ConfigState",
    "EnrolRequest",
    "Enrolled",
    "EnrolmentToken",
    "Evidence",
    "Fault",
    "FetchRequest",
    "Health",
    "Kind",
    "MessageError",
    "Phase",
    "PlaceClass",
    "Receipt",
    "Rejection",
    "RenewRequest",
    "Signed",
    "Snapshot",
    "SpoolHealth",
    "UpdateHealth",
    "UpdateOrder",
    "UpdateState",
    "alert_type",
    "decode",
    "encode",
    "read_token",
]
