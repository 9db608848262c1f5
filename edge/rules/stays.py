"""Who has been in a zone, or has stood in it, for how long: memory by position, not only by track.

A track id may switch behind a lamp post or a passing truck, yet the car that waits there is the same. So a
stay that lost its track is handed to a track that appears where it was left, and its time goes on.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes
from edge.rules.geometry import ground_points, heights, iou

Box = tuple[float, float, float, float]

SETTLE_S = 1.0
"""A box that jumps and returns within this time did not move (a passer-by hid a part of it)."""

TURNOVER_S = 0.6
"""Sooner than this nobody can leave a place and another take it: the same box is the same object."""

SAME_BOX = 0.5
"""IoU from which two boxes within `TURNOVER_S` are the same object."""

BIRTH_SLACK_S = 1.0
"""A track that takes over may be born this long before the old one was last seen."""

LEFT_S = 2.0
"""A stay whose track is seen outside the zone ends after this, which leaves time to undo swapped ids."""

BLIND_S = 15.0
"""Longer than this without any look, only what had already dwelled is remembered (if it stands) ..."""

FORGET_S = 600.0
"""... and that only this long."""

NEAR = 0.75
"""A moving object is found again within this many box heights of where it was lost."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One object's stay.

    Attributes:
        track: Its present track id.
        since: Unix seconds when it entered, or came to a stand.
        seen: Unix seconds of the last look that showed it.
        missed: Looks since then that did not.
        box: Last box, pixels.
        anchor: Box at which it came to a stand, pixels.
        away: Since when its box has been elsewhere than at the anchor, or None.
        score: Best detector score so far, 0..1.
    """

    track: int
    since: float
    seen: float
    missed: int
    box: Box
    anchor: Box
    away: float | None
    score: float


@dataclass(frozen=True, slots=True)
class Visitors:
    """Parallel arrays of the N objects of a rule's classes that this look shows in or near its zone.

    Attributes:
        ids: N int64 track ids.
        boxes: N x 4 float32 pixels.
        scores: N float32, 0..1.
        born: N float64 Unix seconds.
        within: N bool: in the zone (else only near its border: may stay, may not enter).
        elsewhere: M int64 track ids that this look shows outside the zone.
    """

    ids: NDArray[np.int64]
    boxes: Boxes
    scores: NDArray[np.float32]
    born: NDArray[np.float64]
    within: NDArray[np.bool_]
    elsewhere: NDArray[np.int64]


def shifts(anchors: Boxes, boxes: Boxes) -> NDArray[np.float64]:
    """How far each box lies from each anchor: the second largest shift among the four edges.

    A thing that moves takes at least two edges along; a thing that is partly hidden or shown shifts only one.

    Args:
        anchors: M x 4 pixels.
        boxes: N x 4 pixels.

    Returns:
        M x N pixels.
    """
    first = np.asarray(anchors, np.float64).reshape(-1, 1, 4)
    second = np.asarray(boxes, np.float64).reshape(1, -1, 4)
    return np.asarray(np.sort(np.abs(first - second), axis=2)[..., 2], np.float64)


class Stays:
    """The memory of one zone.

    Args:
        dwell_s: From when on a stay counts.
        gap_s: A stay that is not seen survives this long (and at least two looks).
        still: Largest shift that still is standing, in box heights; None when being inside is enough.
    """

    def __init__(self, *, dwell_s: float, gap_s: float, still: float | None = None) -> None:
        self._dwell_s = dwell_s
        self._gap_s = gap_s
        self._still = still
        self._looked: float | None = None
        self.all: tuple[Stay, ...] = ()

    def observe(self, visitors: Visitors, now: float) -> list[Stay]:
        """One look.

        Args:
            visitors: What it shows.
            now: Unix seconds; a clock that was set back is tolerated.

        Returns:
            The stays that this look shows and that have lasted ``dwell_s``.
        """
        known = self._remembered(now)
        pairs = self._paired(known, visitors, now)
        left = set(visitors.elsewhere.tolist())
        after = [
            self._seen(stay, visitors, pairs[index], now)
            if index in pairs
            else self._missed(stay, now, LEFT_S if stay.track in left else self._gap_s)
            for index, stay in enumerate(known)
        ]
        taken = set(pairs.values())
        after += [
            self._begun(visitors, index, now)
            for index in np.flatnonzero(visitors.within).tolist()
            if index not in taken
        ]
        self.all = tuple(stay for stay in after if stay is not None)
        self._looked = now
        return [stay for stay in self.all if stay.missed == 0 and self._lasted(stay, now)]

    def _lasted(self, stay: Stay, now: float) -> bool:
        until = now if stay.away is None else stay.away
        return until - stay.since >= self._dwell_s

    def clear(self) -> None:
        """Forget everything."""
        self.all = ()

    def restore(self, stays: tuple[Stay, ...], looked: float | None) -> None:
        """Go on from ``stays`` as they were at the look of ``looked`` (Unix seconds)."""
        self.all = stays
        self._looked = looked

    def _remembered(self, now: float) -> list[Stay]:
        looked = now if self._looked is None else self._looked
        if now < looked:
            return [_shifted(stay, now - looked) for stay in self.all]
        if now - looked <= BLIND_S:
            return list(self.all)
        if self._still is None or now - looked > FORGET_S:
            return []
        return [stay for stay in self.all if self._lasted(stay, stay.seen)]

    def _paired(self, known: list[Stay], visitors: Visitors, now: float) -> dict[int, int]:
        """Which visitor continues which stay: stay index to visitor index."""
        pairs: dict[int, int] = {}
        if not known or not len(visitors.ids):
            return pairs
        distances, reach = self._distances(known, visitors)
        same = np.array([stay.track for stay in known])[:, None] == visitors.ids[None, :]
        near = distances <= reach
        for allowed in (same & near, near & self._plausible(known, visitors, now), same):
            rows, columns = np.nonzero(allowed)
            order = np.argsort(distances[rows, columns], kind="stable")
            for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
                if row not in pairs and column not in pairs.values():
                    pairs[row] = column
        return pairs

    def _distances(
        self, known: list[Stay], visitors: Visitors
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if self._still is not None:
            anchors = np.array([stay.anchor for stay in known], np.float32)
            return shifts(anchors, visitors.boxes), self._still * heights(anchors)[:, None]
        boxes = np.array([stay.box for stay in known], np.float32)
        gap = ground_points(boxes)[:, None] - ground_points(visitors.boxes)[None]
        return np.hypot(gap[..., 0], gap[..., 1]), NEAR * heights(boxes)[:, None]

    def _plausible(self, known: list[Stay], visitors: Visitors, now: float) -> NDArray[np.bool_]:
        """Whether a visitor with another track id may be the object of a stay."""
        seen = np.array([stay.seen for stay in known])[:, None]
        boxes = np.array([stay.box for stay in known], np.float32)
        same_box = (now - seen <= TURNOVER_S) & (iou(boxes, visitors.boxes) >= SAME_BOX)
        return np.asarray(same_box | (visitors.born[None, :] >= seen - BIRTH_SLACK_S), np.bool_)

    def _seen(self, stay: Stay, visitors: Visitors, index: int, now: float) -> Stay:
        box = _box(visitors.boxes, index)
        since, anchor, away = stay.since, stay.anchor, stay.away
        if self._still is None or _shift(anchor, box) <= self._still * _height(anchor):
            away = None
        elif away is None:
            away = now
        elif now - away >= SETTLE_S:
            since, anchor, away = now, box, None
        return Stay(
            track=int(visitors.ids[index]),
            since=since,
            seen=now,
            missed=0,
            box=box,
            anchor=anchor,
            away=away,
            score=max(stay.score, float(visitors.scores[index])),
        )

    @staticmethod
    def _missed(stay: Stay, now: float, gap_s: float) -> Stay | None:
        missed = stay.missed + 1
        gone = missed >= 2 and now - stay.seen > gap_s
        return None if gone else replace(stay, missed=missed)

    @staticmethod
    def _begun(visitors: Visitors, index: int, now: float) -> Stay:
        box = _box(visitors.boxes, index)
        return Stay(
            track=int(visitors.ids[index]),
            since=now,
            seen=now,
            missed=0,
            box=box,
            anchor=box,
            away=None,
            score=float(visitors.scores[index]),
        )


def _box(boxes: Boxes, index: int) -> Box:
    x1, y1, x2, y2 = boxes[index].tolist()
    return (x1, y1, x2, y2)


def _shift(anchor: Box, box: Box) -> float:
    return sorted(abs(a - b) for a, b in zip(anchor, box, strict=True))[2]


def _height(box: Box) -> float:
    return max(box[3] - box[1], 1.0)


def _shifted(stay: Stay, by: float) -> Stay:
    away = None if stay.away is None else stay.away + by
    return replace(stay, since=stay.since + by, seen=stay.seen + by, away=away)
