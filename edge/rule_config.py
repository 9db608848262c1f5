"""Parameters of every rule: types from which validation, ``config check`` and docs/rules.md are made."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from edge.config_shapes import Name, Unit
from edge.detect.coco import COCO, CYCLES, MOTOR_VEHICLES, PERSON, VEHICLES
from messages import Fault, Kind
from placewatch.config import Settings
from placewatch.hours import check_spans

Seconds = Annotated[float, Field(ge=0, le=86400), Unit("s")]
Standing = Annotated[Seconds, Field(ge=2)]

LARGE_OBJECTS = frozenset(
    COCO.index(name)
    for name in ("bench", "chair", "couch", "potted plant", "bed", "dining table", "suitcase", "refrigerator")
)
"""What a COCO detector knows of the things that are left in the way out."""

_GROUPS = {"person": PERSON, "cycle": CYCLES, "vehicle": MOTOR_VEHICLES}

Objects = Annotated[tuple[Literal["person", "cycle", "vehicle"], ...], Field(min_length=1)]


def classes_of(objects: Objects) -> frozenset[int]:
    """COCO indices of the named groups."""
    return frozenset().union(*(_GROUPS[name] for name in objects))


class AnyRule(Settings):
    """What every rule has."""

    kind: Kind
    """What it raises."""
    hours: tuple[str, ...] = ()
    """When it is on, in the box's local time, such as "22:00-06:00" or "sat,sun,holiday 00:00-24:00"; none
    means always. A span that crosses midnight belongs to the day on which it begins."""
    rejoin_s: Seconds = 30.0
    """A repeat this soon after the close goes on with the same episode."""

    @field_validator("hours", "armed", check_fields=False)
    @classmethod
    def _spans(cls, spans: tuple[str, ...]) -> tuple[str, ...]:
        check_spans(spans)
        return spans

    @property
    def spans(self) -> tuple[str, ...]:
        """When it is on."""
        return self.hours

    @property
    def target(self) -> str:
        """Id of the zone or line that it is about: what alerts give as their zone."""
        raise NotImplementedError

    @property
    def classes(self) -> frozenset[int]:
        """COCO indices of the objects that matter."""
        raise NotImplementedError


class StateRule(AnyRule):
    """What rules about a state that lasts have."""

    update_s: Annotated[Seconds, Field(ge=1)] = 60.0
    """At most one update in this time while the episode is open."""


class ZoneRule(StateRule):
    """What every rule about objects in a zone has."""

    zone: Name
    """Zone id of this camera."""
    dwell_s: Seconds = 0.0
    """An object must be in the zone this long before the episode opens."""
    clear_s: Seconds = 5.0
    """The zone must be clear this long before the episode closes."""

    @property
    def target(self) -> str:
        """The zone."""
        return self.zone


class StandingRule(ZoneRule):
    """What every rule about objects that stand in a zone has."""

    dwell_s: Standing = 60.0
    """It must stand this long; in less than 2 s nothing can be told to stand."""
    still_fraction: Annotated[float, Field(gt=0, le=2), Unit("box heights")] = 0.25
    """What shifts by less than this since it came to a stand is standing."""


class PerimeterIntrusion(ZoneRule):
    """A person or motor vehicle is inside the zone during armed hours."""

    kind: Literal[Kind.PERIMETER_INTRUSION]
    armed: tuple[str, ...] = ()
    """Armed hours in the box's local time, such as "22:00-06:00"; another word for `hours`."""
    dwell_s: Seconds = 0.5
    """Time inside before it counts: one stray detection is not an intrusion."""

    @model_validator(mode="after")
    def _one_of(self) -> "PerimeterIntrusion":
        if self.armed and self.hours:
            msg = "'armed' and 'hours' mean the same | keep one"
            raise ValueError(msg)
        return self

    @property
    def spans(self) -> tuple[str, ...]:
        """When it is on."""
        return self.armed or self.hours

    @property
    def classes(self) -> frozenset[int]:
        """A parked bicycle is no intruder; who rides one is a person."""
        return PERSON | MOTOR_VEHICLES


class NoStopping(StandingRule):
    """A motor vehicle stands where it may not."""

    kind: Literal[Kind.NO_STOPPING]

    @property
    def classes(self) -> frozenset[int]:
        """Motor vehicles."""
        return MOTOR_VEHICLES


class StoppedVehicle(StandingRule):
    """A motor vehicle stands on the carriageway."""

    kind: Literal[Kind.STOPPED_VEHICLE]
    dwell_s: Standing = 15.0
    """It must stand this long; where there are traffic lights or queues, longer than they hold."""

    @property
    def classes(self) -> frozenset[int]:
        """Motor vehicles."""
        return MOTOR_VEHICLES


