"""Where each object came from: short paths on the ground that outlive a switch of track ids.

A rule about movement must not count one walker twice because the tracker lost and found him again, nor two
who pass each other because their ids were swapped. So a path that lost its track is continued by a track that
appears where it led, and two tracks whose places jump are exchanged when that explains the jumps.

At the picture's border a box shows only a part of its object, and its middle is not the object's: there the
object is taken to be as wide and tall as it was when it was seen whole.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from edge.rules.ground_plan import Footing, Mask, Rows

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

BORDER = 0.01
"""A box that ends this near to the picture's border (fraction of the picture) is cut by it."""

OUTWARD = 0.1
"""Who moves this many box heights towards the border that cuts its box, in `SPEED_S`, is leaving."""

_EXTENT_SHARE = 0.3
"""Of a new extent in the remembered one: arms and legs swing."""


class Here(NamedTuple):
    """One object of a look: its ground point and extent as far as the border leaves them, pixels.

    Attributes:
        x: Ground point.
        y: Likewise.
        width: Of its box.
        height: Likewise.
        across: -1 where the left border cuts the box, 1 where the right one does, else 0.
        down: 1 where the lower border cuts it, else 0.
    """

    x: float
    y: float
    width: float
    height: float
    across: int
    down: int


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
        extent: Width and height of its box while no border cut them, pixels; 0 when it always did.
        cut: Which borders cut its box at the latest look: across and down as in `Here`.
        spots: The latest ``memory_s`` seconds, oldest first.
        recent: The latest `SPEED_S` of them.
    """

    key: int
    track: int
    row: int
    height: float
    score: float
    extent: tuple[float, float] = (0.0, 0.0)
    cut: tuple[int, int] = (0, 0)
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

    @property
    def leaves(self) -> bool:
        """Whether it was on its way out of the picture when it was seen last."""
        last, first, most = self.recent[-1], self.recent[0], OUTWARD * self.height
        across, down = self.cut
        return across * (last.x - first.x) > most or down * (last.y - first.y) > most


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
        rows = np.flatnonzero(wanted).tolist()
        every = footing.rows()
        here = {every.ids[row]: _here(every.boxes[row], footing.size) for row in rows}
        here = {track: _whole(seen, self._paths.get(track)) for track, seen in here.items()}
        self._hand_over(here, {every.ids[row]: every.born[row] for row in rows}, now)
        self._unswap(here, now)
        seen = [self._seen(here[every.ids[row]], every, row, now) for row in rows]
        self._evict(now)
        return seen

    def gone_out(self, now: float) -> list[Path]:
        """The paths that ``now`` lead out of the picture: not seen in this look, remembered still."""
        return [path for path in self._paths.values() if path.last.time < now and path.leaves]

    def _seen(self, here: Here, every: Rows, row: int, now: float) -> Path:
        track, score = every.ids[row], every.scores[row]
        path = self._paths.get(track)
        if path is None:
            path = Path(self._next, track, row, here.height, score)
            self._next += 1
            self._paths[track] = path
        self._go_on(path, Spot(now, here.x, here.y))
        path.row, path.height, path.score = row, here.height, max(path.score, score)
        path.cut = (here.across, here.down)
        path.extent = (
            _followed(path.extent[0], here.width, cut=here.across != 0),
            _followed(path.extent[1], here.height, cut=here.down != 0),
        )
        return path

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

    def _hand_over(self, here: dict[int, Here], born: dict[int, float], now: float) -> None:
        new = [track for track in here if track not in self._paths]
        lost = [path for path in self._paths.values() if path.track not in here] if new else []
        choices = []
        for path in lost:
            x, y = path.led_to(now)
            reach = (REACH + REACH_PER_S * (now - path.last.time)) * path.height
            for track in new:
                gap = math.hypot(here[track].x - x, here[track].y - y)
                if gap <= reach and born[track] >= path.last.time - BIRTH_SLACK_S:
                    choices.append((gap, path.key, path, track))
        for _, _, path, track in sorted(choices, key=lambda choice: choice[:2]):
            if self._paths.get(path.track) is path and track not in self._paths:
                del self._paths[path.track]
                path.track = track
                self._paths[track] = path

    def _unswap(self, here: dict[int, Here], now: float) -> None:
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


def _swapped(one: Path, other: Path, here: dict[int, Here], now: float) -> bool:
    first, second = one.led_to(now), other.led_to(now)
    mine, theirs = here[one.track], here[other.track]
    return _gap(first, theirs) + _gap(second, mine) < EXPLAINED * (_gap(first, mine) + _gap(second, theirs))


def _gap(place: tuple[float, float], there: Here) -> float:
    return math.hypot(place[0] - there.x, place[1] - there.y)


def _here(box: tuple[float, float, float, float], size: tuple[int, int]) -> Here:
    x1, y1, x2, y2 = box
    across = (x2 >= (1 - BORDER) * size[0]) - (x1 <= BORDER * size[0])
    down = int(y2 >= (1 - BORDER) * size[1])
    return Here((x1 + x2) / 2, y2, x2 - x1, max(y2 - y1, 1.0), across, down)


def _whole(here: Here, path: Path | None) -> Here:
    """Where the object is if it is as large as it was when it was seen whole."""
    if path is None or not (here.across or here.down):
        return here
    more = max(0.0, path.extent[0] - here.width) if here.across else 0.0
    below = max(0.0, path.extent[1] - here.height) if here.down else 0.0
    return here._replace(x=here.x + here.across * more / 2, y=here.y + below)


def _followed(extent: float, now: float, *, cut: bool) -> float:
    if cut:
        return extent
    return now if extent == 0.0 else extent + _EXTENT_SHARE * (now - extent)
