"""Pictures of a recording as planes, and what noise, night and wind make of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi, sin
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.footagesets.timeline import Piece, shown

Plane = NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]
"""Y (H x W), U and V (H/2 x W/2), limited range."""

Effect = Callable[[Planes, float, np.random.Generator], Planes]
"""Makes of a picture, its second and chance another one."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded recording.

    Attributes:
        times: Second of each picture, rising.
        pictures: I420, H*3/2 x W each, in the recording's own size.
    """

    times: NDArray[np.float64]
    pictures: list[Plane]

    @classmethod
    def read(cls, path: Path, pieces: Sequence[Piece], crop: tuple[float, float]) -> "Recording":
        """Decode what the pieces show, cropped by shares of the height at top and bottom."""
        times, pictures = [], []
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                second = float(frame.time or 0.0)
                if any(piece.begin - 0.2 <= second <= piece.end + 0.2 for piece in pieces):
                    times.append(second)
                    pictures.append(_cropped(frame, crop))
        return cls(np.array(times), pictures)

    def at(self, second: float) -> Plane:
        """The picture that was on show then."""
        return self.pictures[max(0, int(np.searchsorted(self.times, second + 1e-3)) - 1)]


def _cropped(frame: av.VideoFrame, crop: tuple[float, float]) -> Plane:
    planes = np.asarray(frame.reformat(format="yuv420p").to_ndarray(), np.uint8)
    if crop == (0.0, 0.0):
        return planes
    height = frame.height
    top, bottom = (round(share * height / 4) * 4 for share in crop)
    y, u, v = split(planes)
    y, u, v = y[top : height - bottom], u[top // 2 : -bottom // 2], v[top // 2 : -bottom // 2]
    return joined((y, u, v))


def split(picture: Plane) -> Planes:
    """An I420 array (H*3/2 x W) as its planes."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    return picture[:height], chroma[0], chroma[1]


def joined(planes: Planes) -> Plane:
    """Planes as an I420 array."""
    y, u, v = planes
    flat = np.concatenate((u.ravel(), v.ravel())).reshape(-1, y.shape[1])
    return np.ascontiguousarray(np.concatenate((y, flat)))


def picture_at(recording: Recording, pieces: Sequence[Piece], second: float, size: tuple[int, int]) -> Planes:
    """What the new clip shows at a second, width and height ``size``."""
    here, other, weight = shown(pieces, second)
    picture = recording.at(here)
    if weight > 0.0:
        picture = np.asarray(cv2.addWeighted(picture, 1.0 - weight, recording.at(other), weight, 0), np.uint8)
    y, u, v = split(picture)
    half = size[0] // 2, size[1] // 2
    return (
        np.asarray(cv2.resize(y, size, interpolation=cv2.INTER_CUBIC), np.uint8),
        np.asarray(cv2.resize(np.ascontiguousarray(u), half), np.uint8),
        np.asarray(cv2.resize(np.ascontiguousarray(v), half), np.uint8),
    )


class Grain:
    """A sensor's noise: new in every picture, as no two pictures of a real camera are the same.

    Args:
        sigma: Grey levels.
        size: Width and height.
        chance: Where the noise comes from.
    """

    def __init__(self, sigma: float, size: tuple[int, int], chance: np.random.Generator) -> None:
        width, height = size
        # A field larger than the picture, shown at another place each time: drawing it anew costs too much.
        field = chance.normal(128.0, sigma, (height + _WANDER, width + _WANDER))
        self._field = np.clip(np.round(field), 0, 255).astype(np.uint8)

    def __call__(self, planes: Planes, second: float, chance: np.random.Generator) -> Planes:
        """Noise on the luma."""
        del second
        y, u, v = planes
        top, left = chance.integers(0, _WANDER, 2)
        field = self._field[top : top + y.shape[0], left : left + y.shape[1]]
        return np.asarray(cv2.addWeighted(y, 1.0, field, 1.0, -128.0), np.uint8), u, v


_WANDER = 256


def night(planes: Planes, second: float, chance: np.random.Generator) -> Planes:
    """A quarter of the light, hardly any colour, and now and then a beam that sweeps over the ground."""
    del chance
    y, u, v = planes
    dark = np.asarray(cv2.addWeighted(y, 0.28, y, 0.0, 14.0), np.uint8)
    phase = (second % _SWEEP_EVERY_S) / _SWEEP_S
    if phase < 1.0:
        dark = _beam(dark, phase)
    return dark, _pale(u), _pale(v)


