"""The box's configuration: which cameras, which places, which zones, which rules."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from edge.calibration_file import CalibrationFile
from edge.config_links import problems_between
from edge.config_shapes import GroundPoint, Line, Name, NuisanceArea, Point, Zone, check_name
from edge.place_defaults import RuleTable, load_rule_table, rules_of_class
from edge.rule_config import (
    CrowdDensity,
    EbikeIndoors,
    ExitBlocked,
    FireLaneBlocked,
    LineCrossing,
    NoStopping,
    PedestrianOnCarriageway,
    PerimeterIntrusion,
    Rule,
    StoppedVehicle,
    WaterEdge,
    WrongWay,
    ZoneRule,
)
from messages import PlaceClass
from placewatch.config import Document, Settings, load, read, validate_with
from placewatch.tls import Tls, beside

__all__ = [
    "BoxConfig",
    "Broker",
    "Camera",
    "CrowdDensity",
    "Decode",
    "Detector",
    "EbikeIndoors",
    "ExitBlocked",
    "FireLaneBlocked",
    "Gate",
    "GroundPoint",
    "Line",
    "LineCrossing",
    "Managed",
    "Name",
    "NoStopping",
    "NuisanceArea",
    "PedestrianOnCarriageway",
    "PerimeterIntrusion",
    "Place",
    "Point",
    "Rule",
    "Spool",
    "StoppedVehicle",
    "WaterEdge",
    "WrongWay",
    "Zone",
    "ZoneRule",
    "box_of",
    "load_as_written",
    "load_box",
]


class Broker(Settings):
    """The MQTT broker."""

    host: str = "127.0.0.1"
    """Host name or address."""
    port: int = Field(1883, ge=1, le=65535)
    """TCP port."""
    username: str | None = None
    """User, if the broker asks for one."""
    password: str | None = Field(None, repr=False)
    """Password; write ${NAME} to take it from the environment."""
    keepalive_s: int = Field(30, ge=5, le=3600)
    """MQTT keep-alive."""
    tls: Tls | None = None
    """Certificates, for a broker that asks for them; ``placewatch box enrol`` makes them."""


class Spool(Settings):
    """The durable queue of alerts that wait for central's receipt."""

    path: Path = Path("spool.sqlite")
    """SQLite file; relative to the configuration file."""
    max_bytes: int = Field(256 * 1024 * 1024, ge=1024 * 1024)
    """Bound on stored payloads: pictures go first, then updates, then the oldest."""
    max_age_s: float = Field(7 * 86400.0, gt=0)
    """Alerts older than this are given up, and counted."""


class Detector(Settings):
    """The object detector that all cameras share."""

    model: str = "nanodet_m_416"
    """Name in models/manifest.toml."""
    input_size: int = Field(416, ge=160, le=1280, multiple_of=32)
    """Square input, pixels."""
    score: float = Field(0.35, gt=0, lt=1)
    """Least score of a detection."""
    fps: float = Field(5.0, ge=0.5, le=30)
    """Looks per second and camera while it is awake; a camera may say otherwise."""
    floor_fps: float = Field(0.5, gt=0, le=30)
    """When the box has more to do than it can, all cameras are looked at less often, in proportion, and none
    less often than this while another is looked at more often."""
    providers: tuple[Literal["cpu", "openvino", "cuda", "tensorrt", "cann", "coreml", "rocm"], ...] = ("cpu",)
    """onnxruntime providers in order of preference."""
    threads: int = Field(1, ge=1, le=64)
    """Threads of one inference."""
    looks: Literal["regions", "full"] = "regions"
    """`regions`: what moved in all cameras shares inferences. `full`: every look shows one whole picture,
    decoded in full quality, as plain pipelines do; several times the cost, meant for comparisons."""


class Decode(Settings):
    """What decodes the cameras' video."""

    hardware: Literal["none", "vaapi", "cuda", "qsv", "drm", "amf", "videotoolbox"] = "none"
    """Decoder in hardware. Where it is missing or does not know a camera's codec, software decodes, and log
    and health say why."""
    device: str | None = None
    """Which one, such as /dev/dri/renderD128 or a CUDA index; the first unless given."""


class Gate(Settings):
    """When a camera may rest: then keyframes alone are decoded, until something moves."""

    calm_s: float = Field(1.0, ge=0.5, le=600)
    """Seconds without anything to see after which a camera rests."""
    max_quiet_gap_s: float = Field(2.5, ge=0.2, le=60)
    """Longest time between keyframes, in seconds, at which a camera may rest; one with rarer keyframes
    stays awake, and its health says why. What comes and goes between two keyframes is not seen at rest."""


