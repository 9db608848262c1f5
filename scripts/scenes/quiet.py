"""Hours in which nothing happens that is worth an alert: cheap pictures of light, weather and passers-by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Image
from scripts.scenes.sources import Cutout

FPS: Final = 5
"""Pictures a second."""

_GRAINS: Final = 12
_EDGE: Final = 320
_NIGHT: Final = 0.45


@dataclass(frozen=True, slots=True)
class Passer:
    """Somebody or something that passes the view once, straight and evenly, and never stays.

    Attributes:
        look: As cut out.
        begin: Seconds.
        end: Seconds.
        start: Ground point at the beginning, pixels.
        stop: Ground point at the end, pixels.
    """

    look: Cutout
    begin: float
    end: float
    start: tuple[float, float]
    stop: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Weather:
    """What the light and the pole do.

    Attributes:
        hour: Of the day at which it begins.
        indoors: Lamps that people switch in place of clouds and headlights.
        wind: Pixels by which the view trembles.
    """

    hour: float
    indoors: bool = False
    wind: float = 0.0


def daylight(hour: float) -> float:
    """Brightness against noon: at night by lamps and gain, with an hour of dawn and of dusk."""
    day = np.clip(hour % 24 - 5.5, 0, 1) * np.clip(19.5 - hour % 24, 0, 1)
    return _NIGHT + (1.0 - _NIGHT) * float(day)


def quiet_pictures(
    views: Sequence[Image],
    passers: Sequence[Passer],
    weather: Weather,
    seconds: float,
    rng: np.random.Generator,
) -> Iterator[Image]:
    """The pictures at `FPS`, H x W x 3 BGR.

    Args:
        views: The empty view, or pictures that follow each other and begin anew.
        passers: Who passes.
        weather: What the light does.
        seconds: How long.
        rng: Chance.
    """
    lit = _Light(views[0].shape[:2], weather, rng)
    sensor = _Sensor(views[0].shape, rng)
    waiting = sorted(passers, key=lambda each: each.begin)
    here: list[Passer] = []
    for number in range(round(seconds * FPS)):
        now = number / FPS
        while waiting and waiting[0].begin <= now:
            here.append(waiting.pop(0))
        here = [each for each in here if now < each.end]
        picture = views[number % len(views)].copy()
        for passer in here:
            _paste(picture, passer, now)
        yield sensor.sees(*lit.on(picture, now), now, weather.wind)


class _Light:
    """Day and night, clouds, patches of sun, headlights; indoors lamps."""

    def __init__(self, shape: tuple[int, int], weather: Weather, rng: np.random.Generator) -> None:
        self._weather, self._rng = weather, rng
        height, width = shape
        self._x = np.arange(width, dtype=np.float32)[None] / width
        self._y = np.arange(height, dtype=np.float32)[:, None] / height
        self._patches = self._sun() if not weather.indoors else np.ones(shape, np.float32)
        self._tall = np.exp(-(((self._y - 0.7) / 0.22) ** 2))
        self._beam, self._lamp, self._switch = 9.0, 1.0, rng.uniform(60, 400)
        self._phase = rng.uniform(0, 6.28, 2)

    def on(self, picture: Image, now: float) -> tuple[Image, float]:
        """The picture as it is lit then, and the sensor's noise in grey levels."""
        light = daylight(self._weather.hour + now / 3600)
        if self._weather.indoors:
            return self._by_lamps(picture, now, light)
        wave = np.sin(now / 41 + self._phase[0]) * np.sin(now / 173 + self._phase[1])
        sunny = float(np.clip(3 * wave, 0, 1)) * float(light > 0.75)  # sun between clouds
        gain = light * (1.0 - 0.2 * (1.0 - sunny) * (light > 0.75))
        field = gain * (1.0 + sunny * (self._patches - 1.0))
        shown = _multiplied(picture, field.astype(np.float32))
        if light < 0.6:
            shown = self._headlights(shown)
        return shown, 1.5 + 5.0 * (1.0 - light)

    def _by_lamps(self, picture: Image, now: float, light: float) -> tuple[Image, float]:
        if now >= self._switch:
            self._lamp = 0.6 if self._lamp == 1.0 else 1.0
            self._switch = now + self._rng.uniform(30, 500)
        gain = 0.75 * self._lamp + 0.25 * light
        return np.asarray(cv2.convertScaleAbs(picture, alpha=gain), np.uint8), 1.5 + 2.0 * (1.0 - gain)

    def _headlights(self, picture: Image) -> Image:
        if self._beam > 1.5:
            if self._rng.random() < 0.01:
                self._beam = -0.5
            return picture
        self._beam += float(self._rng.uniform(0.02, 0.08))
        beam = 90.0 * self._tall * np.exp(-(((self._x - self._beam) / 0.12) ** 2))
        light = cv2.merge([beam.astype(np.uint8)] * 3)
        return np.asarray(cv2.add(picture, light), np.uint8)

    def _sun(self) -> NDArray[np.float32]:
        mask = np.zeros((self._y.shape[0], self._x.shape[1]), np.float32)
        height, width = mask.shape
        for _ in range(4):
            at = self._rng.uniform((0.15, 0.4), (0.85, 0.9)) * (width, height)
            corner = np.array([[-1, -0.7], [0.9, -1], [1, 0.8], [-0.8, 1]])
            cv2.fillConvexPoly(
                mask, (at + corner * self._rng.uniform(0.04, 0.12) * width).astype(np.int32), 1.0
            )
        return np.asarray(1.0 + 0.5 * cv2.GaussianBlur(mask, (0, 0), 1.5), np.float32)


