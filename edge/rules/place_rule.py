"""What every place rule is, and the machinery that rules about a zone share."""

import hashlib
import json
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from edge.config import Zone
from edge.rule_config import StandingRule, ZoneRule
from edge.rules.episode import Episode, EpisodeState, Reading, Times
from edge.rules.ground_plan import Footing, GroundPlan, Mask
from edge.rules.scene import Scene, Transition
from edge.rules.stays import NOBODY, Stay, Stays, Visitors
from edge.vision.keepsake import Keepsake
from messages import Kind

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
        view: What the camera usually shows, for the rule that watches it: no picture.
    """

    episode: EpisodeState
    stays: tuple[Stay, ...] = ()
    view: Keepsake | None = None


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

    def rest(self, now: float) -> list[Transition]:
        """One look at which the rule is off: its condition does not hold."""
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
        rule: The rule's parameters; for a `StandingRule` objects must stand, else being inside is enough.
        zone: The zone.
        plan: The camera's zones on the ground, shared by its rules; of this zone alone when None.
    """

    def __init__(self, rule: ZoneRule, zone: Zone, plan: GroundPlan | None = None) -> None:
        still = rule.still_fraction if isinstance(rule, StandingRule) else None
        self.kind = rule.kind
        self.zone = zone.id
        self.version = version_of(rule.kind, rule.model_dump(mode="json"), zone.polygon)
        self._classes = rule.classes
        self._plan = plan or GroundPlan([zone])
        gap_s = MOVING_GAP_S if still is None else STANDING_GAP_S
        self._stays = Stays(dwell_s=rule.dwell_s, gap_s=gap_s, still=still)
        # An object's dwell time is counted by its stay, so the episode itself has none.
        times = Times(clear_s=rule.clear_s, rejoin_s=rule.rejoin_s, update_s=rule.update_s)
        self._episode = Episode(rule.kind, zone.id, times)

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One look at the camera: the episode's transitions that it causes."""
        footing = self._plan.footing(scene)
        visitors = visitors_of(footing, self.zone, self.wanted(footing, now))
        return self._episode.observe(_reading(self._stays.observe(visitors, now)), now)

    def wanted(self, footing: Footing, now: float) -> Mask:
        """Which tracks matter if they are in the zone: N bool. A rule may be choosier than its classes."""
        del now
        return footing.seen_of(self._classes)

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


def visitors_of(footing: Footing, zone: str, wanted: Mask) -> Visitors:
    """The wanted tracks whose ground point is in the zone or near its border."""
    count = int(np.count_nonzero(wanted))
    if not count:
        return NOBODY
    every, is_wanted = footing.rows(), wanted.tolist()
    here = [row for row in footing.near_rows(zone) if is_wanted[row]]
    within = footing.within[zone].tolist()
    there = set(here) if len(here) < count else None
    return Visitors(
        ids=[every.ids[row] for row in here],
        boxes=[every.boxes[row] for row in here],
        scores=[every.scores[row] for row in here],
        born=[every.born[row] for row in here],
        within=[within[row] for row in here],
        elsewhere=[]
        if there is None
        else [every.ids[row] for row in np.flatnonzero(wanted).tolist() if row not in there],
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
