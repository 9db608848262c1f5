"""The closed vocabularies of the contract (names only; what they mean to a city is configuration)."""

from enum import StrEnum


class Kind(StrEnum):
    """What an edge rule can raise about a zone of a place."""

    FIRE_LANE_BLOCKED = "fire_lane_blocked"
    EXIT_BLOCKED = "exit_blocked"
    NO_STOPPING = "no_stopping"
    STOPPED_VEHICLE = "stopped_vehicle"
    EBIKE_INDOORS = "ebike_indoors"
    PERIMETER_INTRUSION = "perimeter_intrusion"
    LINE_CROSSING = "line_crossing"
    WRONG_WAY = "wrong_way"
    WATER_EDGE = "water_edge"
    PEDESTRIAN_ON_CARRIAGEWAY = "pedestrian_on_carriageway"
    CROWD_DENSITY = "crowd_density"
    ABANDONED_OBJECT = "abandoned_object"
    ROAD_OBSTACLE = "road_obstacle"
    CAMERA_HEALTH = "camera_health"


class Fault(StrEnum):
    """What is wrong with a camera, for the kind ``camera_health``."""

    OFFLINE = "offline"
    FROZEN = "frozen"
    COVERED = "covered"
    DARK = "dark"
    DEFOCUSED = "defocused"
    MOVED = "moved"
    CLOCK_DRIFT = "clock_drift"


class PlaceClass(StrEnum):
    """The twelve classes of key areas."""

    TRANSPORT_HUB = "transport_hub"
    SCHOOL = "school"
    MALL = "mall"
    PUBLIC_OFFICE = "public_office"
    HOSPITAL = "hospital"
    PARK = "park"
    VENUE = "venue"
    ROAD = "road"
    SERVICE_AREA = "service_area"
    RESIDENTIAL = "residential"
    UTILITY = "utility"
    HAZARD_SITE = "hazard_site"


class Phase(StrEnum):
    """Where an episode stands."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"
