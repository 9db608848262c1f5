"""Where each object came from: short paths on the ground that outlive a switch of track ids.

A rule about movement must not count one walker twice because the tracker lost and found him again, nor two
who pass each other because their ids were swapped. So a path that lost its track is continued by a track that
appears where it led, and two tracks whose places jump are exchanged when that explains the jumps.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from edge.rules.ground_plan import Footing, Mask

LOST_S = 2.0
"""A path whose object is not seen is remembered this long."""

BLIND_S = 10.0
"""After this long without any look, nothing is."""

BIRTH_SLACK_S = 0.6
"""A track that goes on with a path may be born this long before the path was last seen."""

REACH = 0.8
"""It appears within this many box heights of where the path led ..."""

REACH_PER_S = 0.8
"""... and for each second this much farther."""

JUMP = 0.5
"""An object that is this many box heights from where its path led has jumped."""

EXPLAINED = 0.5
"""Two jumps are a swap of ids when exchanging the ids shortens them to less than this share."""

SPEED_S = 1.0
"""Speed is measured over this time."""


class Spot(NamedTuple):
    """One look at an object.

    Attributes:
        time: Unix seconds.
        x: Ground point, pixels.
        y: Likewise.
    """

    time: float
    x: float
    y: float


@dataclass(slots=True)
class Path:
    """One object's way.

    Attributes:
        key: Counts from 1, never used twice.
        track: Its present track id.
        row: Its row in the present look.
        height: Box height, pixels.
        score: Best detector score so far.
        spots: The latest ``memory_s`` seconds, oldest first.
        recent: The latest `SPEED_S` of them.
    """

    key: int
    track: int
    row: int
    height: float
    score: float
    spots: deque[Spot] = field(default_factory=deque)
    recent: deque[Spot] = field(default_factory=deque)

    @property
    def last(self) -> Spot:
        """The latest look at it."""
        return self.spots[-1]

    def led_to(self, now: float) -> tuple[float, float]:
        """Where it should be now, pixels, if it goes on as in the last second."""
        last, first = self.recent[-1], self.recent[0]
        lasted = last.time - first.time
        if lasted <= 0:
            return last.x, last.y
        share = (now - last.time) / lasted
        return last.x + (last.x - first.x) * share, last.y + (last.y - first.y) * share


class Paths:
    """The memory of one rule.

    Args:
        memory_s: How much of each path is kept.
    """

    def __init__(self, memory_s: float) -> None:
        self._memory_s = memory_s
        self._paths: dict[int, Path] = {}
        self._next = 1
        self._looked: float | None = None

    def observe(self, footing: Footing, wanted: Mask, now: float) -> list[Path]:
        """One look.

        Args:
            footing: What it shows.
            wanted: N bool, the tracks that matter; others are as if they were not there.
            now: Unix seconds; when the clock was set back, everything is forgotten.

        Returns:
            The paths that the look continues or begins.
        """
        if self._looked is not None and not 0 <= now - self._looked <= BLIND_S:
            self._paths.clear()
        self._looked = now
        rows = np.flatnonzero(wanted)
        ids = footing.tracks.ids[rows].tolist()
        places = footing.points[rows].tolist()
        tall = footing.heights[rows].tolist()
        here = {
            track: (place[0], place[1], height)
            for track, place, height in zip(ids, places, tall, strict=True)
        }
        self._hand_over(here, dict(zip(ids, footing.tracks.born[rows].tolist(), strict=True)), now)
        self._unswap(here, now)
        scores = footing.tracks.scores[rows].tolist()
        seen = []
        for row, track, score in zip(rows.tolist(), ids, scores, strict=True):
            x, y, height = here[track]
            path = self._paths.get(track)
            if path is None:
                path = Path(self._next, track, row, height, score)
                self._next += 1
                self._paths[track] = path
            self._go_on(path, Spot(now, x, y))
            path.row, path.height, path.score = row, height, max(path.score, score)
            seen.append(path)
        self._evict(now)
        return seen

    def keys(self) -> set[int]:
        """Of all paths that are remembered."""
        return {path.key for path in self._paths.values()}

    def clear(self) -> None:
        """Forget everything."""
        self._paths.clear()

    def _go_on(self, path: Path, spot: Spot) -> None:
        for spots, lasts in ((path.spots, self._memory_s), (path.recent, SPEED_S)):
            spots.append(spot)
            while spot.time - spots[0].time > lasts:
                spots.popleft()

    def _hand_over(
        self, here: dict[int, tuple[float, float, float]], born: dict[int, float], now: float
    ) -> None:
        new = [track for track in here if track not in self._paths]
        lost = [path for path in self._paths.values() if path.track not in here] if new else []
        choices = []
        for path in lost:
            x, y = path.led_to(now)
            reach = (REACH + REACH_PER_S * (now - path.last.time)) * path.height
            for track in new:
                gap = math.hypot(here[track][0] - x, here[track][1] - y)
                if gap <= reach and born[track] >= path.last.time - BIRTH_SLACK_S:
                    choices.append((gap, path.key, path, track))
        for _, _, path, track in sorted(choices, key=lambda choice: choice[:2]):
            if self._paths.get(path.track) is path and track not in self._paths:
                del self._paths[path.track]
                path.track = track
                self._paths[track] = path

    def _unswap(self, here: dict[int, tuple[float, float, float]], now: float) -> None:
        jumped = [
            path
            for track, place in here.items()
            if (path := self._paths.get(track)) is not None
            and _gap(path.led_to(now), place) > JUMP * path.height
        ]
        for index, one in enumerate(jumped):
            for other in jumped[index + 1 :]:
                if _swapped(one, other, here, now):
                    one.track, other.track = other.track, one.track
                    self._paths[one.track], self._paths[other.track] = one, other
                    break

    def _evict(self, now: float) -> None:
        for path in _gone(self._paths.values(), now):
            del self._paths[path.track]


def _gone(paths: Iterable[Path], now: float) -> list[Path]:
    return [path for path in paths if now - path.last.time > LOST_S]


def _swapped(one: Path, other: Path, here: dict[int, tuple[float, float, float]], now: float) -> bool:
    first, second = one.led_to(now), other.led_to(now)
    mine, theirs = here[one.track], here[other.track]
    return _gap(first, theirs) + _gap(second, mine) < EXPLAINED * (_gap(first, mine) + _gap(second, theirs))


def _gap(place: tuple[float, float], there: tuple[float, float, float]) -> float:
    return math.hypot(place[0] - there[0], place[1] - there[1])
