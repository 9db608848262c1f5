"""What edge and central say to each other: types, topics, JSON Schema. No heavy imports."""

from messages.alert import Alert, AlertData, AlertType, Evidence, alert_type
from messages.codec import MAX_INLINE_PICTURE, MAX_PAYLOAD, MessageError, decode, encode
from messages.enrolment import Enrolled, EnrolmentToken, EnrolRequest, RenewRequest, read_token
from messages.health import BoxState, CameraGear, CameraHealth, CameraState, Health, SpoolHealth
from messages.kinds import Fault, Kind, Phase, PlaceClass
from messages.receipt import Receipt, Rejection

__all__ = [
    "MAX_INLINE_PICTURE",
    "MAX_PAYLOAD",
    "Alert",
    "AlertData",
    "AlertType",
    "BoxState",
    "CameraGear",
    "CameraHealth",
    "CameraState",
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
    "SpoolHealth",
    "alert_type",
    "decode",
    "encode",
    "read_token",
]