class Clips(Settings):
    """Evidence clips: what happened before and after an alert was opened, redacted picture by picture."""

    make: bool = True
    """Whether clips are made; stills are always."""
    before_s: float = Field(5.0, ge=0, le=15)
    """Seconds before the opening."""
    after_s: float = Field(5.0, ge=1, le=15)
    """Seconds after it."""
    fps: float = Field(12.5, ge=1, le=30)
    """Most pictures a second."""
    max_side: int = Field(1280, ge=320, le=1920)
    """Most pixels of the longer side."""
    share: float = Field(0.5, gt=0, le=1)
    """Most of one core's time that making clips may take; what exceeds it waits, then is left out."""
    max_bytes: int = Field(64 * 1024 * 1024, ge=16 * 1024 * 1024)
    """Bound on clips that wait for central; they never displace alerts."""


class Snapshots(Settings):
    """Redacted pictures that the centre asks for."""

    per_s: float = Field(2.0, gt=0, le=20)
    """Most pictures a second of the whole box, on average; what exceeds it is refused, and says so."""
    burst: int = Field(8, ge=1, le=64)
    """Most at once."""
    max_side: int = Field(960, ge=320, le=1920)
    """Most pixels of the longer side."""


class Managed(Settings):
    """What the centre may send: configuration and updates, signed by the key of the enrolment."""

    model_config = ConfigDict(validate_default=True)  # the default folders lie beside the file too

    folder: Path = Path("managed")
    """Where what it sent is kept; relative to this file."""
    identity: Path = Path("identity")
    """Where ``placewatch box enrol`` put certificate and keys; relative to this file."""
    probation_s: float = Field(600.0, ge=1, le=86400)
    """A new configuration is watched so long, and taken back when the box fares worse under it."""
    patience_s: float = Field(60.0, ge=0.5, le=3600)
    """What is worse must last so long; with health every 30 s not less than that."""

    @field_validator("folder", "identity")
    @classmethod
    def _path(cls, path: Path, info: ValidationInfo) -> Path:
        return beside(info, path)


class Place(Settings):
    """A place that cameras of this box watch."""

    id: Name
    """Place id, as central's city file names it."""
    place_class: PlaceClass = Field(alias="class")
    """One of the twelve classes of key areas."""

    _check = field_validator("id")(check_name)


class Camera(Settings):
    """One camera."""

    id: Name
    """Unique within the box."""
    url: str = Field(repr=False)
    """rtsp://… (credentials as ${NAME}), or a file for replay."""
    place: Name
    """Id of one of `places`."""
    zones: tuple[Zone, ...] = ()
    """Zones of the picture."""
    lines: tuple[Line, ...] = ()
    """Lines across the picture."""
    ground: Annotated[tuple[GroundPoint, ...], Field(min_length=4, max_length=16)] | None = None
    """Four points (or more) of the picture with their places on the ground: gives zones their area."""
    nuisance: tuple[NuisanceArea, ...] = ()
    """Places that must not wake it; `placewatch edge calibrate` finds them."""
    rules: tuple[Rule, ...] = ()
    """What to watch for."""
    transport: Literal["tcp", "udp"] = "tcp"
    """RTSP transport."""
    fps: Annotated[float, Field(ge=0.5, le=30)] | None = None
    """Looks per second while it is awake; as `detector.fps` unless given."""
    gate: bool = True
    """Whether it may rest while nothing moves; `false` for a camera that turns (PTZ)."""
    stall_s: float = Field(10.0, ge=1, le=300)
    """Without a new picture for this long the stream is reopened."""

    _check = field_validator("id")(check_name)

    def drawn(self) -> list[tuple[str, tuple[Point, ...]]]:
        """Id and points of every zone and line, as they are drawn on its picture."""
        zones = [(zone.id, zone.polygon) for zone in self.zones]
        return [*zones, *((line.id, line.points) for line in self.lines)]

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme in {"rtsp", "rtsps"} and not parts.hostname:
            msg = "no host in the camera's address | write rtsp://user:${PASSWORD}@host:554/path"
            raise ValueError(msg)
        if parts.scheme not in {"rtsp", "rtsps", "file", ""}:
            msg = f"{parts.scheme}:// is not read here | use rtsp://, rtsps:// or a file"
            raise ValueError(msg)
        return url


