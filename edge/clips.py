"""Which evidence clip is wanted, and how it travels: decisions only."""

from dataclasses import dataclass
from hashlib import sha256

from edge.config import BoxConfig, Camera
from edge.redact.draw import Polygon
from edge.redact.video import RedactedClip
from messages import AlertData, ClipPart, Phase
from messages.clip import split
from placewatch.clock import utc


@dataclass(frozen=True, slots=True)
class ClipOrder:
    """A clip to make.

    Attributes:
        site: Site id.
        box: Box id.
        camera: Camera id.
        place: Place id.
        alert_id: The episode whose opening it is to show.
        zones: Drawn on it; normalised coordinates.
        begin: Unix seconds of its first picture.
        end: Of its last.
    """

    site: str
    box: str
    camera: str
    place: str
    alert_id: str
    zones: tuple[Polygon, ...]
    begin: float
    end: float


def clip_order(
    config: BoxConfig, camera: Camera, phase: Phase, data: AlertData, time: float
) -> ClipOrder | None:
    """The clip that an alert deserves, or None: only an opening that a picture shows has one.

    Args:
        config: The box.
        camera: Whose alert it is.
        phase: Which it announces.
        data: What it says.
        time: Capture time of the picture that decided, Unix seconds.
    """
    clips = config.clips
    if not clips.make or phase is not Phase.OPENED or data.evidence is None:
        return None
    zones = tuple(area for name, area in camera.drawn() if name == data.zone)
    return ClipOrder(
        config.site,
        config.box,
        camera.id,
        data.place,
        data.alert_id,
        zones,
        time - clips.before_s,
        time + clips.after_s,
    )


def clip_parts(order: ClipOrder, clip: RedactedClip) -> list[ClipPart]:
    """A redacted clip, and nothing else, as the messages that carry it.

    Args:
        order: What was asked for.
        clip: The clip.
    """
    digest = clip.sha256
    name = sha256(f"{order.site}/{order.box}/{order.alert_id}/{digest}".encode()).hexdigest()[:32]
    whole = ClipPart(
        id=name,
        clip=name,
        alert_id=order.alert_id,
        place=order.place,
        camera=order.camera,
        part=0,
        parts=1,
        size=len(clip.mp4),
        sha256=digest,
        width=clip.width,
        height=clip.height,
        started=utc(clip.started),
        seconds=round(clip.seconds, 3),
        blurred=clip.counts.total,
        content=b"",
    )
    return split(clip.mp4, whole)
