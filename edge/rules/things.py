"""Still things in a zone, and who might own them: what abandoned_object and road_obstacle share."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.config import Zone
from edge.detect.coco import PERSON, VEHICLES
from edge.detect.detections import Boxes
from edge.rule_config import StillThingRule
from edge.rules.geometry import ground_points, heights, inside, iou, normalise
from edge.rules.ground_plan import of_classes
from edge.rules.scene import Scene, Tracks
from edge.rules.still_search import Found, StillSearch
from edge.vision.view import View

_SAME: Final = 0.3
_PLACE: Final = 0.5
_SIMILAR: Final = 0.3
_COVERED: Final = 0.5
_AT_FEET: Final = 0.12
"""Of a person's height: so near to a person's box lies what is the person's own shadow."""
_GONE_S: Final = 4.0
_VETO_S: Final = 15.0
_HISTORY_S: Final = 60.0
_APPEARED_S: Final = 3.0
_HANDED_S: Final = 4.0
_NEXT_TO: Final = 1.0
_BESIDE: Final = 0.6
_LINGERS_S: Final = 2.5


@dataclass(slots=True)
class Thing:
    """A still thing.

    Attributes:
        box: Pixels of the full picture.
        since: Unix seconds when it appeared.
        seen: Unix seconds of the last search that found it.
        owner: Track of who was nearest when it appeared, or who took that one's place.
        attended: Unix seconds when its owner, or somebody who stays beside it, was last near.
        veto: Until then it may be a person or vehicle that the detector does not always see.
        raised: It has counted: from then on it counts until it is gone.
        place: Its box when it came to rest: what wanders, if slowly, is light.
    """

    box: Boxes
    since: float
    seen: float
    owner: int | None
    attended: float
    place: Boxes
    veto: float = 0.0
    raised: bool = False
    beside: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Persons:
    """Who is seen at one look: ids, ground points (N x 2 pixels), heights, birth times."""

    time: float
    ids: NDArray[np.int64]
    ground: NDArray[np.float64]
    height: NDArray[np.float64]
    born: NDArray[np.float64]


class ThingsInZone:
    """The still things whose ground point lies in a zone.

    Args:
        rule: Parameters.
        zone: The zone.
        away: Farther than this many of their heights from a thing, persons are away.
    """

    def __init__(
        self, rule: StillThingRule, zone: Zone, away: float, search: StillSearch | None = None
    ) -> None:
        self._polygon = np.array(zone.polygon, np.float64)
        self._sizes = (rule.least_size, rule.most_size)
        self._away = away
        self._search = search or StillSearch([(rule, zone)])
        self._persons: deque[_Persons] = deque()
        self.all: list[Thing] = []

    def observe(self, scene: Scene, view: View, now: float) -> list[Thing]:
        """One look: everything that is there, raised or not."""
        persons = _persons(scene.tracks, now)
        self._remember(persons)
        found = self._search.look(scene, view, now)
        if found is not None:
            self._sort(found, scene, now)
        for thing in self.all:
            self._attend(thing, persons, scene.tracks, now)
        return self.all

    def clear(self) -> None:
        """Forget everything."""
        self.all = []
        self._persons.clear()

    def _remember(self, persons: _Persons) -> None:
        if self._persons and persons.time < self._persons[-1].time:
            self._persons.clear()
        self._persons.append(persons)
        while persons.time - self._persons[0].time > _HISTORY_S:
            self._persons.popleft()

    def _sort(self, found: list[Found], scene: Scene, now: float) -> None:
        """Take in what a search of the whole picture found in this zone."""
        least, most = self._sizes
        for each in found:
            here = inside(normalise(ground_points(each.box), scene.size), self._polygon)[0]
            if here and least <= each.size <= most:
                self._meet(each.box, each.since, now)
        self.all = [thing for thing in self.all if now - thing.seen <= _GONE_S and now >= thing.seen]

    def _meet(self, box: Boxes, since: float, now: float) -> None:
        for thing in self.all:
            if float(iou(thing.box, box)[0, 0]) >= _SAME:
                thing.box, thing.seen = box, now
                if not thing.raised and float(iou(thing.place, box)[0, 0]) < _PLACE:
                    thing.place, thing.since = box, now
                return
        owner = self._owner(box, since)
        self.all.append(Thing(box, since, now, owner, since, box))

    def _owner(self, box: Boxes, since: float) -> int | None:
        """Who was nearest when the thing appeared, if anybody was near."""
        best, owner = self._away, None
        for persons in self._persons:
            if abs(persons.time - since) <= _APPEARED_S and len(persons.ids):
                gaps = _gaps(box, persons)
                nearest = int(np.argmin(gaps))
                if gaps[nearest] < best:
                    best, owner = float(gaps[nearest]), int(persons.ids[nearest])
        return owner

    def _attend(self, thing: Thing, persons: _Persons, tracks: Tracks, now: float) -> None:
        gaps = _gaps(thing.box, persons)
        near = {int(n): float(gap) for n, gap in zip(persons.ids, gaps, strict=True)}
        if thing.owner in near and near[thing.owner] <= self._away:
            thing.attended = now
        elif thing.owner not in near and now - thing.attended <= _HANDED_S:
            for index in np.flatnonzero(gaps <= _NEXT_TO):
                # The tracker lost the owner and found somebody new in the same place: the same person.
                if persons.born[index] >= thing.attended - 1.0:
                    thing.owner, thing.attended = int(persons.ids[index]), now
                    break
        thing.beside = {n: thing.beside.get(n, now) for n, gap in near.items() if gap <= _BESIDE}
        if any(now - since >= _LINGERS_S for since in thing.beside.values()):
            thing.attended = now
        if _is_one_of(thing.box, tracks):
            thing.veto = now + _VETO_S


def _persons(tracks: Tracks, now: float) -> _Persons:
    seen = tracks.seen & of_classes(tracks, PERSON)
    boxes = tracks.boxes[seen]
    return _Persons(now, tracks.ids[seen], ground_points(boxes), heights(boxes), tracks.born[seen])


def _gaps(box: Boxes, persons: _Persons) -> NDArray[np.float64]:
    """Distance of each person from a thing, in the person's own heights."""
    apart = persons.ground - ground_points(box)
    return np.asarray(np.hypot(apart[:, 0], apart[:, 1]) / persons.height, np.float64)


def _is_one_of(box: Boxes, tracks: Tracks) -> bool:
    """Whether a still thing may be a person or vehicle that is known, or a part or the shadow of one."""
    known = of_classes(tracks, PERSON | VEHICLES)
    boxes = tracks.boxes[known]
    if not len(boxes):
        return False
    if float(iou(box, boxes).max()) >= _SIMILAR:
        return True
    # A person's shadow lies still at the feet for as long as the person stands.
    margin = (boxes[:, 3] - boxes[:, 1]) * np.where(of_classes(tracks, VEHICLES)[known], 0.0, _AT_FEET)
    low = np.maximum(boxes[:, :2] - np.column_stack((margin, margin)), box[:, :2])
    high = np.minimum(boxes[:, 2:] + np.column_stack((margin, margin)), box[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    return bool((shared >= _COVERED * np.prod(box[0, 2:] - box[0, :2])).any())
