"""A rule that is on during some hours only."""

from edge.rules.place_rule import PlaceRule, RuleState, version_of
from edge.rules.scene import Scene, Transition
from messages import Kind
from placewatch.hours import Hours


class Scheduled:
    """Passes looks on to a rule during its hours; outside them the rule rests, which closes an episode.

    Args:
        rule: The rule.
        hours: When it is on.
    """

    def __init__(self, rule: PlaceRule, hours: Hours) -> None:
        self.kind: Kind = rule.kind
        self.zone = rule.zone
        self.version = version_of(rule.kind, rule.version, hours.timezone.key, sorted(hours.holidays))
        self._rule = rule
        self._hours = hours

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One look at the camera."""
        return self._rule.observe(scene, now) if self._hours.contains(now) else self._rule.rest(now)

    def rest(self, now: float) -> list[Transition]:
        """One look at which the rule is off."""
        return self._rule.rest(now)

    def state(self) -> RuleState:
        """What is remembered now."""
        return self._rule.state()

    def restore(self, state: RuleState) -> None:
        """Go on from what was remembered."""
        self._rule.restore(state)
