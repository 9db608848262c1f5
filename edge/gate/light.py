"""Light that changes everywhere at once: exposure steps, clouds, a lamp; it is not motion."""

from dataclasses import dataclass

import cv2
import numpy as np

from edge.gate.luma import Floats

_STEP = 8
"""Every so many pixels, both ways, one is sampled."""

_FEW = 16
"""Fewer samples tell nothing."""

_NOTHING = 1.5
"""Grey levels of a shift that the noise model bears without help."""

_SPREADS = 3.0
"""Samples farther than this many robust deviations from the fit are taken to be objects."""

_GAINS = (0.4, 2.5)
_RIDGE = 50.0
"""Variance, grey levels squared, that a picture must well exceed before its gain is told from its offset:
from grey asphalt alone nobody can say what a gain does to a white line."""

_TRUST = 0.5
"""Share of the samples that must follow the fit."""

_TEXTURE = 6.0
"""Least standard deviation, grey levels, of a patch whose structure can be compared."""

_ALIKE = 0.9
"""Correlation from which on two patches show the same surface under another light."""


@dataclass(frozen=True, slots=True)
class Light:
    """``picture = gain * background + offset``.

    Attributes:
        gain: Factor.
        offset: Grey levels.
    """

    gain: float
    offset: float


def fit_light(picture: Floats, background: Floats) -> Light | None:
    """The change of light between the background and a picture of the same shape.

    A line is fitted to a sample of pixel pairs, without those that objects cover.

    Returns:
        None when the light did not change, or when no one line explains the picture.
    """
    now = picture[::_STEP, ::_STEP].ravel()
    before = background[::_STEP, ::_STEP].ravel()
    shift = now - before
    middle = _median(shift)
    spread = 1.48 * _median(np.abs(shift - middle))
    if abs(middle) < _NOTHING and spread < 2 * _NOTHING:
        return None
    near = np.abs(shift - middle) <= _SPREADS * spread + 1.0
    light = Light(1.0, middle)
    for _ in range(2):
        if np.count_nonzero(near) < _FEW:
            return None
        light = _line(before[near], now[near])
        miss = np.abs(now - (light.gain * before + light.offset))
        spread = 1.48 * _median(miss)
        near = miss <= _SPREADS * spread + 1.0
    explained = float(np.mean(miss <= _SPREADS * 2.0))
    plausible = _GAINS[0] <= light.gain <= _GAINS[1]
    return light if plausible and explained >= _TRUST else None


def _median(values: Floats) -> float:
    """The upper median; `np.median` spends most of its time on other things."""
    middle = values.size // 2
    return float(np.partition(values, middle)[middle])


def _line(x: Floats, y: Floats) -> Light:
    """Least squares, leaning to a gain of one; a picture without contrast only tells the offset."""
    mean_x, mean_y = float(x.mean()), float(y.mean())
    centred = x - mean_x
    variance = float(np.dot(centred, centred)) / len(x)
    gain = (float(np.dot(centred, y - mean_y)) / len(x) + _RIDGE) / (variance + _RIDGE)
    return Light(gain, mean_y - gain * mean_x)


def relit(patch: Floats, background: Floats) -> bool:
    """Whether a patch shows the background's own surface under another light (a shadow, a beam).

    False wherever the background has too little texture to tell: doubt counts as motion.
    """
    mean, deviation = cv2.meanStdDev(patch)
    mean_before, deviation_before = cv2.meanStdDev(background)
    spreads = float(deviation[0, 0]), float(deviation_before[0, 0])
    if min(spreads) < _TEXTURE:
        return False
    product = cv2.mean(cv2.multiply(patch, background))[0] - float(mean[0, 0] * mean_before[0, 0])
    return product >= _ALIKE * spreads[0] * spreads[1]
