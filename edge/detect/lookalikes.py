"""Vehicles under a wrong name.

Seen steeply from above, a car is a rounded slab, and networks trained on photographs taken at eye level call
that a telephone. What tells a car from a real telephone is that the network hesitates: over the roof of a car
its vehicle classes fire as well, each weakly, because they share what the network knows of vehicles. So where
the best class is one of the things that look like a roof, the vehicle classes are taken together, and if one
of them being right is likely enough, the object is a vehicle under the likeliest of their names.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import COCO, VEHICLES_OF_ONE_SHAPE

ROOFS: Final = tuple(
    COCO.index(name) for name in ("cell phone", "remote", "mouse", "parking meter", "boat", "suitcase")
)
"""Classes of things with the outline of a car's roof."""

_IS_ROOF: Final = np.isin(np.arange(len(COCO)), ROOFS)
"""By class; to look it up takes a hundredth of what it takes to search."""

SUPPORT: Final = 0.3
"""Least probability that one of the vehicle classes is right, taking their scores as independent."""

NAMES: Final = tuple(COCO.index(name) for name in ("car", "bus", "truck"))
"""What a roof is called then; a train seen from above is no telephone, but a bus is often a train."""

Scores = NDArray[np.float32]
Classes = NDArray[np.int32]


def vehicles_from_above(scores: Scores, best: Scores, classes: Classes) -> tuple[Scores, Classes]:
    """Give roofs the name of a vehicle.

    Args:
        scores: N x 80, COCO.
        best: N, the best class's score.
        classes: N, the best class.

    Returns:
        Score and class of each, altered where the object must be a vehicle.
    """
    if scores.shape[1] != len(COCO):
        return best, classes
    rows = np.flatnonzero(_IS_ROOF[classes])
    if not len(rows):
        return best, classes
    shape = scores[rows][:, VEHICLES_OF_ONE_SHAPE]
    likely = 1.0 - np.prod(1.0 - shape, axis=1)
    names = np.asarray(NAMES, np.int32)[scores[rows][:, NAMES].argmax(axis=1)]
    sure = likely >= SUPPORT
    best, classes = best.copy(), classes.copy()
    best[rows[sure]] = likely[sure]
    classes[rows[sure]] = names[sure]
    return best, classes
