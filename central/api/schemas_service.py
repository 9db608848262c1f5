"""What the API returns of boxes, sums, dead letters and the service itself."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from central.events.view import AreaView, View
from messages import CameraState


class CameraView(View):
    """A camera as its box last described it."""

    camera: str
    """Camera id."""
    place: AreaView
    """Where."""
    state: CameraState
    """What its stream does."""
    reason: str
    """Why it is not streaming."""
    codec: str
    """Such as h264."""
    width: int
    """Pixels."""
    height: int
    """Pixels."""
    fps: float
    """Pictures that came per second."""
    frames_decoded: int
    """Pictures decoded since the worker's start."""
    frames_skipped: int = 0
    """Pictures passed over while nothing moved."""
    frames_detected: int
    """Pictures that were looked at."""
    frames_dropped: int
    """Sampled pictures that a newer one replaced."""
    decode_errors: int
    """Packets that could not be decoded."""
    reconnects: int
    """Times the stream was reopened."""
    gear: str | None = None
    """idle (keyframes alone are decoded) or awake."""
    gear_reason: str = ""
    """Why it is awake."""
    gop_s: float | None = None
    """Seconds between keyframes, as measured."""
    looks_per_s: float = 0.0
    """Pictures looked at per second."""
    last_frame: datetime | None
    """Capture time of the newest picture."""
    updated: datetime
    """When this was received."""


class SpoolView(View):
    """The durable queue of a box."""

    waiting: int
    """Alerts without a receipt yet."""
    bytes: int
    """Bytes of their payloads."""
    oldest_s: float
    """Age of the oldest, seconds."""
    spooled: int
    """Alerts written in this session."""
    published: int
    """Distinct alerts handed to a broker."""
    receipted: int
    """Alerts that central has committed."""
    rejected: int
    """Alerts that central refused."""
    pictures_dropped: int
    """Pictures given up for room."""
    alerts_dropped: int
    """Alerts given up for room."""


class HealthView(View):
    """A box's last health message."""

    time: datetime
    """When it was measured, by the box's clock."""
    uptime_s: float
    """Since the worker's start."""
    version: str
    """Software version."""
    model: str
    """Detector."""
    detect_ms: float
    """Detector time per picture."""
    detect_load: float = 0.0
    """Share of the time that the detector was at work; near 1 the box is overloaded."""
    canvases_per_look: float = 0.0
    """Inferences per look."""
    canvas_fill: float = 0.0
    """Share of these inferences' pixels that showed something."""
    clock_offset_s: float | None
    """Box clock minus reference clock."""
    disk_free_bytes: int
    """Where the spool lies."""
    stopping: bool
    """The last message of a clean stop."""
    spool: SpoolView
    """The durable queue."""


class BoxView(View):
    """A box."""

    site: str
    """Site id."""
    box: str
    """Box id."""
    state: Literal["online", "offline", "silent", "unknown"]
    """silent: it says that it is online, but nothing has come for three health periods."""
    session: str | None
    """Its present session."""
    version: str | None
    """Software version."""
    first_seen: datetime
    """This server's clock."""
    last_seen: datetime
    """This server's clock."""
    alerts: int
    """Distinct alerts committed."""
    duplicates: int
    """Repeats that changed nothing."""
    rejected: int
    """Messages in the dead letters."""
    pictures_refused: int
    """Pictures not stored; their facts were."""
    missing: int
    """Holes in its sequence numbers: alerts that never came."""
    health: HealthView | None
    """Its last health message."""
    health_received: datetime | None
    """When that came."""
    cameras: list[CameraView]
    """By id."""


class BoxPage(View):
    """All boxes."""

    items: list[BoxView]
    """By site and id."""


class EventCounts(View):
    """Events by what they are; each group adds up to ``total`` unless it says otherwise."""

    total: int
    """All events."""
    open: int
    """Those not closed."""
    cleared: int
    """Open ones of which no episode holds any more."""
    unmapped: int
    """Open ones without a grid."""
    hidden: int
    """Open ones that others hide from the desk."""
    shown: int
    """Events that a desk was ever shown, of ``total``."""
    by_colour: dict[str, int]
    """All events by colour."""
    open_by_colour: dict[str, int]
    """Open events by colour; adds up to ``open``."""
    by_state: dict[str, int]
    """All events by state."""
    by_kind: dict[str, int]
    """All events by kind."""


class Counts(View):
    """Sums that add up, over what the asker may see."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "alerts_committed": 118,
                    "duplicates": 3,
                    "dead_letters": 1,
                    "missing": 0,
                    "episodes": 40,
                    "boxes": 1,
                    "boxes_online": 1,
                    "stream_position": 118,
                    "events": {
                        "total": 4,
                        "open": 4,
                        "cleared": 1,
                        "unmapped": 0,
                        "hidden": 1,
                        "shown": 4,
                        "by_colour": {"blue": 3, "yellow": 1, "red": 0},
                        "open_by_colour": {"blue": 3, "yellow": 1, "red": 0},
                        "by_state": {"reported": 0, "filed": 4},
                        "by_kind": {"no_stopping": 3, "perimeter_intrusion": 1},
                    },
                }
            ]
        }
    )

    alerts_committed: int
    """Distinct alerts whose effect is committed."""
    duplicates: int | None
    """Repeats that changed nothing; null for those who do not see the whole city."""
    dead_letters: int | None
    """Messages refused, ever; null likewise: nobody knows whose they were."""
    missing: int | None
    """Holes in the boxes' sequence numbers; null likewise."""
    episodes: int
    """Separate episodes."""
    boxes: int
    """Boxes that have ever spoken."""
    boxes_online: int
    """Those that say they are online."""
    stream_position: int
    """Changes ever streamed."""
    events: EventCounts
    """Events."""


class DeadLetterView(View):
    """A message that was refused."""

    id: int
    """Row id."""
    topic: str
    """As published."""
    message_id: str | None
    """Its id, when it could be read."""
    reason: str
    """What is wrong with it."""
    size: int
    """Bytes of the payload."""
    preview: str
    """Beginning of the payload; bytes that are not text are replaced."""
    received: datetime
    """When it came."""


class DeadLetterPage(View):
    """Dead letters, newest first."""

    items: list[DeadLetterView]
    """Newest first."""
    next_cursor: str | None
    """Give it as ``cursor`` for the next page; null on the last."""


class ServiceHealth(View):
    """Whether the parts work."""

    status: Literal["ok", "degraded", "down"]
    """down: the database does not answer. degraded: the broker is away, or alerts wait for the database."""
    database: Literal["ok", "down"]
    """Whether it answers."""
    broker: Literal["connected", "away"]
    """Whether alerts can come."""
    waiting: int = Field(ge=0)
    """Messages in memory that are not committed yet."""
    desks: int
    """Connections to the stream."""
    version: str
    """Software version."""
