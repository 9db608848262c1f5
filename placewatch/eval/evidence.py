"""Evidence clips of an evaluation: made as a box makes them, and looked at as finished files."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import av
import numpy as np

from edge.config import BoxConfig
from edge.detect.detections import Image
from edge.frame import Frame
from edge.redact.clipfile import open_clip
from edge.redact.redactor import Redactor
from edge.redact.video import make_clip


def evidence_of(clip: Path, at: Sequence[float], config: BoxConfig, redactor: Redactor) -> list[bytes]:
    """A finished evidence clip around each moment, MP4.

    Args:
        clip: The footage.
        at: Seconds into it at which alerts opened.
        config: Its ``clips:`` says how long and how dense.
        redactor: Covers.

    Raises:
        RedactionError: The footage cannot be read, or a clip could not be redacted.
    """
    made = []
    for moment in at:
        with open_clip(clip) as opened:
            fps = min(opened.fps, config.clips.fps)
            shown = _between(
                opened.frames(), moment - config.clips.before_s, moment + config.clips.after_s, fps
            )
            made.append(make_clip(shown, redactor, fps=fps).mp4)
    return made


def _between(frames: Iterator[Frame], begin: float, end: float, fps: float) -> Iterator[Frame]:
    due = begin
    for frame in frames:
        if frame.time > end:
            return
        if frame.time >= due - 1e-6:
            due = max(due + 1.0 / fps, frame.time + 0.5 / fps)
            yield frame


def pictures_of(mp4: bytes, every_s: float) -> Iterator[Image]:
    """Pictures of a finished clip as who plays it sees them, one in so many seconds."""
    due = 0.0
    with av.open(BytesIO(mp4), "r") as container:
        for picture in container.decode(video=0):
            if float(picture.time or 0.0) >= due - 1e-6:
                due += every_s
                yield np.asarray(picture.to_ndarray(format="bgr24"), np.uint8)
