"""A clip through the same code as a live camera, on a virtual clock: the same alerts every time."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from edge.config import BoxConfig, Camera
from edge.detect.registry import Detector
from edge.evidence import Picture
from edge.ingest.decode import Decoder
from edge.ingest.errors import explain, no_picture
from edge.ingest.geared import GearedStream, Sample, Stirs
from edge.ingest.source import Source
from edge.ingest.stamps import Stamper
from edge.models import load_models
from edge.pipeline import Look
from edge.redact.redactor import Redactor
from edge.reporting import CameraReporter, model_id
from edge.rounds import look_round
from edge.watching import canvas_detector, eye, gear_box, looks_per_s, motion_detector, whole_looks
from messages import Alert
from placewatch.errors import UsageError

DEFAULT_START = 1767225600.0
"""2026-01-01T00:00:00Z: a fixed instant, so that two replays agree to the byte."""


@dataclass(frozen=True, slots=True)
class Step:
    """One look of a replay.

    Attributes:
        position_s: How far into the clip it lies, seconds.
        look: What was seen.
        alerts: What it caused.
    """

    position_s: float
    look: Look
    alerts: tuple[Alert, ...]


def choose_camera(config: BoxConfig, clip: Path, wanted: str | None = None) -> Camera:
    """Whose places, zones and rules a clip is replayed with.

    Args:
        config: The box.
        clip: The clip; without ``wanted`` the camera is the one whose address ends in the clip's name
            (without its ending), else the only one.
        wanted: Camera id.

    Raises:
        UsageError: No such camera, or several could be meant.
    """
    ids = ", ".join(camera.id for camera in config.cameras)
    if wanted is not None:
        named = [camera for camera in config.cameras if camera.id == wanted]
        if not named:
            raise UsageError(
                f"no camera {wanted!r}", where=f"box {config.box}", remedy=f"cameras here: {ids}"
            )
        return named[0]
    alike = [camera for camera in config.cameras if _last_name(camera.url) == clip.stem]
    candidates = alike or list(config.cameras)
    if len(candidates) == 1:
        return candidates[0]
    raise UsageError(
        f"{len(candidates)} cameras could be meant for {clip.name}",
        where=f"box {config.box}",
        remedy=f"choose one with --camera: {ids}",
    )


def _last_name(url: str) -> str:
    return PurePosixPath(urlsplit(url).path).stem


def session_of(clip: Path, config: BoxConfig, camera: Camera, *, start: float, model: str) -> str:
    """A session that stands for clip, configuration, start and model: the same whenever these are."""
    with clip.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    settings = {
        "box": config.model_dump(
            mode="json", include={"site", "box", "timezone", "holidays", "detector", "places"}
        ),
        "camera": camera.model_dump(mode="json", exclude={"url"}),
    }
    text = json.dumps([content, settings, start, model], sort_keys=True)
    return f"replay-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


class ClipTime:
    """Capture times of a clip's pictures: the start plus the clip's own timestamps.

    Args:
        start: Time of the first picture, Unix seconds.
        fps: Pictures per second where timestamps are missing or do not advance.
    """

    def __init__(self, start: float, fps: float) -> None:
        self._start = start
        self._period = 1.0 / fps if fps > 0 else 0.04
        self._first: float | None = None
        self._position = -self._period

    def position(self, pts: float | None) -> float:
        """Seconds into the clip of the next picture, strictly growing."""
        if pts is not None and self._first is None:
            self._first = pts - (self._position + self._period)
        position = None if pts is None or self._first is None else pts - self._first
        if position is None or position <= self._position:
            position = self._position + self._period
        self._position = position
        return position

    def time(self, position: float) -> float:
        """Capture time, Unix seconds."""
        return self._start + position


@dataclass(frozen=True, slots=True)
class Replay:
    """What a clip is replayed with.

    Attributes:
        config: The box.
        camera: Whose rules apply.
        detector: Asked at `edge.pipeline.detector_score`.
        redactor: Makes the evidence fit to leave.
        session: Session of the alerts (see `session_of`).
        start: Capture time of the clip's first picture, Unix seconds.
    """

    config: BoxConfig
    camera: Camera
    detector: Detector
    redactor: Redactor
    session: str
    start: float = DEFAULT_START

    @classmethod
    def load(cls, config: BoxConfig, camera: Camera, clip: Path, *, start: float = DEFAULT_START) -> "Replay":
        """Load the models that the configuration names.

        Raises:
            ModelError: A model is missing or altered.
            StreamError: There is no such clip.
        """
        detector, redactor = load_models(config.detector)
        try:
            session = session_of(clip, config, camera, start=start, model=model_id(detector))
        except OSError as error:
            raise explain(error, str(clip)) from error
        return cls(config, camera, detector, redactor, session, start)

    def steps(self, source: Source) -> Iterator[Step]:
        """Every look at the clip, in order: none is dropped, however slow the detector is.

        While nothing moves these are keyframes, as they are live (see `edge.ingest.geared`).

        Episodes that are open at the end of the clip stay open: that nothing more was seen is no close.

        Raises:
            StreamError: The clip has no picture that can be decoded, or breaks off.
        """
        reporter = CameraReporter(self.config, self.camera, self.redactor, model_id(self.detector))
        seq = 0
        for look in self._looks(source):
            frame = look.frame
            drafts = reporter.drafts(look.changes, frame.time, Picture(frame, look.detections))
            alerts = tuple(draft(self.session, number) for number, draft in enumerate(drafts, seq + 1))
            seq += len(alerts)
            yield Step(round(frame.time - self.start, 6), look, alerts)

    def _looks(self, source: Source) -> Iterator[Look]:
        """Every look, in the order of capture: what wakes the camera is known before the next packet."""
        config, stirs = self.config, Stirs()
        detector = canvas_detector(config, self.detector)
        seer = eye(config, self.camera, stirs.stir, detector.canvases.side, self.start)
        whole = whole_looks(config)
        for sample in self._samples(source, stirs):
            if whole:
                yield seer.whole(sample, self.detector)
            elif seer.offer(sample):
                seen = look_round({seer.name: seer}, detector, sample.frame.time)
                yield seer.settle(seen.orders[seer.name], seen.found[seer.name], sample.frame.time)

    def _samples(self, source: Source, stirs: Stirs) -> Iterator[Sample]:
        config = self.config
        motion = motion_detector(config)
        times = ClipTime(self.start, source.info.fps)
        stamper = Stamper(lambda dts: times.time(times.position(dts)))
        gears = gear_box(config, self.camera)
        stream = GearedStream(
            Decoder(source, loop_filter=motion is None),
            gears,
            stirs,
            looks_per_s(config, self.camera),
            motion,
        )
        for packet in source.packets():
            yield from stream.feed(packet, stamper.stamp(packet)) if packet.size else stream.flush()
        if not stream.decoded:
            raise no_picture(source.url)
