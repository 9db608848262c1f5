"""Health of a box and its cameras, and the box's retained state."""

from enum import StrEnum

from msgspec import Struct

from messages.fields import Count, Instant, Name, Seconds, Text, Token
from messages.orders import ConfigHealth, UpdateHealth


class CameraState(StrEnum):
    """What a camera's stream is doing."""

    CONNECTING = "connecting"
    STREAMING = "streaming"
    STALLED = "stalled"
    FAILED = "failed"


class CameraGear(StrEnum):
    """What of a camera's stream is decoded."""

    IDLE = "idle"
    AWAKE = "awake"


class CameraHealth(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One camera, counters since the worker's start.

    Attributes:
        camera: Camera id.
        place: Place id.
        state: Stream state.
        reason: Why it is not streaming, or not well watched though it does; never holds a credential.
        codec: Such as ``h264``; empty before the first picture.
        width: Pixels, 0 before the first picture.
        height: Pixels, 0 before the first picture.
        fps: Pictures that came per second over the last health period, decoded or passed over.
        frames_decoded: Pictures decoded.
        frames_skipped: Pictures that were passed over while idle.
        frames_detected: Pictures that were looked at.
        frames_dropped: Sampled pictures that a newer one replaced before the detector took them.
        decode_errors: Packets that could not be decoded.
        reconnects: Times the stream was reopened.
        gear: Idle (keyframes alone are decoded) or awake (everything is).
        gear_reason: Why it is awake; empty while idle.
        gop_s: Seconds between keyframes as measured, the longest of the last; none while unknown.
        looks_per_s: Pictures looked at per second over the last health period.
        last_frame: Capture time of the newest picture.
    """

    camera: Name
    place: Name
    state: CameraState
    reason: Text = ""
    codec: Text = ""
    width: Count = 0
    height: Count = 0
    fps: float = 0.0
    frames_decoded: Count = 0
    frames_skipped: Count = 0
    frames_detected: Count = 0
    frames_dropped: Count = 0
    decode_errors: Count = 0
    reconnects: Count = 0
    gear: CameraGear = CameraGear.AWAKE
    gear_reason: Text = ""
    gop_s: Seconds | None = None
    looks_per_s: float = 0.0
    last_frame: Instant | None = None


class SpoolHealth(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The durable queue of a box.

    Attributes:
        waiting: Alerts without a receipt yet.
        bytes: Bytes of their payloads.
        oldest_s: Age of the oldest, seconds.
        spooled: Alerts written in this session.
        published: Distinct alerts of this session handed to a broker at least once.
        receipted: Alerts of this session that central has committed.
        rejected: Alerts of this session that central put into its dead-letter table.
        pictures_dropped: Pictures given up to keep the spool within its bounds.
        alerts_dropped: Alerts given up to keep the spool within its bounds.
    """

    waiting: Count
    bytes: Count
    oldest_s: Seconds = 0.0
    spooled: Count
    published: Count
    receipted: Count
    rejected: Count = 0
    pictures_dropped: Count = 0
    alerts_dropped: Count = 0


class ClipHealth(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Evidence clips of a box, counters since the worker's start.

    Attributes:
        made: Clips that were redacted and put on their way.
        skipped: Clips that were not begun, because the box had more to do than it may spend on them.
        failed: Clips that could not be made; they did not leave.
        waiting_bytes: Of clips that central does not have yet.
        dropped: Clips given up on their way, to keep the spool within its bounds.
    """

    made: Count = 0
    skipped: Count = 0
    failed: Count = 0
    waiting_bytes: Count = 0
    dropped: Count = 0


class Health(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All cameras of one box in one message, every 30 s and once before a clean stop.

    Attributes:
        site: Site id.
        box: Box id.
        session: Session of the worker's spool.
        time: When this was measured.
        uptime_s: Seconds since the worker's start.
        version: Software version.
        model: Detector's id and version.
        cameras: One entry a camera.
        spool: The durable queue.
        clips: Evidence clips; None where the box makes none.
        detect_ms: Mean detector time per picture over the last period, milliseconds.
        detect_load: Share of the last period that the detector was at work; near 1 the box is overloaded, and
            all cameras are looked at less often.
        canvases_per_look: Inferences per look over the last period: cameras share them.
        canvas_fill: Share of these inferences' pixels that showed something.
        clock_offset_s: Box clock minus reference clock, when known.
        disk_free_bytes: Free bytes where the spool lies.
        config: Which configuration it runs; None where the centre sends it none.
        update: What became of the newest update that the centre ordered; None before the first.
        degraded: What keeps the box from its best and is no camera's fault: a disk that refuses, a clock that
            jumped, other programs that take the processor.
        stopping: True in the last message of a clean stop.
    """

    site: Name
    box: Name
    session: Token
    time: Instant
    uptime_s: Seconds
    version: Token
    model: Token
    cameras: list[CameraHealth]
    spool: SpoolHealth
    clips: ClipHealth | None = None
    detect_ms: float = 0.0
    detect_load: float = 0.0
    canvases_per_look: float = 0.0
    canvas_fill: float = 0.0
    clock_offset_s: Seconds | None = None
    disk_free_bytes: Count = 0
    config: ConfigHealth | None = None
    update: UpdateHealth | None = None
    degraded: list[Text] = []
    stopping: bool = False


class BoxState(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Retained; the last will says ``online: false``.

    Attributes:
        online: Whether the worker is connected.
        session: Session of the worker's spool.
        version: Software version.
    """

    online: bool
    session: Token
    version: Token
