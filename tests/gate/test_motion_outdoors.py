"""What moves outdoors and is nothing; and that what is something is still seen through it."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from edge.gate.luma import Luma
from edge.gate.motion import Motion, MotionDetector

WIDTH, HEIGHT = 320, 180
FPS = 5.0

Scene = Callable[[int, np.random.Generator], np.ndarray]


def street() -> np.ndarray:
    """A wall with windows, a pavement, texture everywhere."""
    grain = np.random.default_rng(7).normal(0.0, 6.0, (HEIGHT // 4, WIDTH // 4)).astype(np.float32)
    picture = 110.0 + cv2.resize(grain, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    picture[120:] -= 30.0
    for x in range(20, WIDTH, 50):
        picture[30:70, x : x + 24] += 40.0
    return np.asarray(picture, np.float32)


STREET = street()


def noise(n: int, chance: np.random.Generator) -> np.ndarray:
    return STREET + chance.normal(0.0, 4.0, STREET.shape)


def exposure(n: int, chance: np.random.Generator) -> np.ndarray:
    gain = 1.0 if n % 20 < 10 else 1.25
    return gain * STREET + chance.normal(0.0, 1.5, STREET.shape)


def rain(n: int, chance: np.random.Generator) -> np.ndarray:
    """Streaks two pixels wide in 1080p, which the small picture dilutes to a third of their contrast."""
    picture = STREET + chance.normal(0.0, 1.5, STREET.shape)
    for x, y in zip(chance.integers(0, WIDTH, 60), chance.integers(0, HEIGHT - 6, 60), strict=True):
        picture[y : y + 6, x] += 10.0
    return picture


def dusk(n: int, chance: np.random.Generator) -> np.ndarray:
    return STREET * (1.0 - 0.003 * n) + chance.normal(0.0, 1.5, STREET.shape)


def watched(scene: Scene, pictures: int, *, person: bool = False) -> Iterator[Motion]:
    """Motion in each picture; with a person who walks through the second half."""
    detector, chance = MotionDetector(), np.random.default_rng(1)
    for n in range(pictures):
        picture = scene(n, chance)
        if person and n >= pictures // 2:
            x = 10 + 4 * (n - pictures // 2)
            picture[100:150, x : x + 16] = 40.0 + chance.normal(0.0, 2.0, (50, 16))
        luma: Luma = np.clip(picture, 0, 255).astype(np.uint8)
        yield detector.observe(luma, n / FPS)


@pytest.mark.parametrize("scene", [noise, exposure, rain, dusk])
def test_weather_and_light_do_not_wake(scene: Scene) -> None:
    found = list(watched(scene, 120))[10:]
    waking = [motion for motion in found if motion.doubt or motion.moving.any()]
    assert len(waking) <= 2, [(motion.doubt, motion.boxes) for motion in waking]


@pytest.mark.parametrize("scene", [noise, exposure, rain, dusk])
def test_a_person_is_seen_through_them(scene: Scene) -> None:
    found = list(watched(scene, 120, person=True))[60:]
    seen = 0
    for n, motion in enumerate(found):
        middle = (18 + 4 * n) / WIDTH
        inside = (motion.boxes[:, 0] <= middle) & (motion.boxes[:, 2] >= middle)
        seen += bool(motion.doubt) or bool((inside & motion.moving).any())
    assert seen >= 0.9 * len(found)


def test_another_scene_wakes() -> None:
    """The gate fails open: what cannot be compared is doubt."""
    found = list(watched(lambda n, chance: noise(n, chance) if n < 60 else 255.0 - noise(n, chance), 70))
    assert not found[59].doubt
    assert found[60].doubt
