"""What moves in a camera's small luma picture: boxes, and whether they can be relied upon."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes
from edge.gate.background import Background, BackgroundPolicy, Mask, smooth
from edge.gate.light import relit
from edge.gate.luma import Floats, Luma

_CLEAR = 0.3
"""Pixels with more than this share of a thing's strong contrast (mean and one deviation) ..."""

_TWICE = np.float32(2.0)
"""... that exceed their threshold this many times are the thing itself ..."""

_SOLID = 0.25
"""... if it has at least this share of them; else all of it is faint, and none is left out."""

MOVED = 4
"""Fewer changed pixels of the small picture are noise."""


@dataclass(frozen=True, slots=True)
class MotionPolicy:
    """What counts as motion. Pixels are those of the small picture (320 wide).

    Attributes:
        background: How the background learns.
        least_area: Pixels of the smallest thing that counts.
        sure_area: From so many pixels on nothing is taken for noise.
        sure_contrast: From so many thresholds of mean difference on, neither.
        join: Parts of a thing that are no farther apart than this belong together.
        apart_s: Pictures farther apart than this cannot confirm each other: things are elsewhere by then.
        moving: Share of a thing's pixels that must have changed for it to have moved.
        upheaval: Share of the picture; more than this is another scene, not motion.
        learning: Pictures after which the background is relied upon.
    """

    background: BackgroundPolicy = field(default_factory=BackgroundPolicy)
    least_area: int = 14
    sure_area: int = 60
    sure_contrast: float = 2.5
    join: int = 5
    apart_s: float = 0.6
    moving: float = 0.03
    upheaval: float = 0.5
    learning: int = 3


@dataclass(frozen=True, slots=True)
class Motion:
    """What moved.

    Attributes:
        boxes: N x 4 float32, ``x1 y1 x2 y2``, fractions of the picture's width and height.
        areas: N, share of the picture that stands out in each box.
        moving: N, whether the box changed since the picture before; else something stands there that did not
            stand there before, or left.
        changed: H x W of the small picture, 255 where it differs from the picture before.
        doubt: Why the gate cannot be relied upon now; empty when it can. Doubt wakes.
    """

    boxes: Boxes
    areas: Floats
    moving: NDArray[np.bool_]
    changed: Mask
    doubt: str = ""

    def __len__(self) -> int:
        return len(self.boxes)


@dataclass(frozen=True, slots=True)
class _Blob:
    """A connected area that stands out; pixels of the small picture."""

    x: int
    y: int
    width: int
    height: int
    area: int

    @property
    def window(self) -> tuple[slice, slice]:
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)


def _without_shadow(blob: _Blob, off: Floats, limit: Floats) -> _Blob:
    """The part of a blob that stands out clearly, if there is such a part: a shadow beside it does not."""
    window = blob.window
    mean, deviation = cv2.meanStdDev(off[window], mask=(off[window] > limit[window]).view(np.uint8))
    strong = _CLEAR * float(mean[0, 0] + deviation[0, 0])
    clear = (off[window] > np.maximum(_TWICE * limit[window], np.float32(strong))).view(np.uint8)
    if cv2.countNonZero(clear) < _SOLID * blob.area:
        return blob
    x, y, width, height = cv2.boundingRect(clear)
    return replace(blob, x=blob.x + x, y=blob.y + y, width=width, height=height)


