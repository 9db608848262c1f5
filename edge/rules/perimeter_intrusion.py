"""perimeter_intrusion: a person or vehicle inside the zone during armed hours."""

from zoneinfo import ZoneInfo

from edge.config import PerimeterIntrusion, Zone
from edge.detect.coco import PERSON, VEHICLES
from edge.rules.hours import Hours
from edge.rules.place_rule import ZoneOccupancy, version_of
from edge.rules.scene import Scene, Transition
from messages import Kind


class PerimeterIntrusionRule(ZoneOccupancy):
    """Opens when a person or vehicle stays ``dwell_s`` inside while armed; closes when the zone is clear.

    Args:
        rule: Parameters.
        zone: The zone.
        timezone: Whose wall clock the armed hours mean.
    """

    def __init__(self, rule: PerimeterIntrusion, zone: Zone, timezone: ZoneInfo) -> None:
        version = version_of(rule.kind, rule.model_dump(mode="json"), zone.polygon, timezone.key)
        super().__init__(rule, zone, PERSON | VEHICLES, kind=Kind.PERIMETER_INTRUSION, version=version)
        self._armed = Hours.parse(rule.armed, timezone)

    def observe(self, scene: Scene, now: float) -> list[Transition]:
        """One look; outside the armed hours the zone counts as clear."""
        return super().observe(scene, now) if self._armed.contains(now) else self.rest(now)
