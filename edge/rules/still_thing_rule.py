"""The machinery of rules about things without a class."""

import numpy as np

from edge.config import Zone
from edge.rule_config import StillThingRule
from edge.rules.episode import Episode, Reading, Times
from edge.rules.place_rule import RuleState, version_of
from edge.rules.scene import Scene, Transition
from edge.rules.still_search import StillSearch
from edge.rules.things import Thing, ThingsInZone

CONFIDENCE = 0.8
"""Of a thing that no detector scored."""


class StillThingsRule:
    """An episode about still things in a zone that have been there, and unattended, long enough.

    Args:
        rule: Parameters.
        zone: The zone.
        away: Farther than this many of their heights persons are away.
        away_s: So long a thing must have been unattended; None when it does not matter who is near.
        search: The camera's one search, shared by its rules; of this zone alone when None.
    """

    def __init__(
        self,
        rule: StillThingRule,
        zone: Zone,
        *,
        away: float,
        away_s: float | None,
        search: StillSearch | None = None,
    ) -> None:
        self.kind = rule.kind
        self.zone = zone.id
        self.version = version_of(rule.kind, rule.model_dump(mode="json"), zone.polygon)
        self._dwell_s = rule.dwell_s
        self._away_s = away_s
        self._things = ThingsInZone(rule, zone, away, search)
        times = Times(clear_s=rule.clear_s, rejoin_s=rule.rejoin_s, update_s=rule.update_s)
        self._episode = Episode(rule.kind, zone.id, times)

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One look at the camera; without `Scene.view` nothing can be said."""
        if scene.view is None:
            return []
        things = self._things.observe(scene, scene.view, now)
        for thing in things:
            thing.raised = thing.raised or self._counts(thing, now)
        return self._episode.observe(_reading([thing for thing in things if thing.raised]), now)

    def rest(self, now: float) -> list[Transition]:
        """One look at which the rule is off."""
        self._things.clear()
        return self._episode.observe(Reading(), now)

    def state(self) -> RuleState:
        """What is remembered across restarts: the episode, no picture."""
        return RuleState(self._episode.state)

    def restore(self, state: RuleState) -> None:
        """Go on from what was remembered."""
        self._episode.state = state.episode

    def _counts(self, thing: Thing, now: float) -> bool:
        lasted = now - thing.since >= self._dwell_s and now >= thing.veto
        return lasted and (self._away_s is None or now - thing.attended >= self._away_s)


def _reading(things: list[Thing]) -> Reading:
    if not things:
        return Reading()
    return Reading(
        active=True,
        count=len(things),
        confidence=CONFIDENCE,
        since=min(thing.since for thing in things),
        boxes=np.concatenate([thing.box for thing in things]),
    )
