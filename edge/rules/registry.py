"""From a camera's configuration to its rules."""

from zoneinfo import ZoneInfo

from edge.config import Camera, NoStopping, PerimeterIntrusion, Rule, Zone
from edge.rules.no_stopping import NoStoppingRule
from edge.rules.perimeter_intrusion import PerimeterIntrusionRule
from edge.rules.place_rule import PlaceRule


def build_rule(rule: Rule, zone: Zone, timezone: ZoneInfo) -> PlaceRule:
    """The rule that a configuration entry asks for."""
    match rule:
        case PerimeterIntrusion():
            return PerimeterIntrusionRule(rule, zone, timezone)
        case NoStopping():
            return NoStoppingRule(rule, zone)


def build_rules(camera: Camera, timezone: ZoneInfo) -> list[PlaceRule]:
    """The rules of one camera, in the order of its configuration."""
    zones = {zone.id: zone for zone in camera.zones}
    return [build_rule(rule, zones[rule.zone], timezone) for rule in camera.rules]
