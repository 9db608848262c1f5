"""perimeter_intrusion: a person or motor vehicle is inside the zone during armed hours."""

from edge.rules.place_rule import ZoneOccupancy


class PerimeterIntrusionRule(ZoneOccupancy):
    """Opens when a person or motor vehicle has been ``dwell_s`` inside; closes when the zone is clear.

    Armed hours are kept by `edge.rules.scheduled.Scheduled`.
    """