class BoxConfig(Settings):
    """One box: the whole configuration of an edge worker."""

    site: Name
    """Site id: the first level of the box's topics."""
    box: Name
    """Box id, unique within the site."""
    timezone: str = "Asia/Shanghai"
    """IANA zone in which hours of rules are meant."""
    holidays: tuple[date, ...] = ()
    """Days that count as `holiday` in the hours of rules, such as 2026-10-01."""
    broker: Broker = Broker()
    """Where alerts go."""
    spool: Spool = Spool()
    """Where alerts wait."""
    detector: Detector = Detector()
    """What sees."""
    decode: Decode = Decode()
    """What decodes."""
    gate: Gate = Gate()
    """When cameras may rest."""
    workers: int = Field(1, ge=1, le=64)
    """Processes that share the cameras, each with a detector of its own; 1 keeps everything in one process.
    More pay on machines with many cores, about one for every four. To the centre it is still one box."""
    clips: Clips = Clips()
    """Evidence clips."""
    snapshots: Snapshots = Snapshots()
    """Pictures on demand."""
    health_s: float = Field(30.0, ge=1, le=3600)
    """Seconds between health messages."""
    status_port: int | None = Field(None, ge=0, le=65535)
    """Port on 127.0.0.1 for Prometheus (`/metrics`) and `placewatch edge status`; none unless given."""
    rule_table: Path | None = None
    """Default rules of each class of places (relative to this file); the shipped ones unless given."""
    calibration: Path | None = None
    """What `placewatch edge calibrate` wrote (relative to this file): more nuisance of its cameras."""
    managed: Managed | None = None
    """What the centre may send; none unless given: then this file is all."""
    places: tuple[Place, ...] = ()
    """Places that the cameras watch."""
    cameras: tuple[Camera, ...] = ()
    """The cameras; a managed box may wait for them."""

    _check = field_validator("site", "box")(check_name)

    @field_validator("timezone")
    @classmethod
    def _zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            msg = f"{name!r} is not a time zone | use an IANA name such as Asia/Shanghai"
            raise ValueError(msg) from error
        return name

    def place_of(self, camera: Camera) -> Place:
        """The place that ``camera`` watches."""
        return next(place for place in self.places if place.id == camera.place)


def load_box(path: Path, *, env: Mapping[str, str] | None = None) -> BoxConfig:
    """Read a box's configuration, with every cross-reference between cameras, places and zones checked.

    Cameras get the rules of their place's class where they do not say (see `edge.place_defaults`).

    Args:
        path: The YAML file.
        env: Where ``${NAME}`` comes from; the process's environment unless given.

    Raises:
        ConfigError: With every problem found, each with its line, key and fix.
    """
    return box_of(read(path, env=env), path.parent, env=env)


def box_of(document: Document, folder: Path, *, env: Mapping[str, str] | None = None) -> BoxConfig:
    """As `load_box`, of a document that was read already.

    Args:
        document: The configuration.
        folder: What its paths are relative to.
        env: Where ``${NAME}`` comes from in the files that it names.

    Raises:
        ConfigError: As `load_box`.
    """
    box = validate_with(document, BoxConfig, problems_between)
    table = load_rule_table(None if box.rule_table is None else folder / box.rule_table)
    cameras = tuple(_with_rules_of_class(box, camera, table) for camera in box.cameras)
    if box.calibration is not None:
        learned = load(folder / box.calibration, CalibrationFile, env=env)
        cameras = tuple(_with_nuisance(camera, learned) for camera in cameras)
    return box.model_copy(update={"cameras": cameras})


def load_as_written(path: Path, *, env: Mapping[str, str] | None = None) -> BoxConfig:
    """As `load_box`, without the rules that cameras get by the class of their place."""
    return validate_with(read(path, env=env), BoxConfig, problems_between)


def _with_nuisance(camera: Camera, learned: CalibrationFile) -> Camera:
    return camera.model_copy(update={"nuisance": camera.nuisance + learned.areas(camera.id)})


def _with_rules_of_class(box: BoxConfig, camera: Camera, table: RuleTable) -> Camera:
    place_class = box.place_of(camera).place_class
    more = rules_of_class(
        camera.rules, camera.zones, camera.lines, place_class, table, calibrated=camera.ground is not None
    )
    return camera.model_copy(update={"rules": camera.rules + more})
