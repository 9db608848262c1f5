"""A street without footage: structure, sensor noise, and what may happen to it."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Image
from edge.gate.luma import Luma
from edge.gate.pictures import BgrPicture
from edge.rules.scene import Scene, Tracks
from edge.vision.view import View

SIZE = (640, 360)
Picture = NDArray[np.float32]
Change = Callable[[Picture, float], Picture]


def street(seed: int = 3) -> Picture:
    """A view with edges everywhere, as walls, windows, kerbs and trees give."""
    rng = np.random.default_rng(seed)
    width, height = SIZE
    image = np.full((height, width), 105, np.float32)
    for _ in range(260):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height * 2 // 3))
        w, h = int(rng.integers(6, 60)), int(rng.integers(6, 40))
        image[y : y + h, x : x + w] = rng.uniform(40, 200)
    image[height * 2 // 3 :] += rng.normal(0, 6, (height - height * 2 // 3, width)).astype(np.float32)
    return cv2.GaussianBlur(image, (0, 0), 0.7).astype(np.float32)


def looks(
    seconds: float,
    change: Change,
    *,
    fps: float = 2.0,
    noise: float = 2.0,
    seed: int = 5,
    view: Picture | None = None,
) -> Iterator[tuple[float, Image]]:
    """Pictures with their times."""
    rng = np.random.default_rng(seed)
    clean = street() if view is None else view
    grain = rng.normal(0, noise, clean.shape).astype(np.float32)
    for n in range(round(seconds * fps)):
        time = n / fps
        picture = change(clean.copy(), time) + np.roll(grain, (37 * n, 101 * n), axis=(0, 1))
        grey = np.clip(picture, 0, 255).astype(np.uint8)
        yield time, np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2))


def tracks(*rows: tuple[int, int, tuple[float, float, float, float]]) -> Tracks:
    """Tracks of (id, class, box), all seen."""
    count = len(rows)
    return Tracks(
        ids=np.array([row[0] for row in rows], np.int64),
        boxes=np.array([row[2] for row in rows], np.float32).reshape(-1, 4),
        scores=np.full(count, 0.8, np.float32),
        classes=np.array([row[1] for row in rows], np.int32),
        seen=np.ones(count, np.bool_),
        born=np.zeros(count, np.float64),
    )


class Shown(BgrPicture):
    """A drawn picture as rules are shown it."""

    @property
    def size(self) -> tuple[int, int]:
        return self.image.shape[1], self.image.shape[0]

    @property
    def luma(self) -> Luma:
        return np.ascontiguousarray(self.image[..., 0])


def scene(image: Image, who: Tracks | None = None) -> Scene:
    """What a rule is shown."""
    return Scene((image.shape[1], image.shape[0]), who or tracks(), View(Shown(image)))
