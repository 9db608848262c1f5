"""stopped_vehicle: a motor vehicle stands on the carriageway."""

from edge.rules.place_rule import ZoneOccupancy


class StoppedVehicleRule(ZoneOccupancy):
    """Opens when a motor vehicle stands ``dwell_s``; closes when it is gone or drives on."""
