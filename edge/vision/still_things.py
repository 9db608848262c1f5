"""What was not there before and stays: things without a class, found against a learned background.

Two memories are kept of each pixel: what it usually shows (`edge.gate.background`), and what it has shown
without a break since it last changed. Where the two differ for long, something was put there, or taken away,
or the light changed; `edge.vision.substance` tells these apart. Who passes in front ends no thing's stay.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes
from edge.gate.background import Background, BackgroundPolicy, Mask, smooth
from edge.gate.luma import Floats, Luma
from edge.rules.geometry import iou
from edge.vision.substance import Substance, substance_of

_NEVER: Final = 1e12
_HIDDEN: Final = 0.2
_UNCOVERED: Final = 4.0
"""Seconds of its age that a thing's pixel loses each second in which something else, or nothing, is there."""
_BLIND_S: Final = 30.0
_UPHEAVAL: Final = 0.5
_UPSET_S: Final = 15.0
_MOST_BLOBS: Final = 24
_FOLLOW: Final = 0.1
_SAME: Final = 0.5
_DEPTH: Final = 0.22
"""Inner radius of a thing against the root of its area; a square has 0.5."""
_BROAD: Final = 0.75
"""Least side of a thing against the root of the least area."""

_CHANGING: Final = 0.1
"""Share of a change that may differ from what it just was while it is judged."""

_LEARNING: Final = 8
"""Looks that make the first background ..."""

