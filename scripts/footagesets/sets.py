"""The sets: how much happens in each, and in what weather."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scripts.footagesets.pictures import Effect, Grain, Wind, night
from scripts.footagesets.scenes import ROAD, STREET, TABLE, Scene

SENSOR = 1.2
"""Noise of a good sensor by day, grey levels: what repeats to the bit would cost the decoder nothing."""

Weather = Callable[[tuple[int, int], np.random.Generator], tuple[Effect, ...]]
"""Makes the effects for pictures of a size."""


def day(size: tuple[int, int], chance: np.random.Generator) -> tuple[Effect, ...]:
    """A good camera by day."""
    return (Grain(SENSOR, size, chance),)


def noisy(size: tuple[int, int], chance: np.random.Generator) -> tuple[Effect, ...]:
    """A cheap sensor that amplifies too much."""
    return (Grain(9.0, size, chance),)


def dark(size: tuple[int, int], chance: np.random.Generator) -> tuple[Effect, ...]:
    """Night: little light, noise, and headlights that sweep by."""
    return (night, Grain(4.0, size, chance))


def windy(size: tuple[int, int], chance: np.random.Generator) -> tuple[Effect, ...]:
    """Branches before the camera, and a mast that trembles."""
    return (Wind(size, chance), Grain(SENSOR, size, chance))


@dataclass(frozen=True, slots=True)
class FootageSet:
    """One set.

    Attributes:
        name: Its folder.
        share: Of the time, in which something is there.
        scenes: Its recordings.
        weather: What it does to the pictures.
        about: For people.
    """

    name: str
    share: float
    scenes: tuple[Scene, ...]
    weather: Weather
    about: str


SETS = (
    FootageSet("idle", 0.0, (ROAD, TABLE), day, "nothing happens"),
    FootageSet("active10", 0.1, (ROAD, TABLE), day, "something is there for a tenth of the time"),
    FootageSet("active50", 0.5, (ROAD, TABLE), day, "something is there half of the time"),
    FootageSet("active100", 1.0, (ROAD, TABLE, STREET), day, "something is there all the time"),
    FootageSet("noise", 0.2, (ROAD, TABLE), noisy, "a noisy sensor; something is there for a fifth"),
    FootageSet("night", 0.2, (ROAD, TABLE), dark, "night and headlights; something is there for a fifth"),
    FootageSet("wind", 0.2, (ROAD, TABLE), windy, "branches in the wind; something is there for a fifth"),
)
