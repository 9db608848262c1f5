"""no_stopping: a motor vehicle stands where it may not."""

from edge.rules.place_rule import ZoneOccupancy


class NoStoppingRule(ZoneOccupancy):
    """Opens when a car, bus, truck or motorcycle stands ``dwell_s`` in the zone; closes when it is gone."""