class _Sensor:
    """Noise that differs in each picture, and a pole that trembles."""

    def __init__(self, shape: tuple[int, ...], rng: np.random.Generator) -> None:
        self._rng = rng
        height, width = shape[0] + _EDGE, shape[1] + _EDGE
        self._grains = [
            np.asarray(
                cv2.GaussianBlur(rng.normal(0, 1.4, (height, width, 3)).astype(np.float32), (0, 0), 0.5)
            )
            for _ in range(_GRAINS)
        ]
        self._beat = rng.uniform(3, 6, 2)
        self._levels: dict[tuple[int, int], NDArray[np.int16]] = {}

    def sees(self, picture: Image, noise: float, now: float, wind: float) -> Image:
        height, width = picture.shape[:2]
        if wind:
            gust = wind * float(np.sin(now / 29) ** 2)
            shift = (gust * np.sin(self._beat[0] * now), 0.6 * gust * np.sin(self._beat[1] * now))
            matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
            picture = np.asarray(
                cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101), np.uint8
            )
        which, (y, x) = int(self._rng.integers(_GRAINS)), self._rng.integers(0, _EDGE, 2)
        grain = self._grain(which, noise)[y : y + height, x : x + width]
        return np.asarray(cv2.add(picture, grain, dtype=cv2.CV_8U), np.uint8)

    def _grain(self, which: int, noise: float) -> NDArray[np.int16]:
        key = which, round(noise * 4)
        if key not in self._levels:
            if len(self._levels) > 3 * _GRAINS:
                self._levels.clear()
            self._levels[key] = np.rint(self._grains[which] * (key[1] / 4)).astype(np.int16)
        return self._levels[key]


def _multiplied(picture: Image, field: NDArray[np.float32]) -> Image:
    three: Any = cv2.merge([field] * 3)
    return np.asarray(cv2.multiply(picture, three, dtype=cv2.CV_8U), np.uint8)


def _paste(picture: Image, passer: Passer, now: float) -> None:
    share = (now - passer.begin) / (passer.end - passer.begin)
    x, y = (a + share * (b - a) for a, b in zip(passer.start, passer.stop, strict=True))
    height, width = passer.look.alpha.shape
    left, top = round(x - width / 2), round(y - height)
    x1, y1 = max(0, left), max(0, top)
    x2, y2 = min(picture.shape[1], left + width), min(picture.shape[0], top + height)
    if x2 <= x1 or y2 <= y1:
        return
    window = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
    alpha = passer.look.alpha[window][..., None]
    under = picture[y1:y2, x1:x2]
    picture[y1:y2, x1:x2] = (alpha * passer.look.image[window] + (1 - alpha) * under).astype(np.uint8)
