"""One camera watched for a while, to learn what of its picture only ever deceives."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from edge.config import Camera
from edge.detect.detections import Boxes, Detections
from edge.detect.registry import Detector
from edge.evidence import Redacts
from edge.frame import Frame
from edge.gate.calibration import Learner, Proposal
from edge.gate.luma import small_luma
from edge.gate.motion import Motion, MotionDetector
from edge.ingest.decode import DecodedPixels, Decoder, picture_time
from edge.ingest.errors import is_network, no_picture
from edge.ingest.source import Source
from edge.ingest.timing import Sampler
from edge.redact.image import RedactedImage
from placewatch.clock import Clock

FPS = 2.0
"""Pictures a second that are learned from."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of it.

    Attributes:
        proposals: Places to leave alone.
        seconds: Of the stream that were watched.
        pictures: Learned from.
        picture: The last one, redacted, with the places and the camera's zones drawn.
    """

    proposals: list[Proposal]
    seconds: float
    pictures: int
    picture: RedactedImage


def calibrate(
    source: Source,
    camera: Camera,
    detector: Detector,
    redactor: Redacts,
    *,
    seconds: float,
    clock: Clock,
    progress: Callable[[float], None] = lambda _seconds: None,
) -> Learned:
    """Watch a stream or clip and propose nuisance.

    Args:
        source: The open camera, or a clip, which is read as fast as it can be.
        camera: Whose zones are drawn.
        detector: Best asked for unsure things, too: whatever it names counts as something.
        redactor: Makes the picture fit to be shown.
        seconds: How long; a clip may end sooner.
        clock: Time of a live camera; a clip has its own.
        progress: Told seconds watched.

    Raises:
        StreamError: The source fails, or shows no picture.
        RedactionError: The picture must not be shown.
    """
    length = min(seconds, source.info.duration_s or inf)
    motions, sampler = MotionDetector(), Sampler(FPS)
    decoder = Decoder(source, loop_filter=False)
    live = is_network(source.url)
    learner = Learner(0.0, length)
    last: tuple[Frame, Detections] | None = None
    begun: float | None = None
    watched = 0.0
    for packet in source.packets():
        for picture in decoder.decode(packet if packet.size else None):
            time = clock.monotonic() if live else picture_time(picture)
            if time is None or not isfinite(time):  # flushed pictures may have no time base
                continue
            begun = time if begun is None else begun
            watched = time - begun
            if watched > seconds or not sampler.wants(time):
                continue
            frame = Frame(DecodedPixels(picture), watched, learner.pictures)
            motion = motions.observe(small_luma(frame.luma), watched)
            found = detector.detect([frame.image])[0] if _worth(motion) or last is None else last[1]
            learner.picture(motion, _fractions(found.boxes, frame.size), watched)
            last = (frame, found)
            progress(watched)
        if watched > seconds:
            break
    if last is None:
        raise no_picture(source.url, where=camera.id)
    proposals = learner.proposals()
    shown = redactor.redact(last[0].image, detector.detect([last[0].image])[0])
    return Learned(proposals, watched, learner.pictures, _drawn(shown, camera, proposals))


def _worth(motion: Motion) -> bool:
    return bool(motion.moving.any())


def _fractions(boxes: Boxes, size: tuple[int, int]) -> Boxes:
    return np.asarray(boxes / np.array([*size, *size], np.float32), np.float32)


def _drawn(picture: RedactedImage, camera: Camera, proposals: list[Proposal]) -> RedactedImage:
    zones = camera.drawn()
    areas = [(f"{100 * one.moved:.0f} %", one.area.polygon) for one in proposals]
    every = [*zones, *areas]
    return picture.annotated([shape for _, shape in every], zone_labels=[label for label, _ in every])
