"""Where a picture of a vehicle's end shows what may be a plate, by contrast alone. Pure.

A plate is a small upright field full of strokes: along each of its rows the brightness goes up and down many
times, and above and below it does not. No detector is asked, so no detector's training matters.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

PROPORTIONS = (2.2, 3.2, 4.5)
"""Width over height of the plates looked for: of two rows and tilted, Chinese, European."""
STROKE = 14.0
"""Grey levels from one side of a pixel to the other, from which an edge counts."""
TURNS = 9.0
"""Least changes between going up and going down along a row: five letters have ten and more."""
FILLED = 0.3
"""Least part of the field that is edges."""
SURROUNDED = 0.6
"""Most edges of the strips above and below, as a part of the field's."""
STEPS = 5
"""Sizes between the least and the most."""

Field = tuple[float, float, float, float]


def written(grey: NDArray[np.uint8], least: float, most: float) -> Iterator[tuple[Field, float]]:
    """Fields that look like a plate, the surest first, none upon another.

    Args:
        grey: H x W, the end of a vehicle.
        least: Least width of a plate, pixels.
        most: Most.

    Yields:
        ``x1 y1 x2 y2`` in pixels, and the part of the field that is edges.
    """
    slope = np.asarray(cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=0.25), np.float32)
    edges = (np.abs(slope) >= STROKE).astype(np.float32)
    turns = _turns(slope)
    found: list[tuple[float, Field]] = []
    for width in np.geomspace(least, max(least, most), STEPS):
        for proportion in PROPORTIONS:
            found += _fields(edges, turns, round(width), max(6, round(width / proportion)))
    kept: list[Field] = []
    for score, field in sorted(found, reverse=True):
        if not any(_touch(field, other) for other in kept):
            kept.append(field)
            yield field, score


def _turns(slope: NDArray[np.float32]) -> NDArray[np.float32]:
    """1 where a strong edge follows one of the other direction in its row."""
    sign = np.where(slope >= STROKE, 1, np.where(slope <= -STROKE, -1, 0)).astype(np.int8)
    columns = np.arange(sign.shape[1])
    last = np.maximum.accumulate(np.where(sign != 0, columns, 0), axis=1)
    held = np.take_along_axis(sign, last, axis=1)
    turned = np.zeros(sign.shape, np.float32)
    turned[:, 1:] = (held[:, 1:] * held[:, :-1]) < 0
    return turned


def _fields(
    edges: NDArray[np.float32], turns: NDArray[np.float32], width: int, height: int
) -> list[tuple[float, Field]]:
    rows, columns = edges.shape
    strip = max(2, height // 3)
    if width > columns or height + 2 * strip > rows:
        return []
    full = np.asarray(cv2.integral(edges), np.float64)
    filled = _means(full, width, height)[strip : rows - height + 1 - strip]
    around = _means(full, width, strip)
    above, below = around[: len(filled)], around[strip + height : strip + height + len(filled)]
    turned = np.asarray(cv2.integral(turns), np.float64)
    per_row = _means(turned, width, height)[strip : rows - height + 1 - strip] * width
    is_field = (filled >= FILLED) & (per_row >= TURNS)
    is_field &= np.maximum(above, below) <= SURROUNDED * filled
    best = is_field & (filled >= np.asarray(cv2.dilate(filled, np.ones((5, 5)))))
    return [
        (float(filled[y, x]), (float(x), float(y + strip), float(x + width), float(y + strip + height)))
        for y, x in np.argwhere(best).tolist()
    ]


def _means(integral: NDArray[np.float64], width: int, height: int) -> NDArray[np.float64]:
    """The mean over each ``width`` x ``height`` window, by its top left corner."""
    down = integral[height:] - integral[:-height]
    total = down[:, width:] - down[:, :-width]
    return np.asarray(total / (width * height), np.float64)


def _touch(one: Field, other: Field) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])
