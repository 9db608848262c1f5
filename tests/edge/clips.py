"""Small synthetic clips: a red "person" and a blue "car" move over a grey street."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream

from edge.detect.detections import Image
from tests.encoding import can_write, write_with_ffmpeg

SIZE = (320, 192)
PERSON_BGR = (30, 30, 220)
CAR_BGR = (220, 60, 30)

Box = tuple[int, int, int, int]
Things = tuple[Box | None, Box | None]
"""The person's and the car's box, pixels; None when absent."""


def picture(person: Box | None = None, car: Box | None = None, size: tuple[int, int] = SIZE) -> Image:
    """A street with what stands in it."""
    width, height = size
    image = np.full((height, width, 3), 110, np.uint8)
    image[:, :, 1] += (np.arange(width) % 32).astype(np.uint8)
    for box, color in ((person, PERSON_BGR), (car, CAR_BGR)):
        if box is not None:
            x1, y1, x2, y2 = box
            image[y1:y2, x1:x2] = color
    return image


def write_clip(
    path: Path,
    pictures: Iterable[Image],
    *,
    fps: int = 10,
    gop: int = 10,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
) -> Path:
    """Encode pictures into a clip; ``container`` holds options of its format; returns ``path``."""
    how = {"preset": "ultrafast", "bf": "0", **(options or {})}
    if not can_write(codec):
        return write_with_ffmpeg(
            path, pictures, fps=fps, gop=gop, codec=codec, options=how, container=container
        )
    images = iter(pictures)
    first = next(images)
    with av.open(str(path), "w", options=container or {}) as out:
        stream = cast("VideoStream", out.add_stream(codec, rate=fps))
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = gop
        stream.codec_context.options = how
        for image in (first, *images):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(stream.encode(None))
    return path


def walk(seconds: float, at: Callable[[float], Things], *, fps: int = 10) -> Iterable[Image]:
    """Pictures of what ``at`` says is there at each moment."""
    for n in range(round(seconds * fps)):
        yield picture(*at(n / fps))


def intruder(t: float) -> Things:
    """A person who walks in from the left at 2 s, stands in the middle until 8 s and is gone."""
    if not 2.0 <= t < 8.0:
        return None, None
    x = min(150, int((t - 2.0) * 100))
    return (x, 80, x + 24, 150), None


def parked(t: float) -> Things:
    """A car that comes at 1 s, stands from 2 s to 9 s and is gone."""
    if not 1.0 <= t < 9.0:
        return None, None
    x = min(180, int((t - 1.0) * 180))
    return None, (x, 100, x + 80, 150)
