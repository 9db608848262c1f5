"""What of one camera's picture deserves a look now, and what is known without one."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import PERSON, VEHICLES
from edge.detect.detections import Boxes, Detections
from edge.gate.background import Mask
from edge.gate.boxes import NOWHERE, areas, shared_areas, touched
from edge.gate.held import Held, TrustPolicy
from edge.gate.motion import Motion
from edge.gate.nuisance import Nuisance, NuisancePolicy
from edge.gate.packing import Order, full_order
from edge.gate.regions import RegionPolicy, regions_of
from edge.gate.unpacking import Found

_EXPLAINED = 0.5
"""A cut box that shares more of its area with a whole one is a piece of it."""

_AROUND = 0.15
"""Margin of an expected box, in its longer side, in which motion is its own ..."""

_WITHIN = 0.75
"""... if it has at least this share there."""

_SAME = 0.2
"""Share of the smaller box's area that what moved and what was found must have in common."""


@dataclass(frozen=True, slots=True)
class AttentionPolicy:
    """What is looked at, and how large.

    Attributes:
        side: Canvas pixels that the whole picture's longer side would have on the scale of regions. A little
            more than a full look's: what a crowded canvas costs in certainty comes back with resolution.
        region: Margins of regions.
        hold_s: What was found is believed without another look for so long, where nothing changes.
        classes: Class indices that anything is done with; whatever else the detector names is let go.
        changed: Share of a box that must have changed for it to deserve another look.
        trust: When what moves is believed to be where it was expected, without a look.
        nuisance: How places that only ever deceive are learned.
    """

    side: int = 464
    region: RegionPolicy = field(default_factory=RegionPolicy)
    hold_s: float = 5.0
    classes: frozenset[int] = PERSON | VEHICLES
    changed: float = 0.02
    trust: TrustPolicy = field(default_factory=TrustPolicy)
    nuisance: NuisancePolicy = field(default_factory=NuisancePolicy)


