"""Who has been in a zone, or has stood in it, for how long: memory by position, not only by track.

A track id may switch behind a lamp post or a passing truck, yet the car that waits there is the same. So a
stay that lost its track is handed to a track that appears where it was left, and its time goes on.
"""

import math
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

Box = tuple[float, float, float, float]

SETTLE_S = 1.0
"""A box that jumps and returns within this time did not move (a passer-by hid a part of it)."""

TURNOVER_S = 0.6
"""Sooner than this nobody can leave a place and another take it: the same box is the same object."""

SAME_BOX = 0.5
"""IoU from which two boxes within `TURNOVER_S` are the same object."""

BIRTH_SLACK_S = 1.0
"""A track that takes over may be born this long before the old one was last seen."""

STOOD_S = 3.0
"""What has stood this long is worth waiting for ..."""

PASSING_GAP_S = 2.0
"""... what has not is forgotten this soon when unseen: in dense traffic its place is soon another's."""

LEFT_S = 2.0
"""A stay whose track is seen outside the zone ends after this, which leaves time to undo swapped ids."""

BLIND_S = 15.0
"""Longer than this without any look, only what had already dwelled is remembered (if it stands) ..."""

FORGET_S = 600.0
"""... and that only this long."""

NEAR = 0.75
"""A moving object is found again within this many box heights of where it was lost."""


NO_TRACK = -1
"""Track id of a stay of an earlier run: ids begin anew with each run."""


class Stay(Struct, frozen=True):
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
    """The N objects of a rule's classes that this look shows in or near its zone.

    Plain lists: they are short, and a look must cost microseconds.

    Attributes:
        ids: Track ids.
        boxes: Pixels.
        scores: 0..1.
        born: Unix seconds.
        within: In the zone (else only near its border: may stay, may not enter).
        elsewhere: Track ids that this look shows outside the zone.
    """

    ids: list[int]
    boxes: list[Box]
    scores: list[float]
    born: list[float]
    within: list[bool]
    elsewhere: list[int]


