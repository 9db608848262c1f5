"""Who is on foot: persons who ride a cycle or sit in a vehicle are told apart by how the boxes lie.

Limits: somebody who pushes a bicycle, or stands close behind one, counts as riding; somebody on a kick
scooter, which COCO detectors have no class for, counts as walking.
"""

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes

LOWER = 0.5
"""The part of a person's box in which a cycle must lie."""

COVERED = 0.3
"""A rider's lower part is covered by the cycle's box by this share or more."""

ON_TOP = 0.3
"""A rider's feet are no lower than this many cycle heights under the wheels, who walks in front is."""

ENCLOSED = 0.8
"""Who sits in a vehicle lies within its box by this share or more ..."""

SILL = 0.15
"""... and ends at least this many vehicle heights above its wheels; who stands in front of it does not."""


def riders(persons: Boxes, cycles: Boxes) -> NDArray[np.bool_]:
    """Which persons ride one of the cycles.

    Args:
        persons: N x 4 pixels.
        cycles: M x 4 pixels.

    Returns:
        N bool.
    """
    body = np.asarray(persons, np.float64).reshape(-1, 4)
    bike = np.asarray(cycles, np.float64).reshape(-1, 4)
    if not len(body) or not len(bike):
        return np.zeros(len(body), np.bool_)
    legs = body.copy()
    legs[:, 1] += (1 - LOWER) * (body[:, 3] - body[:, 1])
    covered = _shared(legs, bike) >= COVERED
    feet = body[:, None, 3] - bike[None, :, 3] <= ON_TOP * (bike[:, 3] - bike[:, 1])[None]
    return np.asarray((covered & feet).any(axis=1), np.bool_)


def occupants(persons: Boxes, vehicles: Boxes) -> NDArray[np.bool_]:
    """Which persons sit in one of the vehicles (seen through its windows, or on its loading area).

    Args:
        persons: N x 4 pixels.
        vehicles: M x 4 pixels.

    Returns:
        N bool.
    """
    body = np.asarray(persons, np.float64).reshape(-1, 4)
    car = np.asarray(vehicles, np.float64).reshape(-1, 4)
    if not len(body) or not len(car):
        return np.zeros(len(body), np.bool_)
    above = car[None, :, 3] - body[:, None, 3] >= SILL * (car[:, 3] - car[:, 1])[None]
    return np.asarray(((_shared(body, car) >= ENCLOSED) & above).any(axis=1), np.bool_)


def _shared(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each first box (N) that each second one (M) covers: N x M."""
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    size = np.maximum(high - low, 0.0)
    area = np.maximum((first[:, 2] - first[:, 0]) * (first[:, 3] - first[:, 1]), 1e-9)
    return np.asarray(size[..., 0] * size[..., 1] / area[:, None], np.float64)
