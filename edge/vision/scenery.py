"""What was always there: a track that nothing has brought and whose place shows what it showed before.

Detectors take bollards, kerbs and coats for bicycles and people now and then, mostly when the light changes.
Whatever really comes changes the structure of its place; light does not. So the usual structure of the view
is learned wherever nothing is found, and a track that stands where it began, on ground that has long shown
just this, is a part of the scenery.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes
from edge.gate.luma import Floats, small_luma
from edge.rules.scene import Tracks
from edge.vision.structure import double_angle
from edge.vision.view import View

SIDE: Final = 320
"""Pixels of the longer side of the picture on which places are compared."""

CELLS: Final = (3, 4)
"""Parts of a box, across and down: a thing changes its middle, and leaves what lies around it."""

_LEAST_SIDE: Final = 6
"""Pixels on that picture; of smaller boxes nothing can be told."""

_LONGEST_S: Final = 10.0
"""A look stands for no longer than this."""


@dataclass(frozen=True, slots=True)
class SceneryPolicy:
    """When a track is scenery.

    Attributes:
        alike: Likeness of a cell (1 the same, about 0 unrelated) from which on it shows what it did.
        most: Share of the cells with structure that must be alike.
        least_cells: With fewer cells that have structure nothing can be told.
        edges: Mean square of the field (grey levels) from which on a cell has structure.
        known_s: So long nothing must have been found at a place for what it shows to be known.
        share: Of the box that must be known.
        follow_s: Time constant with which what is usual follows a lasting change.
        away_s: What was found keeps its place from being learned for so long after it was last found.
        period_s: How often is learned.
        moves: A track whose centre is so far from where it began, in its longer sides, is no scenery.
        fresh_s: A track younger than this is judged in every look, an older one when is learned.
    """

    alike: float = 0.5
    most: float = 0.9
    least_cells: int = 3
    edges: float = 1.0
    known_s: float = 10.0
    share: float = 0.8
    follow_s: float = 300.0
    away_s: float = 10.0
    period_s: float = 2.0
    moves: float = 0.5
    fresh_s: float = 5.0


@dataclass(slots=True)
class _Track:
    """What is known of one track.

    Attributes:
        first: Its first box, pixels of the full picture.
        scenery: Whether it was found to be.
        moved: Whether it has left the place where it began: then it never is.
    """

    first: NDArray[np.float32]
    scenery: bool = False
    moved: bool = False


class Scenery:
    """One camera's scenery.

    Args:
        policy: What counts as such.
    """

    def __init__(self, policy: SceneryPolicy | None = None) -> None:
        self._policy = policy or SceneryPolicy()
        self._usual: Floats = np.zeros((0, 0, 2), np.float32)
        self._known: Floats = np.zeros((0, 0), np.float32)
        self._busy: Floats = self._known
        self._learned: float | None = None
        self._tracks: dict[int, _Track] = {}

    def leave_out(
        self, tracks: Tracks, found: Boxes, view: View, size: tuple[int, int], now: float
    ) -> Tracks:
        """The tracks without those that are scenery.

        Args:
            tracks: All of the camera.
            found: N x 4 pixels of the full picture: what the detector is sure of in this look.
            view: The picture.
            size: Its width and height.
            now: Unix seconds.
        """
        due = self._learned is None or not 0 <= now - self._learned < self._policy.period_s
        doubted = self._doubted(tracks, now, due=due)
        if due or doubted:
            field = double_angle(np.asarray(small_luma(view.fine, SIDE), np.float32))
            scale = field.shape[1] / size[0]
            for row in doubted:
                track = self._tracks[int(tracks.ids[row])]
                track.scenery = self._shows_the_usual(field, tracks.boxes[row] * scale)
            if due:
                come = tracks.boxes[self._come(tracks)]
                self._learn(field, np.concatenate((found, come)) * scale, now)
        keep = self._come(tracks)
        return tracks if keep.all() else tracks.where(keep)

    def _come(self, tracks: Tracks) -> NDArray[np.bool_]:
        """Which tracks are no scenery: N."""
        return np.array([not self._tracks[each].scenery for each in tracks.ids.tolist()], np.bool_)

    def _doubted(self, tracks: Tracks, now: float, *, due: bool) -> list[int]:
        """Rows of the tracks that have not moved yet and must be judged; what is gone is forgotten."""
        known, ids = self._tracks, tracks.ids.tolist()
        self._tracks = {
            each: known.get(each) or _Track(box) for each, box in zip(ids, tracks.boxes, strict=True)
        }
        rows = []
        for row in np.flatnonzero(tracks.seen).tolist():
            track = self._tracks[ids[row]]
            if track.moved:
                continue
            if _moved(track.first, tracks.boxes[row], self._policy.moves):
                track.moved, track.scenery = True, False
            elif not track.scenery and (due or now - tracks.born[row] < self._policy.fresh_s):
                rows.append(row)
        return rows

    def _shows_the_usual(self, field: Floats, box: NDArray[np.float32]) -> bool:
        """Whether the place shows what it has long shown (box in pixels of the field)."""
        policy = self._policy
        if field.shape != self._usual.shape:
            return False
        height, width = field.shape[:2]
        x1, y1 = np.clip(np.floor(box[:2]).astype(int), 0, (width, height)).tolist()
        x2, y2 = np.clip(np.ceil(box[2:]).astype(int), 0, (width, height)).tolist()
        if min(x2 - x1, y2 - y1) < _LEAST_SIDE:
            return False
        known = self._known[y1:y2, x1:x2] >= policy.known_s
        if np.count_nonzero(known) < policy.share * known.size:
            return False
        now, was = field[y1:y2, x1:x2], self._usual[y1:y2, x1:x2]
        shared, own, before = (_cells(_dot(a, b)) for a, b in ((now, was), (now, now), (was, was)))
        textured = np.maximum(own, before) >= policy.edges
        if np.count_nonzero(textured) < policy.least_cells:
            return False
        alike = shared[textured] >= policy.alike * np.sqrt(own[textured] * before[textured])
        return bool(alike.mean() >= policy.most)

    def _learn(self, field: Floats, come: Boxes, now: float) -> None:
        policy = self._policy
        if field.shape != self._usual.shape:
            self._usual = field.copy()
            self._known = np.zeros(field.shape[:2], np.float32)
            self._busy = np.zeros(field.shape[:2], np.float32)
            self._learned = None
        passed = policy.period_s if self._learned is None else min(max(now - self._learned, 0.0), _LONGEST_S)
        self._learned = now
        np.maximum(self._busy - np.float32(passed), 0.0, out=self._busy)
        for x1, y1, x2, y2 in np.clip(np.rint(come), 0, None).astype(int).tolist():
            self._busy[y1:y2, x1:x2] = policy.away_s
        free = (self._busy <= 0.0).astype(np.float32)
        np.minimum(self._known + np.float32(passed) * free, np.float32(2 * policy.known_s), out=self._known)
        # The mean of what is seen until it is known; then it follows slowly: what came and is not found for
        # a minute is still no scenery.
        reach = np.where(self._known <= policy.known_s, self._known, np.float32(policy.follow_s))
        step = free * np.float32(passed) / np.maximum(reach, np.float32(passed))
        self._usual += step[..., None] * (field - self._usual)


def _moved(first: NDArray[np.float32], box: NDArray[np.float32], most: float) -> bool:
    x1, y1, x2, y2 = (first + box).tolist()
    across, down = ((box - first)[:2] + (box - first)[2:]).tolist()
    return bool(max(abs(across), abs(down)) / 2 > most * max(x2 - x1, y2 - y1) / 2)


def _dot(one: Floats, other: Floats) -> Floats:
    product = np.asarray(cv2.multiply(one, other), np.float32)
    return np.asarray(cv2.add(product[..., 0], product[..., 1]), np.float32)


def _cells(values: Floats) -> Floats:
    """The mean of each cell of a box: 4 x 3."""
    return np.asarray(cv2.resize(values, CELLS, interpolation=cv2.INTER_AREA), np.float32)