NOBODY = Visitors([], [], [], [], [], [])
"""A look that shows none."""


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
        self._before: dict[int, Box] = {}
        self.all: tuple[Stay, ...] = ()

    def observe(self, visitors: Visitors, now: float) -> list[Stay]:
        """One look.

        Args:
            visitors: What it shows.
            now: Unix seconds; a clock that was set back is tolerated.

        Returns:
            The stays that this look shows and that have lasted ``dwell_s``.
        """
        if not self.all and not visitors.ids:
            self._looked, self._before = now, {}
            return []
        known = self._remembered(now)
        pairs, moved = self._paired(known, visitors, now)
        after: list[Stay] = []
        for index, stay in enumerate(known):
            visitor = pairs.get(index)
            if visitor is not None:
                after.append(_seen(stay, visitors, visitor, now, moved=index in moved))
                continue
            if stay.missed < 1 or now - stay.seen <= self._patience(stay, visitors):
                after.append(_unseen(stay))
        if len(pairs) < len(visitors.ids):
            taken = set(pairs.values())
            after += [
                _begun(visitors, index, now)
                for index, within in enumerate(visitors.within)
                if within and index not in taken
            ]
        self.all = tuple(after)
        self._before = dict(zip(visitors.ids, visitors.boxes, strict=True))
        self._looked = now
        return [stay for stay in after if stay.missed == 0 and self._lasted(stay, now)]

    def _patience(self, stay: Stay, visitors: Visitors) -> float:
        """How long an unseen stay is kept, seconds."""
        patience = self._gap_s
        if stay.track in visitors.elsewhere:
            patience = min(patience, LEFT_S)
        if stay.seen - stay.since < STOOD_S:
            patience = min(patience, PASSING_GAP_S)
        return patience

    def _lasted(self, stay: Stay, now: float) -> bool:
        until = now if stay.away is None else stay.away
        return until - stay.since >= self._dwell_s

    def clear(self) -> None:
        """Forget everything."""
        self.all = ()
        self._before = {}

    def restore(self, stays: tuple[Stay, ...], looked: float | None) -> None:
        """Go on from ``stays`` as an earlier run left them at the look of ``looked`` (Unix seconds)."""
        self.all = tuple(replace(stay, track=NO_TRACK) for stay in stays)
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

    def _paired(
        self, known: list[Stay], visitors: Visitors, now: float
    ) -> tuple[dict[int, int], frozenset[int]]:
        """Which visitor continues which stay: stay index to visitor index; and which of them moved on."""
        pairs = self._unmoved(known, visitors)
        if len(pairs) < len(known) and len(pairs) < len(visitors.ids):
            return pairs, self._pair_others(known, visitors, now, pairs)
        return pairs, _NONE

    def _unmoved(self, known: list[Stay], visitors: Visitors) -> dict[int, int]:
        """The plain case: the same track id, near where it was; the nearest of several stays."""
        pairs: dict[int, int] = {}
        claims: dict[int, int] = {}
        row_of = dict(zip(visitors.ids, range(len(visitors.ids)), strict=True)).get
        boxes, still = visitors.boxes, self._still
        for index, stay in enumerate(known):
            row = row_of(stay.track)
            if row is None:
                continue
            near = (
                self._is_near(stay, boxes[row]) if still is None else _stands(stay.anchor, boxes[row], still)
            )
            if not near:
                continue
            rival = claims.get(row)
            if rival is not None:
                if self._gap(known[rival], boxes[row]) <= self._gap(stay, boxes[row]):
                    continue
                del pairs[rival]
            claims[row] = index
            pairs[index] = row
        return pairs

    def _pair_others(
        self, known: list[Stay], visitors: Visitors, now: float, pairs: dict[int, int]
    ) -> frozenset[int]:
        """By place what lost its track, then by track what moved: adds to ``pairs``.

        Returns:
            Of those that must stand, the stays that are no longer where they stood.
        """
        taken = set(pairs.values())
        free = [row for row in range(len(visitors.ids)) if row not in taken]
        lost = [index for index in range(len(known)) if index not in pairs]
        choices = [
            (self._gap(known[index], visitors.boxes[row]), index, row)
            for index in lost
            for row in free
            if self._is_near(known[index], visitors.boxes[row])
            and self._may_be(known[index], visitors, row, now)
        ]
        for _, index, row in sorted(choices):
            if index not in pairs and row not in taken:
                pairs[index] = row
                taken.add(row)
        left = [row for row in free if row not in taken]
        same = [
            (self._gap(known[index], visitors.boxes[row]), index, row)
            for index in lost
            for row in left
            if index not in pairs and visitors.ids[row] == known[index].track
        ]
        moved = []
        for _, index, row in sorted(same):
            if row not in taken:
                pairs[index] = row
                taken.add(row)
                moved.append(index)
        return _NONE if self._still is None else frozenset(moved)

    def _gap(self, stay: Stay, box: Box) -> float:
        """How far a box lies from a stay, pixels.

        For what stands, the second largest shift among the four edges: a thing that moves takes at least two
        edges along, a thing that is partly hidden or shown shifts only one.
        """
        if self._still is not None:
            return sorted(abs(was - now) for was, now in zip(stay.anchor, box, strict=True))[2]
        mine = stay.box
        return math.hypot((mine[0] + mine[2] - box[0] - box[2]) / 2, mine[3] - box[3])

    def _is_near(self, stay: Stay, box: Box) -> bool:
        """Whether a box is where the stay is: stands there still, or could have moved so far."""
        if self._still is not None:
            return _stands(stay.anchor, box, self._still)
        mine = stay.box
        reach = NEAR * max(mine[3] - mine[1], 1.0)
        across, down = (mine[0] + mine[2] - box[0] - box[2]) / 2, mine[3] - box[3]
        return across * across + down * down <= reach * reach

    def _may_be(self, stay: Stay, visitors: Visitors, row: int, now: float) -> bool:
        """Whether a visitor with another track id may be the object of a stay at whose place it is.

        Its track appeared when the stay's ended, and it did not just drive up; or only ids can have changed.
        """
        if visitors.born[row] >= stay.seen - BIRTH_SLACK_S:
            before = self._before.get(visitors.ids[row])
            if self._still is None or before is None or self._is_near(stay, before):
                return True
        return now - stay.seen <= TURNOVER_S and _iou(stay.box, visitors.boxes[row]) >= SAME_BOX


_NONE: frozenset[int] = frozenset()


def _seen(stay: Stay, visitors: Visitors, index: int, now: float, *, moved: bool) -> Stay:
    box, score = visitors.boxes[index], visitors.scores[index]
    since, anchor, away = stay.since, stay.anchor, None
    if moved:
        away = now if stay.away is None else stay.away
        if now - away >= SETTLE_S:
            since, anchor, away = now, box, None
    return Stay(visitors.ids[index], since, now, 0, box, anchor, away, max(stay.score, score))


def _unseen(stay: Stay) -> Stay:
    return Stay(
        stay.track,
        stay.since,
        stay.seen,
        stay.missed + 1,
        stay.box,
        stay.anchor,
        stay.away,
        stay.score,
    )


def _begun(visitors: Visitors, index: int, now: float) -> Stay:
    box = visitors.boxes[index]
    return Stay(visitors.ids[index], now, now, 0, box, box, None, visitors.scores[index])


def _stands(anchor: Box, box: Box, still: float) -> bool:
    """Whether at most one edge has shifted by more than ``still`` anchor heights (see `Stays`)."""
    x1, y1, x2, y2 = anchor
    left, top, right, bottom = box
    tall = y2 - y1
    reach = still * (max(1.0, tall))
    moved = int(not -reach <= left - x1 <= reach)
    moved += not -reach <= top - y1 <= reach
    moved += not -reach <= right - x2 <= reach
    moved += not -reach <= bottom - y2 <= reach
    return moved <= 1


def _iou(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return width * height / (areas - width * height)


def _shifted(stay: Stay, by: float) -> Stay:
    away = None if stay.away is None else stay.away + by
    return replace(stay, since=stay.since + by, seen=stay.seen + by, away=away)
