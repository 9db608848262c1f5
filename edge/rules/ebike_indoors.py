"""ebike_indoors: a bicycle, e-bike or motorcycle is inside a building."""

from edge.rules.place_rule import ZoneOccupancy


class EbikeIndoorsRule(ZoneOccupancy):
    """Opens when a cycle has been ``dwell_s`` in the indoor zone; closes when none is there any more."""
