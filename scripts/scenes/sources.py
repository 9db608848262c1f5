"""What scenes are made of: empty views and things cut out of real frames."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Image
from edge.redact.clipfile import open_clip
from placewatch.eval.clips import find_clip
from placewatch.paths import shipped

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]

_CHANGED: Final = 26.0
"""Grey levels by which a cut-out differs from the empty view."""

_FEATHER: Final = 1.2


@dataclass(frozen=True, slots=True)
class Cutout:
    """A thing without its surroundings.

    Attributes:
        image: H x W x 3 BGR, 0..255.
        alpha: H x W, 0 outside to 1 inside.
    """

    image: Floats
    alpha: Floats

    def scaled(self, scale: float) -> "Cutout":
        """The same, larger or smaller."""
        if scale == 1.0:
            return self
        size = (max(2, round(self.alpha.shape[1] * scale)), max(2, round(self.alpha.shape[0] * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        return Cutout(
            np.asarray(cv2.resize(self.image, size, interpolation=how), np.float32),
            np.asarray(cv2.resize(self.alpha, size, interpolation=how), np.float32),
        )


@cache
def pictures(clip: str, times: tuple[float, ...]) -> tuple[Image, ...]:
    """The pictures of a clip at these times, seconds, rising.

    Raises:
        StreamError: The clip is not on this machine.
    """
    found: list[Image] = []
    with open_clip(find_clip(clip, shipped("configs"))) as opened:
        for frame in opened.frames():
            if frame.time >= times[len(found)] - 1e-3:
                found.append(frame.image)
                if len(found) == len(times):
                    break
    return tuple(found)


@cache
def empty_view(clip: str, times: tuple[float, ...]) -> Image:
    """What a camera shows when nobody is there: the median of some pictures."""
    return np.asarray(np.median(np.stack(pictures(clip, times)), axis=0), np.uint8)


@cache
def cut(clip: str, time: float, empty: tuple[float, ...], box: Box) -> Cutout:
    """What stands in ``box`` (pixels) at ``time``, by its difference from the empty view."""
    x1, y1, x2, y2 = box
    now, before = pictures(clip, (time,))[0], empty_view(clip, empty)
    # The camera's exposure may have changed since the view was empty.
    gain = float(np.median(before.astype(np.float32) / np.maximum(now, 1)))
    now = np.clip(now[y1:y2, x1:x2].astype(np.float32) * gain, 0, 255).astype(np.uint8)
    before = before[y1:y2, x1:x2]
    apart = cv2.absdiff(now, before).max(axis=2)
    mask = (cv2.GaussianBlur(apart, (0, 0), 1.5) > _CHANGED).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((15, 15), np.uint8)), np.uint8)
    return _trimmed(now, _whole(mask))


def _whole(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest part, without holes."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(outlines, key=cv2.contourArea)
    return np.asarray(
        cv2.drawContours(np.zeros_like(mask), [largest], -1, color=1, thickness=cv2.FILLED), np.uint8
    )


def _trimmed(image: Image, mask: NDArray[np.uint8]) -> Cutout:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    soft = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3), np.uint8)).astype(np.float32), (0, 0), _FEATHER)
    return Cutout(image[window].astype(np.float32), np.asarray(soft[window], np.float32))


@cache
def without(clip: str, time: float, box: Box) -> Image:
    """A picture of a clip with what is in ``box`` painted over from around (Telea, 2004)."""
    image = pictures(clip, (time,))[0]
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[box[1] : box[3], box[0] : box[2]] = 255
    return np.asarray(cv2.inpaint(image, mask, 5, cv2.INPAINT_TELEA), np.uint8)


@cache
def window(clip: str, time: float, box: Box) -> Cutout:
    """A part of a picture with what surrounds the thing in it: to be put back in its own place."""
    x1, y1, x2, y2 = box
    return _boxed(pictures(clip, (time,))[0][y1:y2, x1:x2].astype(np.float32))


def bag(rng: np.random.Generator, width: int = 46, height: int = 34) -> Cutout:
    """A travelling bag: panels, seams, handle and the grain of cloth."""
    colour = np.array(rng.uniform(25, 120, 3), np.float32)
    image = np.tile(colour, (height, width, 1)).astype(np.float32)
    image *= np.linspace(1.25, 0.65, height, dtype=np.float32)[:, None, None]
    image[:, width // 3] *= 0.5
    image[:, 2 * width // 3] *= 0.5
    image[height // 3 : height // 3 + 2] *= 1.6
    image[height // 2 : height // 2 + 5, width // 2 - 5 : width // 2 + 5] = 210.0
    image += rng.normal(0, 7, (height, width, 1)).astype(np.float32)
    return _boxed(np.clip(image, 0, 255).astype(np.float32))


def carton(rng: np.random.Generator, width: int = 58, height: int = 44) -> Cutout:
    """A cardboard box with a lid, tape and print."""
    image = np.empty((height, width, 3), np.float32)
    image[: height // 3] = (120, 165, 195)
    image[height // 3 :] = (70, 115, 150)
    image[:, width // 2 - 2 : width // 2 + 3] *= 1.25
    image[height // 2 : height // 2 + 6, 6:22] = (40, 50, 60)
    image += rng.normal(0, 5, (height, width, 1)).astype(np.float32)
    return _boxed(np.clip(image, 0, 255).astype(np.float32))


def _boxed(image: Floats) -> Cutout:
    alpha = np.zeros(image.shape[:2], np.float32)
    alpha[1:-1, 1:-1] = 1.0
    return Cutout(image, np.asarray(cv2.GaussianBlur(alpha, (0, 0), 0.8), np.float32))


ROAD, HALL, PARK, WALL = (
    "car-detection.mp4", "one-by-one-person-detection.mp4", "vtest", "bikes-pavement.mp4",
)  # fmt: skip
_NO_CARS, _NOBODY = (0.0, 2.0, 11.0, 20.0, 22.0), (1.0, 2.0, 21.5, 22.5, 46.5, 47.5)
_SPREAD = tuple(float(t) for t in range(0, 78, 3))

BICYCLE: Box = (285, 35, 560, 225)
"""Where a bicycle leans in `WALL`."""

VIEWS: dict[str, Callable[[], Image]] = {
    "road": lambda: empty_view(ROAD, _NO_CARS),
    "hall": lambda: empty_view(HALL, _NOBODY),
    "park": lambda: empty_view(PARK, _SPREAD),
    "entry": lambda: without(WALL, 1.6, BICYCLE),
}
"""Empty views by name."""

_CUT: dict[str, tuple[str, float, tuple[float, ...], Box]] = {
    "white car": (ROAD, 6.32, _NO_CARS, (255, 60, 460, 380)),
    "silver car": (ROAD, 16.64, _NO_CARS, (70, 70, 262, 420)),
    "red car": (ROAD, 16.8, _NO_CARS, (300, 70, 490, 400)),
    "sports car": (ROAD, 26.4, _NO_CARS, (120, 0, 325, 325)),
    "woman in grey": (HALL, 10.0, _NOBODY, (380, 0, 560, 410)),
    "man in black": (HALL, 30.0, _NOBODY, (370, 0, 540, 410)),
    "woman in black": (HALL, 55.0, _NOBODY, (370, 0, 540, 410)),
    "walker": (PARK, 0.0, _SPREAD, (240, 205, 300, 325)),
    "passer-by": (PARK, 0.0, _SPREAD, (485, 145, 550, 245)),
    "stroller": (PARK, 0.0, _SPREAD, (625, 225, 700, 335)),
}


def actor(name: str) -> Cutout:
    """A cut-out by name."""
    if name == "bicycle":
        return window(WALL, 1.6, BICYCLE)
    return cut(*_CUT[name])


def names() -> Sequence[str]:
    """All cut-outs from real frames."""
    return [*_CUT, "bicycle"]
