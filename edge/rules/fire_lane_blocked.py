"""fire_lane_blocked: a motor vehicle stands in a fire lane."""

from edge.rules.place_rule import ZoneOccupancy


class FireLaneBlockedRule(ZoneOccupancy):
    """Opens when a motor vehicle stands ``dwell_s`` in the lane; closes when it is clear ``clear_s``."""