_LEAST_LEARNING: Final = 3
_LEARNING_S: Final = 6.0
"""... or a few over this time: a camera at rest is looked at each two seconds only."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class StillPolicy:
    """What counts as a still thing.

    Attributes:
        settle_s: A change that stayed so long is looked at.
        least_size: Root of its area, at least this fraction of the picture's height ...
        most_size: ... and at most this.
        background: How the background learns: only where nothing stands.
    """

    settle_s: float = 4.0
    least_size: float = 0.03
    most_size: float = 0.5
    background: BackgroundPolicy = field(
        default_factory=lambda: BackgroundPolicy(follow_s=20.0, occupied_s=inf, absorb_s=inf)
    )


@dataclass(frozen=True, slots=True)
class StillThing:
    """A change that stays and has the substance of a thing.

    Attributes:
        box: ``x1 y1 x2 y2``, pixels of the small picture.
        since: Unix seconds at which its place took on what it shows; of a thing known for long, too late.
        area: Pixels of the small picture.
    """

    box: Box
    since: float
    area: int


class StillThings:
    """The still things of one camera, or of a part of its picture.

    Args:
        policy: What counts.
        height: Height in pixels of the whole small picture, the yardstick of sizes.
    """

    def __init__(self, policy: StillPolicy, height: int) -> None:
        self._policy = policy
        self._least = (policy.least_size * height) ** 2
        self._most = (policy.most_size * height) ** 2
        self._background: Background | None = None
        self._anchor: Floats = np.zeros((0, 0), np.float32)
        self._age: Floats = self._anchor
        self._time = self._seconds = self._began = 0.0
        self._known: list[Box] = []
        self._moving: Mask = np.zeros((0, 0), np.uint8)
        self._upset: float | None = None
        self._last: list[StillThing] = []

    def observe(self, luma: Luma, ignored: Boxes, now: float) -> list[StillThing]:
        """One look.

        Args:
            luma: H x W, of the same part of the picture every time.
            ignored: N x 4, pixels of it: where known persons and vehicles are. Their places do not age.
            now: Unix seconds.
        """
        background = self._background
        seconds = self._seconds = now - self._time
        if background is None or self._anchor.shape != luma.shape or not 0 <= seconds <= _BLIND_S:
            self._begin(luma, now)
            return []
        self._time = now
        picture = smooth(luma)
        off, limit = background.compare(picture)
        light = background.light
        if light is not None:
            self._anchor = np.asarray(self._anchor * light.gain + light.offset, np.float32)
        out = np.asarray(cv2.medianBlur(cv2.compare(off, limit, cv2.CMP_GT), 3), np.uint8)
        if cv2.countNonZero(out) > _UPHEAVAL * out.size:
            return self._upheaval(luma, now)
        self._upset = None
        self._grow_old(picture, background.mean, limit, out, ignored)
        still = self._still(background, limit)
        self._moving = np.asarray(
            cv2.compare(cv2.absdiff(picture, self._anchor), limit, cv2.CMP_GT), np.uint8
        )
        learned = self._has_learned(background, now)
        things = self._last = self._things(picture, still, now) if learned else []
        busy = np.asarray(cv2.dilate(cv2.bitwise_or(out, still), np.ones((5, 5), np.uint8)), np.uint8)
        if not learned:
            busy[:] = 0
        background.learn(picture, off, busy, seconds)
        return things

    def _has_learned(self, background: Background, now: float) -> bool:
        """Whether what is usual is known."""
        if background.seen >= _LEARNING:
            return True
        return background.seen >= _LEAST_LEARNING and now - self._began >= _LEARNING_S

    def _begin(self, luma: Luma, now: float) -> None:
        self._background = Background(luma, self._policy.background)
        self._anchor = smooth(luma)
        self._age = np.zeros(luma.shape, np.float32)
        self._time = self._began = now
        self._known, self._last, self._upset = [], [], None

    def _upheaval(self, luma: Luma, now: float) -> list[StillThing]:
        """A bus fills the picture, and passes; or the view is another one, and stays."""
        self._upset = now if self._upset is None else self._upset
        if now - self._upset >= _UPSET_S:
            self._begin(luma, now)
        return self._last

    def _grow_old(self, picture: Floats, usual: Floats, limit: Floats, out: Mask, ignored: Boxes) -> None:
        """How long each pixel has shown what it shows."""
        near = np.asarray(cv2.compare(cv2.absdiff(picture, self._anchor), limit, cv2.CMP_LE), np.uint8)
        ages = near.copy()
        for x1, y1, x2, y2 in np.clip(ignored, 0, None).astype(int).tolist():
            ages[y1:y2, x1:x2] = 0
        # A fifth of the time of numpy's `where`; OpenCV's types leave out that it takes a number.
        cv2.add(self._age, self._seconds, dst=self._age, mask=ages)  # type: ignore[call-overload]
        cv2.threshold(self._age, 3.0 * self._policy.settle_s, 0.0, cv2.THRESH_TRUNC, dst=self._age)
        # Few pixels show something else than just before: only these are looked at one by one.
        others = np.flatnonzero(near == 0)
        age, anchor = self._age.reshape(-1), self._anchor.reshape(-1)
        thing = np.abs(anchor[others] - usual.reshape(-1)[others]) > limit.reshape(-1)[others]
        # Who stands in front takes a little of a thing's age; that its place is free again takes all. What
        # showed the background until now is something new at once.
        worn = np.where(out.reshape(-1)[others] > 0, _HIDDEN, _UNCOVERED) * self._seconds
        age[others] = np.maximum(age[others] - np.where(thing, worn, _NEVER), 0.0)
        fresh = others[age[others] <= 0.0]
        anchor[fresh] = picture.reshape(-1)[fresh]
        cv2.accumulateWeighted(picture, self._anchor, _FOLLOW, near)

    def _still(self, background: Background, limit: Floats) -> Mask:
        """Pixels that have shown something else than the background for long."""
        old = cv2.inRange(self._age, (self._policy.settle_s,), (_NEVER,))
        apart = cv2.compare(cv2.absdiff(self._anchor, background.mean), limit, cv2.CMP_GT)
        still = cv2.bitwise_and(apart, old)
        if not cv2.countNonZero(still):
            return np.asarray(still, np.uint8)
        return np.asarray(cv2.morphologyEx(still, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)), np.uint8)

    def _things(self, picture: Floats, still: Mask, now: float) -> list[StillThing]:
        if not cv2.countNonZero(still):
            self._known = []
            return []
        count, labels, stats, _ = cv2.connectedComponentsWithStats(still, connectivity=8)
        large = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] >= self._least]
        if len(large) > _MOST_BLOBS:
            # Things do not come in dozens: the camera was moved, or the light broke through.
            self._absorb(picture, still)
            return []
        found = []
        for n in large:
            x, y, w, h, area = (int(value) for value in stats[n])
            window = (slice(y, y + h), slice(x, x + w))
            mask = np.asarray(labels[window] == n, np.bool_)
            box = (x, y, x + w, y + h)
            # What was judged once is not judged again: the background under it grows old.
            known = self._is_known(box)
            if not known and area <= self._most and not self._is_compact(window, mask):
                continue  # it may yet take shape
            if not known and self._is_changing(window, mask):
                continue
            if area <= self._most and (known or self._is_thing(picture, window, mask)):
                since = now - float(np.median(self._age[window][mask]))
                found.append(StillThing(box, since, area))
            else:
                whole = np.zeros(still.shape, np.uint8)
                whole[window][mask] = 255
                self._absorb(picture, np.asarray(cv2.dilate(whole, np.ones((7, 7), np.uint8)), np.uint8))
        self._known = [thing.box for thing in found]
        return found

    def _is_known(self, box: Box) -> bool:
        if not self._known:
            return False
        return bool(iou(np.array([box], np.float32), np.array(self._known, np.float32)).max() >= _SAME)

    def _is_changing(self, window: tuple[slice, slice], mask: NDArray[np.bool_]) -> bool:
        """Whether somebody stands in front, or the light still grows: what is there cannot be judged yet.

        Its pixels would be of different moments: such a mosaic has a texture that nothing in the world has.
        """
        changing = np.count_nonzero(self._moving[window][mask])
        return bool(changing > _CHANGING * np.count_nonzero(mask))

    def _is_thing(self, picture: Floats, window: tuple[slice, slice], mask: NDArray[np.bool_]) -> bool:
        if self._background is None:
            return False
        margin = 3
        rows, columns = window
        height, width = self._anchor.shape
        y1, y2 = max(0, rows.start - margin), min(height, rows.stop + margin)
        x1, x2 = max(0, columns.start - margin), min(width, columns.stop + margin)
        around = np.zeros((y2 - y1, x2 - x1), np.uint8)
        around[rows.start - y1 : rows.stop - y1, columns.start - x1 : columns.stop - x1] = mask
        now, before = picture[y1:y2, x1:x2], self._background.mean[y1:y2, x1:x2]
        return substance_of(now, before, around) is Substance.THING

    def _is_compact(self, window: tuple[slice, slice], mask: NDArray[np.bool_]) -> bool:
        """Whether a change is no sliver, as edges leave when the view sags, and lies free of the border."""
        rows, columns = window
        height, width = self._anchor.shape
        free = rows.start > 1 and columns.start > 1 and rows.stop < height - 1 and columns.stop < width - 1
        padded = np.pad(mask.astype(np.uint8), 1)
        depth = float(cv2.distanceTransform(padded, cv2.DIST_L2, 3).max())
        broad = min(mask.shape) >= _BROAD * float(np.sqrt(self._least))
        return free and broad and depth >= _DEPTH * float(np.sqrt(np.count_nonzero(mask)))

    def _absorb(self, picture: Floats, mask: Mask) -> None:
        """Make what is shown there the background: it was uncovered, or is light."""
        if self._background is not None:
            cv2.copyTo(picture, mask, self._background.mean)
            self._age[mask > 0] = 0.0