def _pale(chroma: Plane) -> Plane:
    return np.asarray(cv2.addWeighted(chroma, 0.35, chroma, 0.0, 83.2), np.uint8)


_SWEEP_EVERY_S, _SWEEP_S = 17.0, 1.6


def _beam(y: Plane, phase: float) -> Plane:
    height, width = y.shape
    across = (np.arange(width) / width - (phase * 1.6 - 0.3)) / 0.12
    down = (np.arange(height) / height - 0.7) / 0.2
    light = 1.0 + 1.4 * np.exp(-(across[None, :] ** 2) - down[:, None] ** 2).astype(np.float32)
    return np.asarray(np.clip(y * light, 0, 235), np.uint8)


class Wind:
    """Branches that hang into the picture and sway in gusts, and a mast that trembles.

    Args:
        size: Width and height.
        chance: Where the leaves come from.
    """

    def __init__(self, size: tuple[int, int], chance: np.random.Generator) -> None:
        self._size = size
        self._branches = [_branch(size, chance) for _ in range(3)]
        self._phases = chance.random(6) * 2 * pi

    def __call__(self, planes: Planes, second: float, chance: np.random.Generator) -> Planes:
        """One picture in the wind."""
        del chance
        gust = 0.55 + 0.45 * sin(second / 7.0 + self._phases[5])
        tremble = [gust * 0.6 * sin(second * rate + self._phases[4]) for rate in (23.0, 17.0)]
        y, u, v = (
            _shifted(plane, tremble, 1.0 if number == 0 else 0.5) for number, plane in enumerate(planes)
        )
        width = self._size[0]
        for number, (leaves, alpha, corner) in enumerate(self._branches):
            phase = self._phases[number]
            sway = gust * (0.008 * sin(2.9 * second + phase) + 0.004 * sin(7.3 * second + 2 * phase)) * width
            _blend(y, leaves, alpha, (corner[0] + sway, corner[1] + 0.4 * sway))
        return y, u, v


def _branch(size: tuple[int, int], chance: np.random.Generator) -> tuple[Plane, Plane, tuple[float, float]]:
    """Leaves, how much they cover, and where they hang."""
    width, height = size[0] // 4, size[1] // 4
    leaves = np.full((height, width), 60, np.uint8)
    alpha = np.zeros((height, width), np.uint8)
    for _ in range(160):
        centre = np.clip(chance.normal((width / 2, height / 3), (width / 5, height / 6)), 0, (width, height))
        axes = (int(width / 24), int(width / 60))
        where = (int(centre[0]), int(centre[1]))
        turn = float(chance.random() * 180)
        cv2.ellipse(leaves, where, axes, turn, 0, 360, int(chance.integers(40, 120)), -1, cv2.LINE_AA)
        cv2.ellipse(alpha, where, axes, turn, 0, 360, 255, -1, cv2.LINE_AA)
    corner = (float(chance.random() * size[0] * 0.75), -height * 0.1)
    return leaves, alpha, corner


def _shifted(plane: Plane, by: Sequence[float], scale: float) -> Plane:
    matrix = np.array([[1, 0, by[0] * scale], [0, 1, by[1] * scale]], np.float32)
    size = plane.shape[1], plane.shape[0]
    return np.asarray(cv2.warpAffine(plane, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _blend(y: Plane, leaves: Plane, alpha: Plane, corner: tuple[float, float]) -> None:
    """Lay leaves over the picture, in place, at a place between pixels."""
    height, width = leaves.shape[0] + 64, leaves.shape[1] + 128
    left, top = int(corner[0]) - 64, int(corner[1]) - 32
    matrix = np.array([[1, 0, corner[0] - left], [0, 1, corner[1] - top]], np.float32)
    sprite, cover = (cv2.warpAffine(layer, matrix, (width, height)) for layer in (leaves, alpha))
    x1, y1 = max(0, left), max(0, top)
    x2, y2 = min(y.shape[1], left + width), min(y.shape[0], top + height)
    if x1 >= x2 or y1 >= y2:
        return
    window = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
    share = cover[window].astype(np.float32) / 255.0
    under = y[y1:y2, x1:x2].astype(np.float32)
    y[y1:y2, x1:x2] = (under + (sprite[window].astype(np.float32) - under) * share).astype(np.uint8)
