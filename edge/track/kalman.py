"""A constant-velocity Kalman filter of many boxes at once.

Each of centre x, centre y, width and height is filtered on its own (ByteTrack's matrices are block diagonal
too), so that a step is a handful of array operations whatever the number of tracks. All noise scales with
the box height, because a near object moves more pixels than a far one.

Source: R. E. Kalman, 1960; the noise model follows the idea of SORT (Bewley et al., 2016), in units of time
instead of frames.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes

Array = NDArray[np.float64]

MEASURED = np.array([0.05, 0.05, 0.07, 0.05])
"""Standard deviation of a detected x, y, w, h, in box heights."""

START_SPEED = np.array([3.0, 1.5, 0.4, 0.4])
"""Standard deviation of an unknown speed, in box heights a second: a car in side view passes several."""

ACCELERATION = np.array([1.5, 1.0, 0.3, 0.3])
"""Standard deviation of the acceleration, in box heights a second squared."""

SLOWING_S = 1.5
"""Time constant with which an unseen object's assumed speed fades, so that it does not fly off."""

_SIZE = np.array([False, False, True, True])
"""A hidden box keeps its size: a half hidden one shrank before it vanished."""


@dataclass(slots=True)
class Motion:
    """Mean and covariance of N boxes, parallel arrays of shape N x 4 (centre x, centre y, width, height).

    Attributes:
        place: Pixels.
        speed: Pixels a second.
        p00: Variance of the place.
        p01: Covariance of place and speed.
        p11: Variance of the speed.
        agility: N x 1, how fast such things are, as a factor on `START_SPEED` and `ACCELERATION`.
    """

    place: Array
    speed: Array
    p00: Array
    p01: Array
    p11: Array
    agility: Array

    @classmethod
    def start(cls, boxes: Boxes, agility: Array) -> "Motion":
        """Boxes of which nothing but the place is known; ``agility`` (N) as in the class."""
        place = centred(boxes)
        scale = place[:, 3:4]
        zero = np.zeros_like(place)
        free = agility.reshape(-1, 1)
        speed = (START_SPEED * free * scale) ** 2
        return cls(place, zero.copy(), (MEASURED * scale) ** 2, zero.copy(), speed, free)

    def __len__(self) -> int:
        return len(self.place)

    def join(self, other: "Motion") -> "Motion":
        """The boxes of both."""
        return Motion(
            np.concatenate((self.place, other.place)),
            np.concatenate((self.speed, other.speed)),
            np.concatenate((self.p00, other.p00)),
            np.concatenate((self.p01, other.p01)),
            np.concatenate((self.p11, other.p11)),
            np.concatenate((self.agility, other.agility)),
        )

    def where(self, keep: NDArray[np.bool_]) -> "Motion":
        """The boxes that a mask selects."""
        return Motion(
            self.place[keep],
            self.speed[keep],
            self.p00[keep],
            self.p01[keep],
            self.p11[keep],
            self.agility[keep],
        )

    def predict(self, dt: float, seen: NDArray[np.bool_]) -> None:
        """Move on by ``dt`` seconds (>= 0); the speed of boxes that were not ``seen`` last time fades."""
        if dt <= 0:
            return
        hidden = np.where(_SIZE, 0.0, np.exp(-dt / SLOWING_S))
        fade = np.where(seen[:, None], 1.0, hidden)
        self.speed = self.speed * fade
        self.place = self.place + self.speed * dt
        self.place[:, 2:] = np.maximum(self.place[:, 2:], 1.0)
        noise = (ACCELERATION * self.agility * self.place[:, 3:4]) ** 2
        self.p00 = self.p00 + 2 * dt * self.p01 + dt * dt * self.p11 + noise * dt**4 / 4
        self.p01 = self.p01 + dt * self.p11 + noise * dt**3 / 2
        self.p11 = self.p11 + noise * dt**2

    def correct(self, rows: NDArray[np.intp], boxes: Boxes) -> None:
        """Take in the detected ``boxes`` of the tracks in ``rows``."""
        measured = centred(boxes)
        doubt = (MEASURED * measured[:, 3:4]) ** 2
        p00, p01 = self.p00[rows], self.p01[rows]
        gain_place = p00 / (p00 + doubt)
        gain_speed = p01 / (p00 + doubt)
        gap = measured - self.place[rows]
        self.place[rows] += gain_place * gap
        self.speed[rows] += gain_speed * gap
        self.p11[rows] -= gain_speed * p01
        self.p00[rows] = (1 - gain_place) * p00
        self.p01[rows] = (1 - gain_place) * p01

    def boxes(self) -> Boxes:
        """N x 4 float32, x1 y1 x2 y2, pixels."""
        half = self.place[:, 2:] / 2
        return np.concatenate((self.place[:, :2] - half, self.place[:, :2] + half), axis=1, dtype=np.float32)


def centred(boxes: Boxes) -> Array:
    """``x1 y1 x2 y2`` to centre x, centre y, width, height (at least one pixel), float64."""
    box = np.asarray(boxes, np.float64).reshape(-1, 4)
    size = np.maximum(box[:, 2:] - box[:, :2], 1.0)
    return np.concatenate(((box[:, :2] + box[:, 2:]) / 2, size), axis=1)
