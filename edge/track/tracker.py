"""Boxes over time, inside one camera only.

After ByteTrack (Zhang et al., 2022): confident detections are matched first, what is left of the tracks may
then be continued by weak ones, which never begin a track. Time is in seconds, not frames, because looks come
at any interval.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from edge.detect.coco import PERSON, VEHICLES
from edge.detect.detections import Boxes, Detections
from edge.rules.scene import Tracks
from edge.track.association import Pairs, assign, costs, cycles_together, named_once, unique
from edge.track.kalman import Motion


@dataclass(frozen=True, slots=True)
class TrackerTimes:
    """How a tracker remembers and reaches.

    Attributes:
        keep_s: A track that is not found is kept this long (and at least two looks).
        blind_s: After this long without any look every track is dropped.
        reach: How far from its prediction an object is looked for at once, in box sizes ...
        reach_per_s: ... and how much farther for each second since it was found.
        most_reach: The farthest.
        weak_s: Weak detections alone continue a track no longer: who is half hidden a moment is tracked on,
            what is never seen clearly is no object ...
        proven_s: ... but what stands where it was seen clearly for long is believed as long again, up to
            this: a detector that is nearly sure wavers about it for minutes.
    """

    keep_s: float = 2.0
    blind_s: float = 10.0
    reach: float = 0.3
    reach_per_s: float = 1.2
    most_reach: float = 2.0
    weak_s: float = 3.0
    proven_s: float = 60.0


FIRST_IOU = 0.2
"""Least overlap of a confident detection with its track, where distance does not decide."""

WEAK_IOU = 0.4
"""Least overlap of a weak detection with the track it continues: it may be a part or a shadow."""

SAME_IOU = 0.75
"""Two boxes of one group that overlap more than this are one thing."""

CONFIRMED = 2
"""Detections that make a track: one stray box is none."""

NEW_REACH = 2.0
"""How many times farther a vehicle of unknown speed is looked for; slower things by their agility."""


@dataclass(slots=True)
class _Rows:
    """Parallel arrays, one row a track."""

    ids: NDArray[np.int64]
    boxes: Boxes
    scores: NDArray[np.float32]
    votes: NDArray[np.float32]
    hits: NDArray[np.int64]
    missed: NDArray[np.int64]
    born: NDArray[np.float64]
    found: NDArray[np.float64]
    sure: NDArray[np.float64]
    clear: Boxes

    @classmethod
    def of(cls, ids: NDArray[np.int64], detections: Detections, now: float, classes: int) -> "_Rows":
        count = len(detections)
        votes = np.zeros((count, classes), np.float32)
        votes[np.arange(count), detections.classes] = detections.scores
        return cls(
            ids=ids,
            boxes=detections.boxes.astype(np.float32),
            scores=detections.scores.astype(np.float32),
            votes=votes,
            hits=np.ones(count, np.int64),
            missed=np.zeros(count, np.int64),
            born=np.full(count, now),
            found=np.full(count, now),
            sure=np.full(count, now),
            clear=detections.boxes.astype(np.float32),
        )

    def join(self, other: "_Rows") -> "_Rows":
        return _Rows(*(np.concatenate((getattr(self, f.name), getattr(other, f.name))) for f in fields(self)))

    def where(self, keep: NDArray[np.bool_]) -> "_Rows":
        return _Rows(*(getattr(self, f.name)[keep] for f in fields(self)))


(PERSON_CLASS,) = PERSON

ON_FOOT = 0.5
"""Agility of people, against vehicles: in box heights a second, a runner is far slower than a car."""


def agility(classes: NDArray[np.int32]) -> NDArray[np.float64]:
    """How fast things of these classes are (N), 1 for vehicles."""
    return np.where(classes == PERSON_CLASS, ON_FOOT, 1.0)


class Tracker:
    """One camera's tracker.

    Args:
        score: Detections from this score on begin and continue tracks; weaker ones (from half of it) only
            continue them, so run the detector at half this score to profit.
        classes: COCO indices that matter; everything else is ignored.
        times: Memory and reach.
    """

    def __init__(
        self,
        *,
        score: float = 0.35,
        classes: frozenset[int] = PERSON | VEHICLES,
        times: TrackerTimes | None = None,
    ) -> None:
        self._score = score
        self._wanted = np.zeros(max(classes, default=0) + 1, np.bool_)
        self._wanted[list(classes)] = True
        self._times = times or TrackerTimes()
        self._next = 1
        self._now: float | None = None
        self._clear()

    def update(self, detections: Detections, now: float) -> Tracks:
        """One look.

        Args:
            detections: What the detector found, pixels of the full picture.
            now: Unix seconds of the picture; a clock that was set back is tolerated (no time passes).

        Returns:
            The confirmed tracks: those found in this look, and those kept while hidden (``seen`` False,
            box predicted). Ids count from 1 and are never used twice.
        """
        self._pass_time(now)
        found = self._of_interest(detections)
        strong = found.scores >= self._score
        first = self._match(found, strong, self._reach(now), FIRST_IOU)
        self._take(first, found, now)
        weak = ~strong
        weak &= found.scores >= self._score / 2
        free = now - self._rows.sure <= self._times.weak_s
        proven = self._proven(now) & ~free
        free[first[0]] = proven[first[0]] = False
        self._rows.sure[first[0]] = now
        self._rows.clear[first[0]] = found.boxes[first[1]]
        second = self._match(found, weak, np.zeros(len(free)), WEAK_IOU, free)
        self._take(second, found, now)
        weak[second[1]] = False
        third = self._match(found, weak, np.zeros(len(free)), SAME_IOU, proven, self._rows.clear)
        self._take(third, found, now)
        matched = np.concatenate((first[0], second[0], third[0]))
        strong[first[1]] = False
        self._miss(matched)
        self._evict(now)
        self._begin(found.where(strong), now)
        return self._tracks()

    def _proven(self, now: float) -> NDArray[np.bool_]:
        """Which tracks were seen clearly for longer than they have not been since."""
        clearly = np.minimum(self._rows.sure - self._rows.born, self._times.proven_s)
        return np.asarray(now - self._rows.sure <= clearly, np.bool_)

    def _clear(self) -> None:
        self._rows = _Rows.of(np.zeros(0, np.int64), Detections.empty(), 0.0, len(self._wanted))
        self._motion = Motion.start(np.zeros((0, 4), np.float32), np.zeros(0))

    def _pass_time(self, now: float) -> None:
        before = now if self._now is None else self._now
        if now < before:
            self._rows.born += now - before
            self._rows.found += now - before
            self._rows.sure += now - before
        elif now - before > self._times.blind_s:
            self._clear()
        else:
            self._motion.predict(now - before, self._rows.missed == 0)
        self._now = now

    def _of_interest(self, detections: Detections) -> Detections:
        boxes = detections.boxes
        sound = np.isfinite(boxes).all(axis=1) & (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        classes = detections.classes
        sound &= (classes >= 0) & (classes < len(self._wanted))
        sound[sound] = self._wanted[classes[sound]]
        found = detections.where(sound)
        scores = cycles_together(found.boxes, found.scores, found.classes, SAME_IOU)
        found = replace(found, scores=scores)
        found = found.where(unique(found.boxes, found.scores, found.classes, SAME_IOU))
        return found.where(named_once(found.boxes, found.scores, found.classes))

    def _reach(self, now: float) -> NDArray[np.float64]:
        times, rows = self._times, self._rows
        unknown = 1.0 + NEW_REACH * (rows.hits < CONFIRMED) * self._motion.agility[:, 0]
        return np.minimum((times.reach + times.reach_per_s * (now - rows.found)) * unknown, times.most_reach)

    def _match(
        self,
        found: Detections,
        wanted: NDArray[np.bool_],
        reach: NDArray[np.float64],
        least_iou: float,
        free: NDArray[np.bool_] | None = None,
        expected: Boxes | None = None,
    ) -> Pairs:
        columns = np.flatnonzero(wanted)
        rows = np.arange(len(self._rows.ids)) if free is None else np.flatnonzero(free)
        if not len(rows) or not len(columns):
            none = np.zeros(0, np.intp)
            return none, none
        boxes = self._motion.boxes() if expected is None else expected
        tracks = (boxes[rows], self._majority()[rows])
        cost = costs(tracks, (found.boxes[columns], found.classes[columns]), reach[rows], least_iou)
        chosen, partners = assign(cost)
        return rows[chosen], columns[partners]

    def _take(self, pairs: Pairs, found: Detections, now: float) -> None:
        rows, columns = pairs
        if not len(rows):
            return
        mine, boxes, scores = self._rows, found.boxes[columns], found.scores[columns]
        self._motion.correct(rows, boxes)
        mine.boxes[rows] = boxes
        mine.scores[rows] = scores
        mine.votes[rows, found.classes[columns]] += scores
        mine.hits[rows] += 1
        mine.missed[rows] = 0
        mine.found[rows] = now

    def _miss(self, matched: NDArray[np.intp]) -> None:
        lost = np.ones(len(self._rows.ids), np.bool_)
        lost[matched] = False
        self._rows.missed[lost] += 1

    def _evict(self, now: float) -> None:
        rows = self._rows
        stray = (rows.hits < CONFIRMED) & (rows.missed >= 2)
        gone = (rows.missed >= 2) & (now - rows.found > self._times.keep_s)
        keep = ~(stray | gone)
        if not keep.all():
            self._rows, self._motion = rows.where(keep), self._motion.where(keep)

    def _begin(self, detections: Detections, now: float) -> None:
        count = len(detections)
        if count:
            ids = np.arange(self._next, self._next + count, dtype=np.int64)
            self._next += count
            self._rows = self._rows.join(_Rows.of(ids, detections, now, len(self._wanted)))
            self._motion = self._motion.join(Motion.start(detections.boxes, agility(detections.classes)))

    def _majority(self) -> NDArray[np.int32]:
        return np.asarray(self._rows.votes.argmax(axis=1), np.int32)

    def _tracks(self) -> Tracks:
        rows = self._rows
        seen = rows.missed == 0
        shown = rows.hits >= CONFIRMED
        boxes = np.where(seen[:, None], rows.boxes, self._motion.boxes())
        return Tracks(
            ids=rows.ids[shown],
            boxes=boxes[shown].astype(np.float32),
            scores=rows.scores[shown],
            classes=self._majority()[shown],
            seen=seen[shown],
            born=rows.born[shown],
        )