class Attention:
    """One camera's attention.

    Every sampled picture: `observe`. When the camera's turn comes: `order`; and when the order was served:
    `settle`, which gives the detections of the whole picture to the tracker.

    Args:
        camera: Camera id.
        size: Width and height of its picture.
        policy: What is looked at.
    """

    def __init__(self, camera: str, size: tuple[int, int], policy: AttentionPolicy | None = None) -> None:
        self._camera = camera
        self._size = size
        self._policy = policy or AttentionPolicy()
        self._nuisance = Nuisance(self._policy.nuisance)
        self._held = Held(self._policy.trust)
        self._motion: Motion | None = None
        self._dirty: Mask = np.zeros((0, 0), np.uint8)
        self._hints = NOWHERE
        self._news = np.zeros(0, np.bool_)
        self._asked = np.zeros(0, np.bool_)
        self._sought = np.zeros(0, np.bool_)
        self._believed = np.zeros(0, np.bool_)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self._size

    @property
    def nuisance(self) -> Nuisance:
        """The map of places that deceive."""
        return self._nuisance

    def observe(self, motion: Motion, now: float) -> bool:
        """Note what moved in the newest picture.

        Returns:
            Whether it is worth waking for: something moves that is no nuisance, or the gate doubts itself.
        """
        if self._dirty.shape != motion.changed.shape:
            self._dirty = motion.changed.copy()
        else:
            cv2.bitwise_or(self._dirty, motion.changed, dst=self._dirty)
        self._motion = motion
        self._news = self._nuisance.news(motion.boxes, motion.areas, now)
        return bool(motion.doubt) or bool((self._news & motion.moving).any())

    def order(self, now: float, predicted: Boxes = NOWHERE, *, full: bool = False) -> Order:
        """What to look at in the newest picture.

        Args:
            now: Its time.
            predicted: M x 4 pixels, where tracks that were lost sight of should be.
            full: Look at everything.
        """
        side = self._policy.side
        self._believed = np.zeros(len(self._held.detections), np.bool_)
        if full:
            self._asked = np.ones(0 if self._motion is None else len(self._motion), np.bool_)
            return full_order(self._camera, self._size, side)
        scale = side / max(self._size)
        stale = self._stale(now)
        boxes = np.concatenate((self._moved(now), stale, self._hints, predicted))
        regions = regions_of(boxes, self._size, scale, self._policy.region)
        return Order(self._camera, self._size, regions, scale)

    def settle(self, order: Order, found: Found, now: float) -> Detections:
        """Take in what a served order showed.

        Args:
            order: As it was served (a full look may have replaced its regions).
            found: What was found.
            now: The time of the picture.

        Returns:
            Everything in the picture: found just now, or held from an earlier look at the same pixels.
        """
        cut = found.cut.of_classes(self._policy.classes).boxes
        cut = cut[self._changed(cut)]  # what stands still was found by a full look
        rects = np.array([(r.x1, r.y1, r.x2, r.y2) for r in order.regions], np.float32).reshape(-1, 4)
        for x, y in self._on_small(rects):
            self._dirty[y, x] = 0
        whole = found.detections.of_classes(self._policy.classes)
        self._learn(whole, now)
        everything = self._held.take(whole, order.regions, self._sought, self._believed, now)
        self._sought = self._believed = np.zeros(len(everything), np.bool_)
        self._hints = np.asarray(cut[~touched(cut, everything.boxes, _EXPLAINED)], np.float32)
        return everything

    def _moved(self, now: float) -> Boxes:
        """Motion that has not been looked at since it changed."""
        if self._motion is None or not len(self._motion):
            self._asked = np.zeros(0, np.bool_)
            return NOWHERE
        boxes = self._pixels(self._motion.boxes)
        wanted = self._changed(boxes)
        if not self._nuisance.probe(now):
            wanted &= self._news
        wanted &= ~self._explained(boxes, now)
        self._asked = wanted
        return np.asarray(boxes[wanted], np.float32)

    def _explained(self, boxes: Boxes, now: float) -> NDArray[np.bool_]:
        """Which motion (pixels) is that of things that go on as expected."""
        expected = self._held.expected(now)[self._believed]
        if not len(expected) or not len(boxes):
            return np.zeros(len(boxes), np.bool_)
        margin = _AROUND * (expected[:, 2:] - expected[:, :2]).max(axis=1, keepdims=True)
        around = np.concatenate((expected[:, :2] - margin, expected[:, 2:] + margin), axis=1)
        inside = shared_areas(boxes, around) >= _WITHIN * areas(boxes)[:, None]
        return np.asarray(inside.any(axis=1), np.bool_)

    def _stale(self, now: float) -> Boxes:
        """Found earlier, and changed or too old since; without those that go on as expected."""
        boxes = self._held.detections.boxes
        changed = self._changed(boxes)
        self._believed = changed & self._held.trusted(now)
        changed &= ~self._believed
        self._sought = self._held.older(now, self._policy.hold_s) | changed
        expected = np.where(changed[:, None], self._held.expected(now), boxes)
        return np.asarray(expected[self._sought], np.float32)

    def _changed(self, boxes: Boxes) -> NDArray[np.bool_]:
        """Which boxes (pixels) changed since they were last looked at."""
        share = self._policy.changed
        found = []
        for x, y in self._on_small(boxes):
            window = self._dirty[y, x]
            found.append(cv2.countNonZero(window) > share * window.size if window.size else False)
        return np.array(found, np.bool_)

    def _on_small(self, boxes: Boxes) -> list[tuple[slice, slice]]:
        """Columns and rows of the small picture that boxes (pixels) cover."""
        height, width = self._dirty.shape
        scale = np.array([width / self._size[0], height / self._size[1]] * 2)
        small = boxes * scale
        low = np.maximum(np.floor(small[:, :2]), 0).astype(int)
        high = np.maximum(np.ceil(small[:, 2:]), 0).astype(int)
        return [
            (slice(x1, x2), slice(y1, y2))
            for (x1, y1), (x2, y2) in zip(low.tolist(), high.tolist(), strict=True)
        ]

    def _pixels(self, fractions: Boxes) -> Boxes:
        return np.asarray(fractions * np.array([*self._size, *self._size], np.float32), np.float32)

    def _learn(self, found: Detections, now: float) -> None:
        motion = self._motion
        if motion is None or len(self._asked) != len(motion) or not self._asked.any():
            return
        boxes = motion.boxes[self._asked]
        hit = touched(self._pixels(boxes), found.boxes, _SAME)
        self._nuisance.looked(boxes, motion.areas[self._asked], hit, self._news[self._asked], now)
        self._asked = np.zeros(len(motion), np.bool_)
