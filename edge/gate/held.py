"""What was found earlier and needs no second look: nothing has changed there, or it goes on as expected."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import VEHICLES_OF_ONE_SHAPE
from edge.detect.detections import Boxes, Detections
from edge.gate.boxes import areas, overlaps, shared_areas
from edge.gate.rects import Rect

_COVERED = 0.9
"""A held box that lies in a region by more than this share is settled by what the region showed."""

_SAME = 0.5
"""Overlap (IoU) from which on a new detection is what was held ..."""

_PART = 0.7
"""... or share of the held box that lies in a new one of its class."""


_TICK = 1e-3

_REACH = 0.7
"""How far, in its own heights, a thing is looked for from where it was expected; beyond, it is another."""

_BLEND = 0.6
"""Weight of the newest speed."""

_AHEAD_S = 1.0
"""Nothing is expected farther along than it would come in this time."""


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """When a thing that moves is believed to be where it was expected, without a look.

    Each look tests the expectation over the time since the look before. Where it held, the thing is left
    alone for up to ``growth`` times as long; where it failed, it is looked at in every picture again.

    Attributes:
        iou: An expected box that overlaps the one that was found by so much held.
        score: Least score of what is believed.
        growth: Of the time that an expectation has held.
        most_s: Longest time without a look at something that moves.
        alone: Share of the smaller box that may lie in another one's: who pass each other are looked at.
        way: Farthest that a thing may have gone without a look, in its shorter sides.
    """

    iou: float = 0.8
    score: float = 0.45
    growth: float = 2.0
    most_s: float = 0.9
    alone: float = 0.1
    way: float = 0.3


class Held:
    """One camera's detections with the times at which they were seen by the detector.

    Speeds are kept only to know where to look next; who is who over time is the tracker's matter.

    Args:
        trust: When what moves is believed to be where it was expected.
    """

    def __init__(self, trust: TrustPolicy | None = None) -> None:
        self._trust = trust or TrustPolicy()
        self._found = Detections.empty()
        self._seen = np.zeros(0, np.float64)
        self._speed = np.zeros((0, 2), np.float32)
        self._proven = np.zeros(0, np.float64)

    @property
    def detections(self) -> Detections:
        """All that is held, pixels of the full picture."""
        return self._found

    def expected(self, now: float) -> Boxes:
        """Where they should be at ``now`` if they went on as they went before, pixels of the full picture."""
        ahead = np.clip(now - self._seen, 0.0, _AHEAD_S).astype(np.float32)
        return self._found.boxes + np.tile(self._speed * ahead[:, None], 2)

    def trusted(self, now: float) -> NDArray[np.bool_]:
        """Which are where they are expected, as far as looks of late have shown."""
        policy, boxes = self._trust, self.expected(now)
        unseen = now - self._seen
        proven = unseen < np.minimum(policy.growth * self._proven, policy.most_s) - _TICK
        proven &= self._found.scores >= policy.score
        way = np.linalg.norm(self._speed, axis=1) * unseen
        sides = (self._found.boxes[:, 2:] - self._found.boxes[:, :2]).min(axis=1)
        proven &= way <= policy.way * sides
        if not proven.any():
            return np.asarray(proven, np.bool_)
        size = areas(boxes)
        smaller = np.minimum(size[:, None], size[None, :])
        crowded = shared_areas(boxes, boxes) > policy.alone * smaller
        np.fill_diagonal(crowded, val=False)
        return np.asarray(proven & ~crowded.any(axis=1), np.bool_)

    def older(self, now: float, seconds: float) -> NDArray[np.bool_]:
        """Which were last seen more than ``seconds`` ago."""
        return np.asarray(now - self._seen >= seconds, np.bool_)

    def take(
        self,
        found: Detections,
        regions: tuple[Rect, ...],
        sought: NDArray[np.bool_],
        believed: NDArray[np.bool_],
        now: float,
    ) -> Detections:
        """New detections replace what was held in their regions.

        Args:
            found: What the regions showed.
            regions: Where it was looked.
            sought: Which of the held ones were looked for, here or where they were expected.
            believed: Which of them are taken to be where they were expected.
            now: When.

        Returns:
            All that is there now: what was found, and what is held elsewhere.
        """
        speed, proven = self._learned(found, now)
        boxes = np.where(believed[:, None], self.expected(now), self._found.boxes)
        keep = ~(sought | _settled(boxes, regions) | self._repeated(boxes, found))
        old = self._found.where(keep)
        self._found = Detections(
            np.concatenate((found.boxes, old.boxes)),
            np.concatenate((found.scores, old.scores)),
            np.concatenate((found.classes, old.classes)),
        )
        self._seen = np.concatenate((np.full(len(found), now), self._seen[keep]))
        self._speed = np.concatenate((speed, self._speed[keep]))
        self._proven = np.concatenate((proven, self._proven[keep]))
        there = np.concatenate((found.boxes, boxes[keep].astype(np.float32)))
        return Detections(there, self._found.scores, self._found.classes)

    def _learned(self, found: Detections, now: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """What new detections teach, from the nearest of the same class that was held.

        Returns:
            Their speeds, pixels a second (N x 2), and the seconds over which they were rightly expected (N);
            zero where nothing was held near them.
        """
        speed, proven = np.zeros((len(found), 2), np.float32), np.zeros(len(found), np.float64)
        if not len(found) or not len(self._found):
            return speed, proven
        ahead = self.expected(now)
        here, expected, before = (
            (boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in (found.boxes, ahead, self._found.boxes)
        )
        heights = np.maximum(found.boxes[:, 3] - found.boxes[:, 1], 1.0)
        far = np.linalg.norm(here[:, None] - expected[None], axis=2) / heights[:, None]
        far[_shapes(found)[:, None] != _shapes(self._found)[None, :]] = np.inf
        nearest = far.argmin(axis=1)
        passed = now - self._seen[nearest]
        same = (far.min(axis=1) < _REACH) & (passed > 0)
        newest = (here - before[nearest])[same] / passed[same, None]
        speed[same] = _BLEND * newest + (1.0 - _BLEND) * self._speed[nearest[same]]
        held = overlaps(found.boxes, ahead)[np.arange(len(found)), nearest] >= self._trust.iou
        proven[same & held] = passed[same & held]
        return speed, proven

    def _repeated(self, boxes: Boxes, found: Detections) -> NDArray[np.bool_]:
        same = overlaps(boxes, found.boxes) > _SAME
        part = shared_areas(boxes, found.boxes) > _PART * areas(boxes)[:, None]
        same |= part & (self._found.classes[:, None] == found.classes[None, :])
        return np.asarray(same.any(axis=1), np.bool_)


def _settled(boxes: Boxes, regions: tuple[Rect, ...]) -> NDArray[np.bool_]:
    """Which boxes lie in a region that was looked at."""
    if not regions or not len(boxes):
        return np.zeros(len(boxes), np.bool_)
    rects = np.array([[r.x1, r.y1, r.x2, r.y2] for r in regions], np.float32)
    covered = shared_areas(boxes, rects) >= _COVERED * areas(boxes)[:, None]
    return np.asarray(covered.any(axis=1), np.bool_)


def _shapes(found: Detections) -> NDArray[np.int32]:
    """Classes, N; vehicles that the detector takes for each other count as one."""
    alike = np.isin(found.classes, VEHICLES_OF_ONE_SHAPE)
    return np.asarray(np.where(alike, VEHICLES_OF_ONE_SHAPE[0], found.classes), np.int32)
