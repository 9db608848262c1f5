"""The box's configuration: which cameras, which places, which zones, which rules."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, field_validator
from shapely import Polygon
from shapely.validation import explain_validity

from edge.config_links import problems_between
from messages import Kind, PlaceClass
from placewatch.config import Settings, read, validate_with

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")


def _name(value: str) -> str:
    if not _NAME.match(value):
        msg = f"{value!r} is not a name | use 1 to 64 of A-Z a-z 0-9 _ . -, beginning with a letter or digit"
        raise ValueError(msg)
    return value


def _inside(point: tuple[float, float]) -> tuple[float, float]:
    x, y = point
    if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
        msg = f"point [{x:g}, {y:g}] lies outside the picture | coordinates are fractions from 0 to 1"
        raise ValueError(msg)
    return point


Name = Annotated[str, Field(min_length=1)]
Point = Annotated[tuple[float, float], AfterValidator(_inside)]
"""Normalised picture coordinates: x to the right, y down, (0, 0) top left, (1, 1) bottom right."""


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
    fps: float = Field(5.0, gt=0, le=30)
    """Looks per second and camera."""
    providers: tuple[Literal["cpu", "openvino", "cuda", "tensorrt", "cann", "coreml", "rocm"], ...] = ("cpu",)
    """onnxruntime providers in order of preference."""
    threads: int = Field(1, ge=1, le=64)
    """Threads of one inference."""


class Place(Settings):
    """A place that cameras of this box watch."""

    id: Name
    """Place id, as central's city file names it."""
    place_class: PlaceClass = Field(alias="class")
    """One of the twelve classes of key areas."""

    _check = field_validator("id")(_name)


class Zone(Settings):
    """An area of the picture."""

    id: Name
    """Unique within the place."""
    polygon: tuple[Point, ...]
    """Three or more corners, normalised: [[0.1, 0.5], [0.9, 0.5], [0.9, 1.0]]."""

    _check = field_validator("id")(_name)

    @field_validator("polygon")
    @classmethod
    def _sound(cls, points: tuple[Point, ...]) -> tuple[Point, ...]:
        if len(points) < 3:
            msg = f"a zone needs at least 3 points, this has {len(points)} | add corners in order"
            raise ValueError(msg)
        shape = Polygon(points)
        if not shape.is_valid or shape.area < 1e-6:
            why = explain_validity(shape) if not shape.is_valid else "it has no area"
            msg = f"not a simple polygon: {why} | give the corners in order, without crossing lines"
            raise ValueError(msg)
        return points


class ZoneRule(Settings):
    """What every rule about a zone has."""

    zone: Name
    """Zone id of this camera."""
    dwell_s: float = Field(0.0, ge=0, le=86400)
    """Seconds an object must stay before the episode opens."""
    clear_s: float = Field(5.0, ge=0, le=86400)
    """Seconds the zone must be clear before the episode closes."""
    rejoin_s: float = Field(30.0, ge=0, le=86400)
    """A repeat within this many seconds after the close rejoins the same episode."""
    update_s: float = Field(60.0, ge=1, le=86400)
    """At most one update in this many seconds while the episode is open."""


class PerimeterIntrusion(ZoneRule):
    """A person or vehicle inside the zone during armed hours."""

    kind: Literal[Kind.PERIMETER_INTRUSION]
    armed: tuple[str, ...] = ()
    """Armed hours in local time such as "22:00-06:00"; none means always."""
    dwell_s: float = Field(0.5, ge=0, le=86400)
    """Seconds inside before it counts: one stray detection is not an intrusion."""

    @field_validator("armed")
    @classmethod
    def _hours(cls, spans: tuple[str, ...]) -> tuple[str, ...]:
        for span in spans:
            if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", span):
                msg = f'{span!r} is not a span of hours | write it as "22:00-06:00"'
                raise ValueError(msg)
        return spans


class NoStopping(ZoneRule):
    """A vehicle stands in the zone."""

    kind: Literal[Kind.NO_STOPPING]
    dwell_s: float = Field(60.0, ge=2, le=86400)
    """Seconds it must stand; in less than 2 nothing can be told to stand."""
    still_fraction: float = Field(0.25, gt=0, le=2)
    """Stands: its ground point moved less than this fraction of its box's height over dwell_s."""


Rule = Annotated[PerimeterIntrusion | NoStopping, Field(discriminator="kind")]


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
    rules: tuple[Rule, ...] = ()
    """What to watch for."""
    transport: Literal["tcp", "udp"] = "tcp"
    """RTSP transport."""
    stall_s: float = Field(10.0, ge=1, le=300)
    """Without a new picture for this long the stream is reopened."""

    _check = field_validator("id")(_name)

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
    """IANA zone in which armed hours are meant."""
    broker: Broker = Broker()
    """Where alerts go."""
    spool: Spool = Spool()
    """Where alerts wait."""
    detector: Detector = Detector()
    """What sees."""
    health_s: float = Field(30.0, ge=1, le=3600)
    """Seconds between health messages."""
    places: tuple[Place, ...]
    """Places that the cameras watch."""
    cameras: tuple[Camera, ...] = Field(min_length=1)
    """The cameras."""

    _check = field_validator("site", "box")(_name)

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

    Args:
        path: The YAML file.
        env: Where ``${NAME}`` comes from; the process's environment unless given.

    Raises:
        ConfigError: With every problem found, each with its line, key and fix.
    """
    return validate_with(read(path, env=env), BoxConfig, problems_between)
