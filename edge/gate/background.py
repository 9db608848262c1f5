"""What an empty picture looks like, pixel by pixel, and how much it flickers."""

from dataclasses import dataclass
from math import exp, inf

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.gate.light import Light, fit_light
from edge.gate.luma import Floats, Luma

Mask = NDArray[np.uint8]
"""H x W, 0 or 255."""


@dataclass(frozen=True, slots=True)
class BackgroundPolicy:
    """How fast the background learns, and what stands out from it.

    Attributes:
        follow_s: Time constant with which free pixels follow the picture.
        occupied_s: The same under an object; infinite where it keeps what was there.
        noise_s: Time constant of the noise estimate.
        absorb_s: An object that has not changed for so long belongs to the background; infinite: never.
        shake: Pixels of the small picture by which a camera may tremble: edges then move by themselves.
        deviations: A pixel stands out by this many mean absolute deviations ...
        least: ... but by no fewer grey levels than this (compression), and ...
        most: ... by no more: a restless pixel still sees what is bright or dark enough.
    """

    follow_s: float = 10.0
    occupied_s: float = 90.0
    noise_s: float = 20.0
    absorb_s: float = 20.0
    shake: float = 0.4
    deviations: float = 4.0
    least: float = 7.0
    most: float = 36.0


_FIRST_NOISE = 2.5
_RENEW = 8


class Background:
    """Running mean and mean absolute deviation of one camera's small luma picture, smoothed 3 x 3.

    Args:
        first: The first picture, H x W.
        policy: Rates and thresholds.

    Attributes:
        seen: Pictures learned from.
        light: The change of light that the last comparison found and followed; None where there was none.
    """

    def __init__(self, first: Luma, policy: BackgroundPolicy) -> None:
        self._policy = policy
        self._mean: Floats = smooth(first)
        self._noise: Floats = np.full(first.shape, _FIRST_NOISE, np.float32)
        self._before = self._mean.copy()
        self._still: Floats = np.zeros(first.shape, np.float32)
        self._changing: Mask = np.zeros(first.shape, np.uint8)
        self._trembling: Floats = np.zeros(first.shape, np.float32)
        self.seen = 1
        self.light: Light | None = None

    @property
    def mean(self) -> Floats:
        """The empty picture, H x W."""
        return self._mean

    def compare(self, picture: Floats) -> tuple[Floats, Floats]:
        """How far each pixel is off, and how far it may be; the background first follows the light.

        Args:
            picture: Smoothed, H x W.
        """
        light = self.light = fit_light(picture, self._mean)
        expected = self._mean
        if light is not None:
            # Not clipped for good: what an overexposed picture hides must come back when the light goes.
            self._mean = np.asarray(self._mean * light.gain + light.offset, np.float32)
            self._before = np.asarray(self._before * light.gain + light.offset, np.float32)
            expected = np.asarray(np.clip(self._mean, 0.0, 255.0), np.float32)
        off = np.asarray(cv2.absdiff(picture, expected), np.float32)
        limit = self._noise * np.float32(self._policy.deviations) + self._edges()
        np.clip(limit, self._policy.least, self._policy.most, out=limit)
        return off, limit

    def _edges(self) -> Floats:
        """By how much pixels change when the picture trembles; renewed now and then, for it costs time."""
        if self.seen % _RENEW == 0 or self.seen <= _RENEW:
            around = np.ones((3, 3), np.uint8)
            spread = cv2.subtract(cv2.dilate(self._mean, around), cv2.erode(self._mean, around))
            self._trembling = np.asarray(spread * np.float32(0.5 * self._policy.shake), np.float32)
        return self._trembling

    def changing(self, picture: Floats, limit: Floats) -> Mask:
        """Pixels that differ from the picture before (not from the background)."""
        differ = cv2.compare(cv2.absdiff(picture, self._before), limit, cv2.CMP_GT)
        self._changing = np.asarray(cv2.medianBlur(differ, 3), np.uint8)
        return self._changing

    def learn(self, picture: Floats, off: Floats, occupied: Mask, seconds: float) -> None:
        """Take a picture in.

        Args:
            picture: Smoothed, H x W.
            off: From `compare`.
            occupied: Pixels that objects cover.
            seconds: Since the picture before.
        """
        policy = self._policy
        free = cv2.bitwise_not(occupied)
        start = 1.0 / (self.seen + 1)
        cv2.accumulateWeighted(picture, self._mean, max(_rate(seconds, policy.follow_s), start), free)
        cv2.accumulateWeighted(off, self._noise, max(_rate(seconds, policy.noise_s), 0.5 * start), free)
        self._learn_under(picture, occupied, seconds)
        self._before = picture
        self.seen += 1

    def _learn_under(self, picture: Floats, occupied: Mask, seconds: float) -> None:
        """What objects cover."""
        policy, anything = self._policy, cv2.countNonZero(occupied) > 0
        if anything and policy.occupied_s < inf:
            cv2.accumulateWeighted(picture, self._mean, _rate(seconds, policy.occupied_s), occupied)
        if policy.absorb_s == inf:
            return
        if anything:
            self._absorb(picture, occupied, seconds)
        else:
            self._still.fill(0.0)

    def pass_over(self, picture: Floats) -> None:
        """Note a picture without learning from it."""
        self._before = picture

    def _absorb(self, picture: Floats, occupied: Mask, seconds: float) -> None:
        at_rest = cv2.bitwise_and(occupied, cv2.bitwise_not(self._changing))
        longer = np.asarray(self._still + np.float32(seconds), np.float32)
        self._still = np.asarray(cv2.bitwise_and(longer, longer, mask=at_rest), np.float32)
        settled = (self._still > self._policy.absorb_s).view(np.uint8)
        cv2.copyTo(picture, settled, self._mean)


def smooth(luma: Luma) -> Floats:
    """A picture averaged 3 x 3, which takes two thirds of the sensor's noise away, as float32."""
    return np.asarray(cv2.blur(luma, (3, 3)), np.float32)


def _rate(seconds: float, constant: float) -> float:
    return 1.0 - exp(-max(seconds, 0.0) / constant)
