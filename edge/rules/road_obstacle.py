"""road_obstacle: a thing that is neither vehicle nor person lies on the carriageway."""

from edge.config import Zone
from edge.rule_config import RoadObstacle
from edge.rules.still_search import StillSearch
from edge.rules.still_thing_rule import StillThingsRule


class RoadObstacleRule(StillThingsRule):
    """Opens when a thing has lain ``dwell_s`` on the carriageway, whoever is near; closes when it is gone.

    Args:
        rule: Parameters.
        zone: The carriageway.
        search: The camera's one search, shared by its rules; of this zone alone when None.
    """

    def __init__(self, rule: RoadObstacle, zone: Zone, search: StillSearch | None = None) -> None:
        super().__init__(rule, zone, away=2.0, away_s=None, search=search)
