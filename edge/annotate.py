"""A replay to look at: zones, tracks and open alerts drawn on redacted pictures."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edge.config import Camera
from edge.detect.coco import COCO
from edge.detect.detections import Detections, Image
from edge.frame import Frame
from edge.redact.clip import redact_clip
from edge.redact.encode import ClipWriter
from edge.redact.regions import Regions
from edge.replay import Step
from edge.rules.scene import Tracks
from messages import Alert, Kind, Phase


class Finds(Protocol):
    """What finds regions to cover (see `edge.redact.redactor.Redactor`)."""

    def find(self, image: Image, detections: Detections | None = None) -> Regions:
        """Regions of one picture.

        Raises:
            RedactionError: The search failed.
        """
        ...


def annotate(
    steps: Iterable[Step],
    path: Path,
    camera: Camera,
    redactor: Finds,
    *,
    fps: float,
    seen: Callable[[Step], None],
) -> None:
    """Write each look of a replay as one picture of a clip.

    Pictures are covered as those of any clip that leaves (see `edge.redact.clip`): a head that is missed in
    one look stays covered by the looks around it.

    Args:
        steps: The replay; read to its end.
        path: The MP4 file.
        camera: Whose zones are drawn.
        redactor: Finds what must be covered.
        fps: Looks per second.
        seen: Told each step as soon as it is there; its picture follows later.

    Raises:
        RedactionError: A picture could not be searched, or the clip not be written.
    """
    waiting: deque[_Drawing] = deque()
    board = _Board(camera)

    def frames() -> Iterator[Frame]:
        for step in steps:
            seen(step)
            waiting.append(board.drawing(step))
            yield step.look.frame.at(step.position_s)

    with ClipWriter(path, fps=fps) as writer:
        for covered in redact_clip(frames(), _Knowing(redactor, waiting), looks_per_s=1e3):
            drawing = waiting.popleft()
            picture = covered.image.annotated(
                board.polygons, drawing.tracks.boxes, zone_labels=drawing.zones, box_labels=drawing.boxes
            )
            writer.write(picture, covered.time)


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What is drawn on one picture, and what the detector saw in it."""

    detections: Detections
    tracks: Tracks
    zones: tuple[str, ...]
    boxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Knowing:
    """The redactor, told what the detector saw in the picture that came last."""

    redactor: Finds
    waiting: deque[_Drawing]

    def find(self, image: Image) -> Regions:
        return self.redactor.find(image, self.waiting[-1].detections)


class _Board:
    """Which alerts are open, as the labels tell it."""

    def __init__(self, camera: Camera) -> None:
        self.polygons = [area for _, area in camera.drawn()]
        self._zones = [name for name, _ in camera.drawn()]
        self._open: dict[tuple[str, Kind], Alert] = {}

    def drawing(self, step: Step) -> _Drawing:
        for alert in step.alerts:
            key = (alert.data.zone, alert.data.kind)
            if alert.type.phase is Phase.CLOSED:
                self._open.pop(key, None)
            else:
                self._open[key] = alert
        look = step.look
        zones = tuple(self._label(zone, look.frame.time) for zone in self._zones)
        return _Drawing(look.detections, look.scene.tracks, zones, _box_labels(look.scene.tracks))

    def _label(self, zone: str, now: float) -> str:
        alerts = [alert for (where, _), alert in self._open.items() if where == zone]
        told = [f"{alert.data.kind} {now - alert.data.started.timestamp():.0f} s" for alert in alerts]
        return f"{zone}: {', '.join(told)}" if told else zone


def _box_labels(tracks: Tracks) -> tuple[str, ...]:
    """Class and score; the class of a box that is only predicted is in brackets."""
    rows = zip(tracks.classes, tracks.scores, tracks.seen, strict=True)
    return tuple(f"{COCO[index]} {score:.2f}" if seen else f"({COCO[index]})" for index, score, seen in rows)
