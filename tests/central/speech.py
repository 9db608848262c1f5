"""Messages as boxes send them, for tests."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import cv2
import numpy as np

from central.ingest.inbound import Inbound
from messages import (
    Alert,
    AlertData,
    BoxState,
    CameraHealth,
    CameraState,
    Evidence,
    Fault,
    Health,
    Kind,
    Phase,
    PlaceClass,
    SpoolHealth,
    alert_type,
    encode,
)
from messages.topics import BoxTopics

NOON = datetime(2025, 11, 23, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai."""

BOX = BoxTopics("demo", "box-1")


def at(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


@cache
def jpeg(width: int = 64, height: int = 48, shade: int = 90) -> bytes:
    """A small picture."""
    picture = np.full((height, width, 3), shade, np.uint8)
    cv2.circle(picture, (width // 2, height // 2), height // 4, (30, 120, 200), -1)
    return cv2.imencode(".jpg", picture)[1].tobytes()


def evidence(seconds: float = 0.0, *, shade: int = 90) -> Evidence:
    """A sound picture."""
    return Evidence(width=64, height=48, jpeg=jpeg(shade=shade), captured=at(seconds), blurred=2)


@dataclass(slots=True)
class Box:
    """Numbers its alerts as a box does.

    Attributes:
        topics: Whose they are.
        session: Its session.
    """

    topics: BoxTopics = BOX
    session: str = "s1"
    _seq: int = field(default=0, repr=False)

    def alert(
        self,
        phase: Phase | str = Phase.OPENED,
        *,
        alert_id: str = "episode-1",
        place: str = "ring-road",
        place_class: PlaceClass = PlaceClass.ROAD,
        zone: str = "kerb",
        kind: Kind = Kind.NO_STOPPING,
        camera: str = "cam-1",
        seconds: float = 0.0,
        started: float = 0.0,
        ended: float | None = None,
        count: int = 1,
        limit: int | None = None,
        picture: Evidence | None = None,
        fault: Fault | None = None,
        session: str | None = None,
        seq: int | None = None,
    ) -> Alert:
        """The next alert; ``seconds``, ``started`` and ``ended`` count from noon."""
        phase = Phase(phase)
        if seq is None:
            self._seq += 1
            seq = self._seq
        session = session or self.session
        end = seconds if ended is None and phase is Phase.CLOSED else ended
        return Alert(
            id=f"{self.topics.box}-{session}-{seq}",
            source=f"//{self.topics.site}/{self.topics.box}/{camera}",
            type=alert_type(phase),
            subject=place,
            time=at(seconds),
            session=session,
            seq=seq,
            data=AlertData(
                alert_id=alert_id,
                kind=kind,
                place=place,
                place_class=place_class,
                camera=camera,
                zone=zone,
                count=count,
                limit=limit,
                confidence=0.8,
                started=at(started),
                ended=None if end is None else at(end),
                fault=fault,
                evidence=picture,
                evidence_missing=None if picture else "no picture in this test",
                rule_version="r1",
                model="nanodet:1",
            ),
        )

    def topic(self, alert: Alert) -> str:
        """Where an alert goes."""
        return self.topics.alert(alert.data.place, alert.data.kind)

    def health(self, **spool: int) -> Health:
        """A health message with one camera."""
        camera = CameraHealth(
            camera="cam-1",
            place="ring-road",
            state=CameraState.STREAMING,
            codec="h264",
            width=768,
            height=576,
            fps=10.0,
            frames_decoded=100,
        )
        counts = {"waiting": 0, "bytes": 0, "spooled": 3, "published": 3, "receipted": 3, **spool}
        return Health(
            site=self.topics.site,
            box=self.topics.box,
            session=self.session,
            time=at(0),
            uptime_s=12.0,
            version="0.1.0",
            model="nanodet:1",
            cameras=[camera],
            spool=SpoolHealth(**counts),
        )

    def state(self, *, online: bool = True) -> BoxState:
        """A state message."""
        return BoxState(online=online, session=self.session, version="0.1.0")


def inbound(topic: str, payload: bytes, *, received: float = 1.0, mid: int = 0) -> Inbound:
    """A message as the broker's thread hands it over."""
    return Inbound(topic, payload, len(payload), at(received), mid, 1)


def sent(alert: Alert, box: BoxTopics = BOX, *, received: float = 1.0) -> Inbound:
    """An alert as the broker's thread hands it over."""
    return inbound(box.alert(alert.data.place, alert.data.kind), encode(alert), received=received)
