"""Small clips with a bright square that walks, made on the spot."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from edge.detect.detections import Image
from tests.encoding import can_write, write_with_ffmpeg

SQUARE = 24


def square_at(index: int) -> tuple[int, int]:
    """Top left corner of the square in picture ``index``."""
    return 10 + 3 * index, 40


def picture(index: int, width: int, height: int) -> Image:
    """Grey with a checkered square."""
    image = np.full((height, width, 3), 90, np.uint8)
    x, y = square_at(index)
    pattern = (np.indices((SQUARE, SQUARE)).sum(axis=0) // 4 % 2 * 255).astype(np.uint8)
    shown = image[y : y + SQUARE, x : x + SQUARE]
    shown[:] = pattern[: shown.shape[0], : shown.shape[1], None]
    return image


def write_clip(
    path: Path,
    *,
    size: tuple[int, int] = (160, 120),
    count: int = 30,
    fps: int = 10,
    sound: bool = False,
    rotation: int = 0,
    codec: str = "libx264",
) -> Path:
    """Write a clip with a title, and a sound track if asked."""
    width, height = size
    if not can_write(codec) or (sound and not can_write("aac")):
        said = {"metadata": "title=secret title"}
        images = [picture(index, width, height) for index in range(count)]
        return write_with_ffmpeg(path, images, fps=fps, codec=codec, container=said, sound=sound)
    with av.open(str(path), "w") as out:
        out.metadata["title"] = "secret title"
        out.metadata["location"] = "+39.9042+116.4074/"
        stream = out.add_stream(codec, rate=fps)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        tone = out.add_stream("aac", rate=8000) if sound else None
        for index in range(count):
            frame = av.VideoFrame.from_ndarray(picture(index, width, height), format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if isinstance(tone, av.AudioStream):
            for index in range(8):
                samples = av.AudioFrame.from_ndarray(
                    np.zeros((1, 1024), np.float32), format="fltp", layout="mono"
                )
                samples.sample_rate, samples.pts = 8000, index * 1024
                out.mux(tone.encode(samples))
            out.mux(tone.encode(None))
    return path


def read_clip(path: Path) -> list[Image]:
    """All pictures of a clip."""
    with av.open(str(path)) as container:
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]
