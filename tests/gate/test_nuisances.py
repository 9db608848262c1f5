"""What moves all day and is nothing is learned: a burnt-in clock, a branch in the wind, headlights."""

from collections.abc import Callable

import numpy as np
import pytest

from edge.detect.detections import Detections
from edge.gate.attention import Attention
from edge.gate.motion import MotionDetector
from edge.gate.unpacking import Found
from tests.gate.test_motion_outdoors import FPS, HEIGHT, STREET, WIDTH

Disturbs = Callable[[np.ndarray, int, np.random.Generator], None]

NOTHING = Found(Detections.empty(), Detections.empty())
SIZE = (1280, 720)
LEARNED, END = 300, 360
"""Pictures, five a second: a minute to learn, then what is judged."""


def clock(picture: np.ndarray, n: int, chance: np.random.Generator) -> None:
    """White digits on a dark strip; the seconds change once a second."""
    picture[4:16, 4:100] = 20.0
    digits = np.random.default_rng(int(n / FPS))
    for place in range(8):
        rest = np.random.default_rng(place)
        pattern = (digits if place > 5 else rest).random((10, 8)) > 0.5
        picture[5:15, 6 + 11 * place : 14 + 11 * place] += 215.0 * pattern


def branch(picture: np.ndarray, n: int, chance: np.random.Generator) -> None:
    """A dark branch of 40 x 24 that swings up and down in gusts."""
    y = 30 + round(8.0 * np.sin(1.9 * n) * (0.5 + 0.5 * np.sin(0.05 * n)))
    picture[y : y + 24, 270:310] = 60.0


def beams(picture: np.ndarray, n: int, chance: np.random.Generator) -> None:
    """A cone of light that sweeps over the ground every twelve seconds."""
    x = 8 * (n % 60) - 60
    across = np.arange(WIDTH, dtype=np.float32)
    cone = 1.0 + 0.5 * np.exp(-(((across - x) / 30.0) ** 2))
    picture[120:] *= cone


def wakes(disturbs: Disturbs, *, person: bool = False) -> list[bool]:
    """Whether each picture is worth waking for; the detector finds nothing, whenever it is asked."""
    motion, attention = MotionDetector(), Attention("c", SIZE)
    chance = np.random.default_rng(3)
    found = []
    for n in range(END):
        picture = STREET + chance.normal(0.0, 1.5, STREET.shape)
        disturbs(picture, n, chance)
        if person and n >= LEARNED:
            x = 10 + 2 * (n - LEARNED)
            picture[60 : HEIGHT - 10, x : x + 36] = 40.0 + chance.normal(0.0, 2.0, (HEIGHT - 70, 36))
        now = n / FPS
        seen = motion.observe(np.clip(picture, 0, 255).astype(np.uint8), now)
        found.append(attention.observe(seen, now))
        attention.settle(attention.order(now, full=bool(seen.doubt)), NOTHING, now)
    return found


@pytest.mark.parametrize("disturbs", [clock, branch, beams])
def test_what_always_moves_and_is_nothing_wakes_no_more(disturbs: Disturbs) -> None:
    learned = wakes(disturbs)[LEARNED:]
    assert sum(learned) <= 0.05 * len(learned)


@pytest.mark.parametrize("disturbs", [clock, branch, beams])
def test_somebody_who_comes_there_is_seen_all_the_same(disturbs: Disturbs) -> None:
    there = wakes(disturbs, person=True)[LEARNED : LEARNED + 20]
    assert any(there[:5])
    assert sum(there) >= 8
