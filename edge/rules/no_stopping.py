"""no_stopping: a motor vehicle stands in the zone."""

from edge.config import NoStopping, Zone
from edge.detect.coco import MOTOR_VEHICLES
from edge.rules.place_rule import ZoneOccupancy
from messages import Kind


class NoStoppingRule(ZoneOccupancy):
    """Opens when a car, bus, truck or motorcycle stands ``dwell_s`` in the zone; closes when it is gone.

    Args:
        rule: Parameters.
        zone: The zone.
    """

    def __init__(self, rule: NoStopping, zone: Zone) -> None:
        super().__init__(rule, zone, MOTOR_VEHICLES, kind=Kind.NO_STOPPING, still=rule.still_fraction)
