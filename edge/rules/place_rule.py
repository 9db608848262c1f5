"""What every place rule is, and the machinery that rules about a zone share."""

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from edge.config import Zone, ZoneRule
from edge.rules.episode import Episode, EpisodeState, Reading, Times
from edge.rules.geometry import distance, ground_points, heights, inside, normalise
from edge.rules.scene import Scene, Transition
from edge.rules.stays import Stay, Stays, Visitors
from messages import Kind

LEAVE = 0.15
"""An object inside has left when its ground point is this many box heights beyond the border."""

MOVING_GAP_S = 2.0
"""How long an object that may move is remembered unseen."""

STANDING_GAP_S = 10.0
"""How long an object that stands is remembered unseen: a truck may wait in front of it."""


@dataclass(frozen=True, slots=True)
class RuleState:
    """What a rule remembers: a plain value that can be written to disk.

    Attributes:
        episode: The episode's state.
        stays: Objects in the zone.
    """

    episode: EpisodeState
    stays: tuple[Stay, ...] = ()


class PlaceRule(Protocol):
    """One kind at one zone; pure: what it says follows from its parameters and the looks it was shown."""

    @property
    def kind(self) -> Kind:
        """What it raises."""
        ...

    @property
    def zone(self) -> str:
        """Zone id."""
        ...

    @property
    def version(self) -> str:
        """Short hash of all parameters."""
        ...

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One look at the camera: the episode's transitions that it causes."""
        ...

    def state(self) -> RuleState:
        """What is remembered now."""
        ...

    def restore(self, state: RuleState) -> None:
        """Go on from what was remembered."""
        ...


def version_of(kind: Kind, *parameters: object) -> str:
    """Twelve hexadecimal digits that change when any parameter does."""
    text = json.dumps([kind, *parameters], sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class ZoneOccupancy:
    """An episode about objects of some classes that are, or stand, in a zone.

    Args:
        rule: The rule's parameters.
        zone: The zone.
        classes: COCO indices of the objects that matter.
        still: Largest shift that still is standing, in box heights; None when being inside is enough.
        version: Short hash of all parameters.
    """

    def __init__(
        self,
        rule: ZoneRule,
        zone: Zone,
        classes: frozenset[int],
        *,
        kind: Kind,
        still: float | None = None,
        version: str = "",
    ) -> None:
        self.kind = kind
        self.zone = zone.id
        self.version = version or version_of(kind, rule.model_dump(mode="json"), zone.polygon)
        self._classes = np.array(sorted(classes), np.int32)
        self._polygon = np.array(zone.polygon, np.float64)
        gap_s = MOVING_GAP_S if still is None else STANDING_GAP_S
        self._stays = Stays(dwell_s=rule.dwell_s, gap_s=gap_s, still=still)
        # An object's dwell time is counted by its stay, so the episode itself has none.
        times = Times(clear_s=rule.clear_s, rejoin_s=rule.rejoin_s, update_s=rule.update_s)
        self._episode = Episode(kind, zone.id, times)

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One look at the camera: the episode's transitions that it causes."""
        dwelled = self._stays.observe(self._visitors(scene), now)
        return self._episode.observe(_reading(dwelled), now)

    def rest(self, now: float) -> list[Transition]:
        """One look at which the rule is off: nothing is in the zone as far as it is concerned."""
        self._stays.clear()
        return self._episode.observe(Reading(), now)

    def state(self) -> RuleState:
        """What is remembered now."""
        return RuleState(self._episode.state, self._stays.all)

    def restore(self, state: RuleState) -> None:
        """Go on from what was remembered."""
        self._episode.state = state.episode
        self._stays.restore(state.stays, state.episode.looked)

    def _visitors(self, scene: Scene) -> Visitors:
        """The seen objects of the rule's classes whose ground point is in the zone or near its border."""
        tracks = scene.tracks
        wanted = np.flatnonzero(tracks.seen & np.isin(tracks.classes, self._classes))
        boxes = tracks.boxes[wanted]
        points = normalise(ground_points(boxes), scene.size)
        within = inside(points, self._polygon)
        keep = within.copy()
        outside = np.flatnonzero(~within)
        if len(outside):
            size = np.array(scene.size, np.float64)
            margin = distance(points[outside] * size, self._polygon * size)
            keep[outside] = margin <= LEAVE * heights(boxes[outside])
        chosen = wanted[keep]
        return Visitors(
            ids=tracks.ids[chosen],
            boxes=tracks.boxes[chosen],
            scores=tracks.scores[chosen],
            born=tracks.born[chosen],
            within=within[keep],
            elsewhere=tracks.ids[wanted[~keep]],
        )


def _reading(stays: list[Stay]) -> Reading:
    if not stays:
        return Reading()
    return Reading(
        active=True,
        count=len(stays),
        confidence=max(stay.score for stay in stays),
        since=min(stay.since for stay in stays),
        boxes=np.array([stay.box for stay in stays], np.float32),
    )
