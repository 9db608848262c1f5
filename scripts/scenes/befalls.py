"""Light, weather, and what befalls a camera."""

import cv2
import numpy as np

from scripts.scenes.compose import Camera, Light
from scripts.scenes.sources import Floats


def _times(picture: Floats, gain: Floats | float) -> Floats:
    return np.asarray(picture * gain, np.float32)


def clouds(rng: np.random.Generator, depth: float = 0.35) -> Light:
    """Soft shadows of clouds that drift over the view."""
    phase = rng.uniform(0, 6.28, 4)

    def lit(time: float, picture: Floats) -> Floats:
        height, width = picture.shape[:2]
        x = np.arange(width, dtype=np.float32)[None] / width
        y = np.arange(height, dtype=np.float32)[:, None] / height
        wave = np.sin(5 * x + 0.5 * time + phase[0]) * np.sin(3 * y + 0.2 * time + phase[1])
        wave = wave + np.sin(0.13 * time + phase[2])
        gain = 1.0 - depth * (0.5 + 0.25 * wave)
        return _times(picture, gain[..., None].astype(np.float32))

    return lit


def sun_patches(rng: np.random.Generator, gain: float = 1.7, period: float = 14.0) -> Light:
    """Patches of sun with sharp borders that come, wander slowly, stay and go, as between houses."""
    spots = [(rng.uniform(0.15, 0.85), rng.uniform(0.4, 0.9), rng.uniform(0.04, 0.12)) for _ in range(4)]
    drift = rng.uniform(0.0001, 0.0006)  # the sun moves a patch by a hand's breadth in ten minutes

    def lit(time: float, picture: Floats) -> Floats:
        height, width = picture.shape[:2]
        mask = np.zeros((height, width), np.float32)
        for number, (x, y, size) in enumerate(spots):
            if (time + number * period / 2) % (3 * period) < period:
                continue
            at = np.array([(x + drift * time) * width, y * height])
            corner = np.array([[-1, -0.7], [0.9, -1], [1, 0.8], [-0.8, 1]]) * size * width
            cv2.fillConvexPoly(mask, (at + corner).astype(np.int32), 1.0)
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.5), np.float32)
        return _times(picture, 1.0 + (gain - 1.0) * mask[..., None])

    return lit


def headlights(rng: np.random.Generator, dark: float = 0.3) -> Light:
    """Night: the view is dark, and beams sweep over it."""
    speed, start = rng.uniform(0.12, 0.3), rng.uniform(0, 1)

    def lit(time: float, picture: Floats) -> Floats:
        height, width = picture.shape[:2]
        x = np.arange(width, dtype=np.float32)[None] / width
        y = np.arange(height, dtype=np.float32)[:, None] / height
        at = ((start + speed * time) % 3.0) - 0.5
        beam = np.exp(-(((x - at) / 0.12) ** 2) - ((y - 0.7) / 0.25) ** 2)
        return np.asarray(_times(picture, dark) + 110.0 * beam[..., None], np.float32)

    return lit


def dusk(seconds: float, low: float = 0.3) -> Light:
    """Evening falls."""
    return lambda time, picture: _times(picture, 1.0 - (1.0 - low) * min(1.0, time / seconds))


def wind(rng: np.random.Generator, pixels: float = 2.0) -> Camera:
    """The pole trembles."""
    beat = rng.uniform(3, 6, 2)

    def shaken(time: float, picture: Floats) -> Floats:
        return shifted(picture, pixels * np.sin(beat[0] * time), 0.6 * pixels * np.sin(beat[1] * time))

    return shaken


def shifted(picture: Floats, x: float, y: float) -> Floats:
    """The view moved by so many pixels."""
    size = (picture.shape[1], picture.shape[0])
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
    return np.asarray(cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REFLECT_101), np.float32)


def during(begin: float, end: float, fault: Camera) -> Camera:
    """A fault from one time to another."""
    return lambda time, picture: fault(time, picture) if begin <= time < end else picture


def covered(rng: np.random.Generator) -> Camera:
    """A bag or a sheet over the lens."""
    tone = rng.uniform(60, 170, 3).astype(np.float32)

    def over(_time: float, picture: Floats) -> Floats:
        width = picture.shape[1]
        slope = np.linspace(0.8, 1.2, width, dtype=np.float32)[None, :, None]
        cloth = np.asarray(cv2.GaussianBlur(picture, (0, 0), 60), np.float32)
        return np.asarray(0.06 * cloth + tone * slope, np.float32)

    return over


def darkened(_time: float, picture: Floats) -> Floats:
    """Paint on the lens, or the lamps and the infrared light are gone."""
    return np.asarray(_times(picture, 0.02) + 4.0, np.float32)


def defocused(rng: np.random.Generator) -> Camera:
    """Out of focus."""
    sigma = float(rng.uniform(3.0, 6.0))
    return lambda _time, picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def moved(rng: np.random.Generator) -> Camera:
    """The camera was pushed, or turned."""
    angle, away = rng.uniform(2, 12) * rng.choice([-1, 1]), rng.uniform(20, 70, 2) * rng.choice([-1, 1], 2)

    def pushed(_time: float, picture: Floats) -> Floats:
        size = (picture.shape[1], picture.shape[0])
        matrix = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), float(angle), 1.0)
        matrix[:, 2] += away
        return np.asarray(
            cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_REFLECT_101), np.float32
        )

    return pushed