class MotionDetector:
    """One camera's motion. Pictures come in the order of their time, at any rate: keyframes, or all.

    Args:
        policy: What counts.
    """

    def __init__(self, policy: MotionPolicy | None = None) -> None:
        self._policy = policy or MotionPolicy()
        self._background: Background | None = None
        self._size = (0, 0)
        self._time = 0.0
        self._stood_out: Mask = np.zeros((0, 0), np.uint8)
        self._upheavals = 0

    def observe(self, luma: Luma, now: float) -> Motion:
        """Compare a picture with what is known, and learn from it.

        Args:
            luma: H x W, the small picture (see `edge.gate.luma.small_luma`).
            now: Its capture time, seconds.
        """
        if self._background is None or luma.shape != self._size:
            return self._begin(luma, now)
        picture = smooth(luma)
        off, limit = self._background.compare(picture)
        changing = self._background.changing(picture, limit)
        out = np.asarray(cv2.medianBlur(cv2.compare(off, limit, cv2.CMP_GT), 3), np.uint8)
        if cv2.countNonZero(out) > self._policy.upheaval * out.size:
            return self._upheaval(luma, changing, now)
        self._upheavals = 0
        seconds = max(0.0, now - self._time)
        blobs = [
            _without_shadow(blob, off, limit)
            for blob in self._blobs(out)
            if self._counts(blob, picture, off, limit, seconds)
        ]
        self._learn(picture, off, out, blobs, seconds)
        self._time = now
        doubt = "learning" if self._background.seen <= self._policy.learning else ""
        return self._motion(blobs, changing, doubt)

    def _begin(self, luma: Luma, now: float) -> Motion:
        self._background = Background(luma, self._policy.background)
        self._size = luma.shape
        self._stood_out = np.zeros(luma.shape, np.uint8)
        self._time = now
        self._upheavals = 0
        return self._motion([], np.full(luma.shape, 255, np.uint8), "learning")

    def _upheaval(self, luma: Luma, changing: Mask, now: float) -> Motion:
        """Another scene: begin anew as soon as it holds still, and at the third look in any case."""
        self._upheavals += 1
        at_rest = cv2.countNonZero(changing) <= self._policy.upheaval * changing.size
        if self._upheavals >= 3 or (self._upheavals > 1 and at_rest):
            self._begin(luma, now)
        elif self._background is not None:
            self._background.pass_over(smooth(luma))
        return self._motion([], np.full(luma.shape, 255, np.uint8), "scene change")

    def _blobs(self, out: Mask) -> list[_Blob]:
        join, reach = self._policy.join, self._policy.join // 2
        height, width = out.shape
        joined = cv2.dilate(out, np.ones((join, join), np.uint8))
        contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        blobs = []
        for x, y, w, h in (cv2.boundingRect(contour) for contour in contours):
            # Take the joining margin off again, but not where the picture's border already did.
            left, top = x + (reach if x else 0), y + (reach if y else 0)
            right = x + w - (reach if x + w < width else 0)
            bottom = y + h - (reach if y + h < height else 0)
            area = cv2.countNonZero(out[top:bottom, left:right])
            if area >= self._policy.least_area:
                blobs.append(_Blob(left, top, right - left, bottom - top, area))
        return blobs

    def _counts(self, blob: _Blob, picture: Floats, off: Floats, limit: Floats, seconds: float) -> bool:
        """Whether a blob is a thing: not noise, and not light."""
        policy, window = self._policy, blob.window
        sure = blob.area >= policy.sure_area or (
            float(off[window].mean()) >= policy.sure_contrast * float(limit[window].mean())
        )
        if not sure:
            confirmed = (
                bool(self._stood_out[window].any())
                if seconds <= policy.apart_s
                else blob.area >= 2 * policy.least_area
            )
            if not confirmed:
                return False
        return self._background is None or not relit(picture[window], self._background.mean[window])

    def _learn(self, picture: Floats, off: Floats, out: Mask, blobs: list[_Blob], seconds: float) -> None:
        join = np.ones((self._policy.join, self._policy.join), np.uint8)
        wide = np.asarray(cv2.dilate(out, join), np.uint8)
        occupied = np.zeros_like(out)
        for blob in blobs:
            occupied[blob.window] = wide[blob.window]
        self._stood_out = wide
        if self._background is not None:
            self._background.learn(picture, off, occupied, seconds)

    def _motion(self, blobs: list[_Blob], changed: Mask, doubt: str) -> Motion:
        height, width = self._size
        rows = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in blobs]
        scale = np.array([width, height, width, height], np.float32)
        boxes = np.array(rows, np.float32).reshape(-1, 4) / scale
        areas = np.array([b.area for b in blobs], np.float32) / np.float32(width * height)
        moving = [
            cv2.countNonZero(changed[b.window]) >= max(MOVED, self._policy.moving * b.area) for b in blobs
        ]
        return Motion(boxes, areas, np.array(moving, np.bool_), changed, doubt)
