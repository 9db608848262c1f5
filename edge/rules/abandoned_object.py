"""abandoned_object: a thing that was not there before stays, and its owner is away."""

from edge.config import Zone
from edge.rule_config import AbandonedObject
from edge.rules.still_search import StillSearch
from edge.rules.still_thing_rule import StillThingsRule


class AbandonedObjectRule(StillThingsRule):
    """Opens when a thing has stayed ``dwell_s`` and been unattended ``away_s``; closes when it is gone.

    Args:
        rule: Parameters.
        zone: The zone.
        search: The camera's one search, shared by its rules; of this zone alone when None.
    """

    def __init__(self, rule: AbandonedObject, zone: Zone, search: StillSearch | None = None) -> None:
        super().__init__(rule, zone, away=rule.away, away_s=rule.away_s, search=search)
