"""water_edge: a person is in a hazard zone at the water."""

from edge.rules.place_rule import ZoneOccupancy


class WaterEdgeRule(ZoneOccupancy):
    """Opens when a person has been ``dwell_s`` in the zone; closes when nobody is there any more."""
