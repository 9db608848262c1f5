"""pedestrian_on_carriageway: a person who is not riding is on the carriageway."""

import numpy as np

from edge.config import Zone
from edge.detect.coco import CYCLES, MOTOR_VEHICLES
from edge.rule_config import ZoneRule
from edge.rules.ground_plan import Footing, GroundPlan, Mask
from edge.rules.place_rule import ZoneOccupancy
from edge.rules.riding import occupants, riders

RIDING_S = 5.0
"""Who was seen riding is taken to ride this long: a cycle is found less often than its rider."""

_CARS = MOTOR_VEHICLES - CYCLES


class PedestrianOnCarriagewayRule(ZoneOccupancy):
    """Opens when a person on foot has been ``dwell_s`` on the carriageway; closes when nobody is."""

    def __init__(self, rule: ZoneRule, zone: Zone, plan: GroundPlan | None = None) -> None:
        super().__init__(rule, zone, plan)
        self._riding: dict[int, float] = {}

    def wanted(self, footing: Footing, now: float) -> Mask:
        """Persons of this look who neither ride nor sit in a vehicle."""
        persons = super().wanted(footing, now).copy()
        there = np.flatnonzero(persons & footing.near[self.zone])
        tracks = footing.tracks
        if not len(there):
            return persons
        # A cycle or car that is hidden in this very look still carries whom it carried.
        boxes, ids = tracks.boxes[there], tracks.ids[there].tolist()
        carried = riders(boxes, tracks.boxes[footing.of(CYCLES)])
        seated = occupants(boxes, tracks.boxes[footing.of(_CARS)])
        self._remember(ids, (carried | seated).tolist(), now)
        persons[there] = [track not in self._riding for track in ids]
        return persons

    def _remember(self, ids: list[int], carried: list[bool], now: float) -> None:
        for track, rides in zip(ids, carried, strict=True):
            if rides:
                self._riding[track] = now
        old = [track for track, seen in self._riding.items() if not -RIDING_S <= now - seen <= RIDING_S]
        for track in old:
            del self._riding[track]