class FireLaneBlocked(StandingRule):
    """A motor vehicle stands in a fire lane (at a hospital: the ambulances' way)."""

    kind: Literal[Kind.FIRE_LANE_BLOCKED]
    clear_s: Seconds = 10.0
    """The lane must be clear this long before the episode closes."""

    @property
    def classes(self) -> frozenset[int]:
        """Motor vehicles."""
        return MOTOR_VEHICLES


class ExitBlocked(StandingRule):
    """A vehicle, a cycle or a large object stands in front of an evacuation exit."""

    kind: Literal[Kind.EXIT_BLOCKED]
    clear_s: Seconds = 10.0
    """The exit must be clear this long before the episode closes."""

    @property
    def classes(self) -> frozenset[int]:
        """Vehicles, cycles, and what the detector knows of furniture and luggage."""
        return VEHICLES | LARGE_OBJECTS


class EbikeIndoors(ZoneRule):
    """A bicycle, e-bike or motorcycle is inside a building."""

    kind: Literal[Kind.EBIKE_INDOORS]
    dwell_s: Seconds = 1.0
    """Time inside before it counts: one stray detection is no e-bike."""

    @property
    def classes(self) -> frozenset[int]:
        """Cycles: detectors do not tell an e-bike from a bicycle or a motorcycle."""
        return CYCLES


class WaterEdge(ZoneRule):
    """A person is in a hazard zone at the water."""

    kind: Literal[Kind.WATER_EDGE]
    dwell_s: Seconds = 2.0
    """Time in the zone before it counts."""

    @property
    def classes(self) -> frozenset[int]:
        """Persons."""
        return PERSON


class PedestrianOnCarriageway(ZoneRule):
    """A person who is not riding is on the carriageway."""

    kind: Literal[Kind.PEDESTRIAN_ON_CARRIAGEWAY]
    dwell_s: Seconds = 1.5
    """Time on the carriageway before it counts; longer where people cross quickly all day."""

    @property
    def classes(self) -> frozenset[int]:
        """Persons."""
        return PERSON


class MomentRule(AnyRule):
    """What every rule about a moment has: its episode opens and closes at once."""

    rejoin_s: Seconds = 2.0
    """What follows this soon belongs to the same episode: a group that passes together."""
    margin: Annotated[float, Field(ge=0, le=2), Unit("box heights")] = 0.2
    """At a line, hysteresis by distance: nearer to the line than this an object is on neither side."""
    settle_s: Annotated[Seconds, Field(le=10)] = 0.4
    """Hysteresis by time: an object must stay beyond the line, or go the wrong way, for this long."""


class LineCrossing(MomentRule):
    """Somebody or something crosses a line in its forbidden direction."""

    kind: Literal[Kind.LINE_CROSSING]
    line: Name
    """Line id of this camera; the line names the forbidden direction."""
    objects: Objects = ("person", "cycle", "vehicle")
    """Whose crossing counts."""

    @property
    def target(self) -> str:
        """The line."""
        return self.line

    @property
    def classes(self) -> frozenset[int]:
        """What `objects` names."""
        return classes_of(self.objects)


class WrongWay(MomentRule):
    """Something goes the wrong way: across a line, or within a zone against its arrow."""

    kind: Literal[Kind.WRONG_WAY]
    line: Name | None = None
    """Line id of this camera: crossing it in its forbidden direction is the wrong way ..."""
    zone: Name | None = None
    """... or zone id: going against the zone's `arrow` is."""
    objects: Objects = ("cycle", "vehicle")
    """Whose way counts; at escalators and one-way gates "person"."""
    travel: Annotated[float, Field(gt=0, le=20), Unit("box heights")] = 2.0
    """In a zone: how far something must go against the arrow."""
    angle_deg: Annotated[float, Field(gt=0, lt=90), Unit("degrees")] = 60.0
    """In a zone: how far its way may deviate from the exact opposite of the arrow."""

    @model_validator(mode="after")
    def _one_of(self) -> "WrongWay":
        if (self.line is None) == (self.zone is None):
            msg = "wrong_way is about a line or a zone | give either 'line:' or 'zone:'"
            raise ValueError(msg)
        return self

    @property
    def target(self) -> str:
        """The line or zone."""
        return self.line or self.zone or ""

    @property
    def classes(self) -> frozenset[int]:
        """What `objects` names."""
        return classes_of(self.objects)


