"""Clips to measure on: the fetched footage, and drawn ones of the usual camera formats."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from placewatch.footage.fetch import SHOTS, footage_dir
from placewatch.footage.transcode import ENCODER

FPS = 25
GOP = 50
SECONDS = 8
_BIT_RATE = {720: 2_000_000, 1080: 4_000_000}
_BLOBS = 12
_FAST = {"libx264": {"preset": "veryfast", "tune": "zerolatency"}}


@dataclass(frozen=True, slots=True)
class BenchClip:
    """A clip and what it is.

    Attributes:
        name: For the table.
        path: The file.
    """

    name: str
    path: Path


def bench_clips(work: Path) -> list[BenchClip]:
    """The footage that has been fetched, and drawn 720p and 1080p clips.

    Args:
        work: Folder for the drawn ones.
    """
    here = [BenchClip(shot.name, footage_dir() / f"{shot.name}.mp4") for shot in SHOTS[:1]]
    drawn = [BenchClip(f"drawn {height}p{FPS}", draw(work / f"{height}.mp4", height)) for height in _BIT_RATE]
    return [*(clip for clip in here if clip.path.exists()), *drawn]


def draw(path: Path, height: int, seconds: float = SECONDS) -> Path:
    """Draw a clip as a camera would send it: H.264, constant bit rate, a keyframe every two seconds.

    Blobs wander over a noisy still ground. Always the same picture for the same arguments.
    """
    width = height * 16 // 9
    random = np.random.default_rng(height)
    ground = _ground(random, height, width)
    starts = random.random((_BLOBS, 2))
    speeds = (random.random((_BLOBS, 2)) - 0.5) * 0.1
    with av.open(str(path), "w") as out:
        stream = cast("VideoStream", out.add_stream(ENCODER, rate=FPS, options=dict(_FAST.get(ENCODER, {}))))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = GOP
        stream.bit_rate = _BIT_RATE.get(height, 500_000)
        for number in range(round(seconds * FPS)):
            picture = _picture(ground, (starts + speeds * number / FPS) % 1.0, random)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode())
    return path


def _ground(random: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    coarse = random.integers(60, 200, (height // 24 + 1, width // 24 + 1, 3), np.uint8)
    return np.kron(coarse, np.ones((24, 24, 1), np.uint8))[:height, :width]


def _picture(
    ground: NDArray[np.uint8], blobs: NDArray[np.float64], random: np.random.Generator
) -> NDArray[np.uint8]:
    picture = ground.copy()
    height, width = picture.shape[:2]
    for index, (x, y) in enumerate(blobs):
        left, top = int(x * width), int(y * height)
        picture[top : top + height // 6, left : left + height // 14] = (20 * index % 255, 90, 200)
    noise = random.integers(0, 6, (height // 4 + 1, width // 4 + 1, 1), np.uint8)
    return picture + np.kron(noise, np.ones((4, 4, 3), np.uint8))[:height, :width]
