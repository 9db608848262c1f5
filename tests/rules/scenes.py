"""Scenes for rule tests: who is where, without a picture."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from edge.config import Zone
from edge.rules.scene import Scene, Tracks

SIZE = (1000, 500)
PERSON, BICYCLE, CAR, MOTORCYCLE, BUS, TRUCK, DOG = 0, 1, 2, 3, 5, 7, 16
EXTENT = {PERSON: (30, 80), CAR: (160, 90), BUS: (320, 180), TRUCK: (260, 160)}


@dataclass(frozen=True, slots=True)
class Thing:
    """One object; ``ground`` is its bottom centre in pixels."""

    id: int
    cls: int
    ground: tuple[float, float]
    seen: bool = True
    born: float = 0.0
    score: float = 0.8

    @property
    def box(self) -> tuple[float, float, float, float]:
        width, height = EXTENT.get(self.cls, (50, 60))
        x, y = self.ground
        return (x - width / 2, y - height, x + width / 2, y)


def scene(things: Iterable[Thing] = (), size: tuple[int, int] = SIZE) -> Scene:
    all_things = list(things)
    return Scene(
        size,
        Tracks(
            ids=np.array([thing.id for thing in all_things], np.int64),
            boxes=np.array([thing.box for thing in all_things], np.float32).reshape(-1, 4),
            scores=np.array([thing.score for thing in all_things], np.float32),
            classes=np.array([thing.cls for thing in all_things], np.int32),
            seen=np.array([thing.seen for thing in all_things], np.bool_),
            born=np.array([thing.born for thing in all_things], np.float64),
        ),
    )


def zone(x1: float = 0.3, y1: float = 0.4, x2: float = 0.7, y2: float = 0.9) -> Zone:
    return Zone(id="gate", polygon=((x1, y1), (x2, y1), (x2, y2), (x1, y2)))
