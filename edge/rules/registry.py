"""From a camera's configuration to its rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from edge.config import Camera, Line, Zone
from edge.rule_config import (
    AbandonedObject,
    CameraHealth,
    CrowdDensity,
    LineCrossing,
    RoadObstacle,
    Rule,
    StillThingRule,
    WrongWay,
    ZoneRule,
)
from edge.rules.abandoned_object import AbandonedObjectRule
from edge.rules.camera_health import CameraHealthRule
from edge.rules.crowd_density import CrowdDensityRule
from edge.rules.ebike_indoors import EbikeIndoorsRule
from edge.rules.exit_blocked import ExitBlockedRule
from edge.rules.fire_lane_blocked import FireLaneBlockedRule
from edge.rules.ground_area import area_m2, homography
from edge.rules.ground_plan import GroundPlan
from edge.rules.line_crossing import LineCrossingRule
from edge.rules.no_stopping import NoStoppingRule
from edge.rules.pedestrian_on_carriageway import PedestrianOnCarriagewayRule
from edge.rules.perimeter_intrusion import PerimeterIntrusionRule
from edge.rules.place_rule import PlaceRule, ZoneOccupancy
from edge.rules.road_obstacle import RoadObstacleRule
from edge.rules.scheduled import Scheduled
from edge.rules.still_search import StillSearch
from edge.rules.stopped_vehicle import StoppedVehicleRule
from edge.rules.water_edge import WaterEdgeRule
from edge.rules.wrong_way import WrongWayRule
from messages import Kind
from placewatch.hours import Hours


@dataclass(frozen=True, slots=True)
class Ground:
    """What a camera's rules are about.

    Attributes:
        camera: The camera.
        zones: Its zones by id.
        lines: Its lines by id.
        plan: Its zones on the ground, shared by its rules.
        search: Its search for still things, shared by its rules; None where none is about such.
    """

    camera: Camera
    zones: dict[str, Zone]
    lines: dict[str, Line]
    plan: GroundPlan
    search: StillSearch | None = None

    @classmethod
    def of(cls, camera: Camera) -> "Ground":
        """The camera's zones and lines."""
        zones = {zone.id: zone for zone in camera.zones}
        lines = {line.id: line for line in camera.lines}
        still = [(rule, zones[rule.zone]) for rule in camera.rules if isinstance(rule, StillThingRule)]
        return cls(camera, zones, lines, GroundPlan(camera.zones), StillSearch(still) if still else None)

    def area_m2(self, zone: Zone) -> float | None:
        """Ground area of a zone, square metres: as measured, else from the ground points, else None.

        Raises:
            ValueError: The ground points make no plane, or the zone reaches its horizon.
        """
        if zone.area_m2 is not None or self.camera.ground is None:
            return zone.area_m2
        return area_m2(zone.polygon, homography(self.camera.ground))


_IN_ZONES: Mapping[Kind, type[ZoneOccupancy]] = {
    Kind.PERIMETER_INTRUSION: PerimeterIntrusionRule,
    Kind.NO_STOPPING: NoStoppingRule,
    Kind.STOPPED_VEHICLE: StoppedVehicleRule,
    Kind.FIRE_LANE_BLOCKED: FireLaneBlockedRule,
    Kind.EXIT_BLOCKED: ExitBlockedRule,
    Kind.EBIKE_INDOORS: EbikeIndoorsRule,
    Kind.WATER_EDGE: WaterEdgeRule,
    Kind.PEDESTRIAN_ON_CARRIAGEWAY: PedestrianOnCarriagewayRule,
}


def build_rule(rule: Rule, ground: Ground) -> PlaceRule:
    """The rule that a configuration entry asks for, without its hours.

    Raises:
        ValueError: The camera lacks what the rule needs (`edge.config.load_box` has told it before).
    """
    match rule:
        case LineCrossing():
            return LineCrossingRule(rule, ground.lines[rule.line], ground.plan)
        case WrongWay():
            return _wrong_way(rule, ground)
        case CrowdDensity():
            zone = ground.zones[rule.zone]
            return CrowdDensityRule(rule, zone, ground.area_m2(zone), ground.plan)
        case AbandonedObject():
            return AbandonedObjectRule(rule, ground.zones[rule.zone], ground.search)
        case RoadObstacle():
            return RoadObstacleRule(rule, ground.zones[rule.zone], ground.search)
        case ZoneRule():
            return _IN_ZONES[rule.kind](rule, ground.zones[rule.zone], ground.plan)
        case _:
            msg = f"no rule raises {rule.kind}"
            raise ValueError(msg)


def _wrong_way(rule: WrongWay, ground: Ground) -> PlaceRule:
    if rule.line is not None:
        return LineCrossingRule(rule, ground.lines[rule.line], ground.plan)
    zone = ground.zones[rule.target]
    if zone.arrow is None:
        msg = f"zone {zone.id!r} has no arrow to go against"
        raise ValueError(msg)
    return WrongWayRule(rule, zone, zone.arrow, ground.plan)


def build_rules(camera: Camera, timezone: ZoneInfo, holidays: Iterable[date] = ()) -> list[PlaceRule]:
    """The rules of one camera, in the order of its configuration.

    Args:
        camera: The camera.
        timezone: Whose wall clock hours mean.
        holidays: Days that count as ``holiday`` in hours.
    """
    ground = Ground.of(camera)
    days = frozenset(holidays)
    rules: list[PlaceRule] = []
    for entry in camera.rules:
        if isinstance(entry, CameraHealth):
            continue  # see `build_health`: every camera has it, named or not
        rule = build_rule(entry, ground)
        rules.append(Scheduled(rule, Hours.parse(entry.spans, timezone, days)) if entry.spans else rule)
    return rules


def build_health(camera: Camera) -> CameraHealthRule:
    """The rule about the camera itself, with its own settings if the configuration names them."""
    own = (entry for entry in camera.rules if isinstance(entry, CameraHealth))
    return CameraHealthRule(next(own, CameraHealth(kind=Kind.CAMERA_HEALTH)), camera.id)