class CrowdDensity(StateRule):
    """More persons are in the zone than it safely holds."""

    kind: Literal[Kind.CROWD_DENSITY]
    zone: Name
    """Zone id of this camera."""
    limit: Annotated[int, Field(ge=2, le=10000), Unit("persons")] | None = None
    """Most persons in the zone ..."""
    limit_per_m2: Annotated[float, Field(ge=0.01, le=8), Unit("persons/m2")] | None = None
    """... or most persons per square metre; needs the zone's ground area."""
    hysteresis: Annotated[float, Field(ge=0.3, lt=1)] = 0.85
    """Once over the limit, the zone counts as relieved below this fraction of it."""
    hold_s: Annotated[Seconds, Field(ge=1, le=3600)] = 10.0
    """The number must be over the limit this long to open, and relieved this long to close."""
    smooth_s: Annotated[Seconds, Field(le=60)] = 2.0
    """The number is the median over this time: a person hidden for a moment is still there."""

    @model_validator(mode="after")
    def _one_of(self) -> "CrowdDensity":
        if (self.limit is None) == (self.limit_per_m2 is None):
            msg = "crowd_density needs one limit | give either 'limit:' (persons) or 'limit_per_m2:'"
            raise ValueError(msg)
        return self

    @property
    def target(self) -> str:
        """The zone."""
        return self.zone

    @property
    def classes(self) -> frozenset[int]:
        """Persons."""
        return PERSON


class StillThingRule(ZoneRule):
    """What rules about things without a class have: what was not there before and stays."""

    least_size: Annotated[float, Field(ge=0.01, le=0.5), Unit("picture heights")] = 0.03
    """Things are at least this tall or wide (the root of their area)."""
    most_size: Annotated[float, Field(ge=0.05, le=1.0), Unit("picture heights")] = 0.5
    """Larger changes are light or another scene, not a thing."""

    @property
    def classes(self) -> frozenset[int]:
        """Persons and vehicles: they are not things, and who stays near a thing owns it."""
        return PERSON | VEHICLES


class AbandonedObject(StillThingRule):
    """A thing that was not there before stays, and nobody who might own it is near."""

    kind: Literal[Kind.ABANDONED_OBJECT]
    dwell_s: Annotated[Seconds, Field(ge=5)] = 20.0
    """It must have stayed this long."""
    away_s: Seconds = 20.0
    """Its owner must have been away this long."""
    away: Annotated[float, Field(gt=0, le=20), Unit("person heights")] = 2.0
    """Farther than this from it the owner is away."""


class RoadObstacle(StillThingRule):
    """A thing that is neither vehicle nor person lies on the carriageway."""

    kind: Literal[Kind.ROAD_OBSTACLE]
    dwell_s: Annotated[Seconds, Field(ge=5)] = 10.0
    """It must have lain this long."""


class CameraHealth(StateRule):
    """The camera is offline, or its picture is frozen, covered, dark, defocused or another view.

    Every camera has this rule; name it only to change its settings.
    """

    kind: Literal[Kind.CAMERA_HEALTH]
    hold_s: Annotated[Seconds, Field(ge=1, le=600)] = 4.0
    """A covered, dark, defocused or moved picture must last this long."""
    offline_s: Annotated[Seconds, Field(ge=2)] = 15.0
    """Without a picture for this long the camera is offline."""
    frozen_s: Annotated[Seconds, Field(ge=3, le=600)] = 6.0
    """A camera whose pictures always differ is frozen when they are the same for this long."""
    still_s: Annotated[Seconds, Field(ge=10)] = 60.0
    """One whose encoder repeats pictures anyway is frozen when nothing at all changes for this long."""
    clear_s: Seconds = 5.0
    """The picture must be well this long before the episode closes."""
    covered_share: Annotated[float, Field(ge=0.2, le=1)] = 0.6
    """This share of what the picture usually shows must be hidden."""
    sharpness: Annotated[float, Field(gt=0, lt=1)] = 0.4
    """Below this share of its usual sharpness the picture is defocused."""
    shift: Annotated[float, Field(ge=0.005, le=0.5), Unit("picture widths")] = 0.015
    """The view has moved when it shifted by this much and stays; what trembles comes back."""
    presets: Annotated[int, Field(ge=1, le=16)] = 1
    """Views that a turning camera (PTZ) is meant to show; each is learned when it is first seen."""
    accept_s: Annotated[Seconds, Field(ge=60)] = 600.0
    """A new view that stays this long is taken for the camera's own from then on."""
    drift: Annotated[float, Field(ge=0.0005, le=0.5)] = 0.01
    """A camera's clock that runs this much faster or slower than the box's is wrong."""
    ignore: tuple[Fault, ...] = ()
    """Faults that are not reported, such as [dark] for a hall that is unlit at night."""

    @property
    def target(self) -> str:
        """The view; each camera's own zone name is made of it and the camera's id."""
        return "view"

    @property
    def classes(self) -> frozenset[int]:
        """Persons and vehicles: they may fill the picture for a while."""
        return PERSON | VEHICLES


Rule = Annotated[
    PerimeterIntrusion
    | NoStopping
    | StoppedVehicle
    | FireLaneBlocked
    | ExitBlocked
    | EbikeIndoors
    | WaterEdge
    | PedestrianOnCarriageway
    | LineCrossing
    | WrongWay
    | CrowdDensity
    | AbandonedObject
    | RoadObstacle
    | CameraHealth,
    Field(discriminator="kind"),
]
