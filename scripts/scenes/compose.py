"""Pictures of a scene: an empty view, what moves in it, light, noise, and what befalls the camera."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from edge.detect.detections import Image
from scripts.scenes.sources import Cutout, Floats

Mark = tuple[float, float, float]
"""Seconds, and where the ground point is then: x and y in pixels."""

FPS: Final = 10

_SHADOW: Final = 0.45
_GRAINS: Final = 6

Light = Callable[[float, Floats], Floats]
"""Takes seconds and a picture (H x W x 3, 0..255), returns it as lit then."""

Camera = Callable[[float, Floats], Floats]
"""What befalls the camera; as `Light`."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that comes, stays and goes.

    Attributes:
        name: Of its cut-out.
        look: The cut-out.
        group: What truth calls it: person, vehicle, cycle or thing.
        marks: Its way, straight and even between marks; there from the first to the last.
        sway: Pixels by which it sways: nobody stands quite still.
        owner: Name of whose it is, for a thing.
    """

    name: str
    look: Cutout
    group: str
    marks: tuple[Mark, ...]
    sway: float = 0.0
    owner: str = ""

    def at(self, time: float) -> tuple[float, float] | None:
        """Its ground point, pixels; None while it is not there."""
        times = [mark[0] for mark in self.marks]
        if not times[0] <= time < times[-1]:
            return None
        x = float(np.interp(time, times, [mark[1] for mark in self.marks]))
        return x, float(np.interp(time, times, [mark[2] for mark in self.marks]))

    def moves(self, time: float, step: float = 0.1) -> bool:
        """Whether its ground point changes about then."""
        here, there = self.at(time), self.at(time + step)
        return (
            here is not None and there is not None and abs(here[0] - there[0]) + abs(here[1] - there[1]) > 0.2
        )


def evenly(_time: float, picture: Floats) -> Floats:
    """Nothing changes."""
    return picture


@dataclass(frozen=True, slots=True)
class Staging:
    """How a scene is shown.

    Attributes:
        view: H x W x 3, the empty view, or pictures that follow each other at `FPS` and begin anew.
        seconds: Its length.
        parts: Who and what is in it.
        light: How it is lit.
        camera: What befalls the camera.
        noise: Standard deviation of the sensor's noise, grey levels.
        frozen: From when to when one and the same picture is sent, seconds.
    """

    view: Sequence[Image]
    seconds: float
    parts: tuple[Part, ...] = ()
    light: Light = evenly
    camera: Camera = evenly
    noise: float = 2.5
    frozen: tuple[float, float] = field(default=(0.0, 0.0))


def frames(staging: Staging, rng: np.random.Generator, every: int = 1) -> Iterator[Image]:
    """The pictures of a scene, or each so-many-th of them: H x W x 3 BGR."""
    shape = staging.view[0].shape
    grains = [
        cv2.GaussianBlur(rng.normal(0, staging.noise * 1.4, shape).astype(np.float32), (0, 0), 0.5)
        for _ in range(_GRAINS)
    ]
    held: Image | None = None
    for number in range(0, round(staging.seconds * FPS), every):
        time = number / FPS
        if held is not None and staging.frozen[0] <= time < staging.frozen[1]:
            yield held
            continue
        picture = staging.view[number % len(staging.view)].astype(np.float32)
        for part in sorted(staging.parts, key=lambda each: (each.at(time) or (0.0, 0.0))[1]):
            _paste(picture, part, time, number)
        picture = staging.camera(time, staging.light(time, picture))
        grain = grains[int(rng.integers(_GRAINS))]
        picture += np.roll(grain, tuple(rng.integers(0, 300, 2)), axis=(0, 1))
        held = np.clip(picture, 0, 255).astype(np.uint8)
        yield held


def _paste(picture: Floats, part: Part, time: float, number: int) -> None:
    place = part.at(time)
    if place is None:
        return
    sway = part.sway * float(np.sin(0.7 * time) + 0.3 * np.sin(2.9 * number))
    height, width = part.look.alpha.shape
    _darken(picture, place, width)
    left, top = round(place[0] + sway - width / 2), round(place[1] - height)
    x1, y1 = max(0, left), max(0, top)
    x2, y2 = min(picture.shape[1], left + width), min(picture.shape[0], top + height)
    if x2 <= x1 or y2 <= y1:
        return
    window = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
    alpha = part.look.alpha[window][..., None]
    under = picture[y1:y2, x1:x2]
    picture[y1:y2, x1:x2] = alpha * part.look.image[window] + (1 - alpha) * under


def _darken(picture: Floats, place: tuple[float, float], width: int) -> None:
    """The shadow where it touches the ground."""
    mask = np.zeros(picture.shape[:2], np.float32)
    centre = (round(place[0]), round(place[1]) - 2)
    cv2.ellipse(mask, centre, (max(3, width // 2), max(2, width // 8)), 0, 0, 360, 1.0, -1)
    y1, y2 = max(0, centre[1] - width), min(picture.shape[0], centre[1] + width)
    if y2 <= y1:
        return
    soft = cv2.GaussianBlur(mask[y1:y2], (0, 0), max(1.0, width / 16))
    picture[y1:y2] *= 1.0 - _SHADOW * soft[..., None]
