"""Central's configuration: where alerts come from, where they go, what the city looks like."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, ValidationInfo, field_validator
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from central.people.settings import SignIn
from messages import PlaceClass
from placewatch.config import Settings
from placewatch.paths import shipped
from placewatch.tls import Tls, beside

_SCHEMES = ("sqlite", "postgresql+psycopg")


class Broker(Settings):
    """The MQTT broker that boxes publish to."""

    host: str = "127.0.0.1"
    """Host name or address."""
    port: int = Field(1883, ge=1, le=65535)
    """TCP port."""
    username: str | None = None
    """User, if the broker asks for one."""
    password: str | None = Field(None, repr=False)
    """Password; write ${NAME} to take it from the environment."""
    client_id: str = Field("placewatch-central", pattern=r"^[A-Za-z0-9_.-]{1,64}$")
    """Fixed, so that the broker keeps what arrives while central is away; unique on the broker."""
    share: str = Field("", pattern=r"^[A-Za-z0-9_.-]{0,64}$")
    """Group of a shared subscription (MQTT 5): centrals of one database divide the alerts among them."""
    keepalive_s: int = Field(30, ge=5, le=3600)
    """MQTT keep-alive."""
    tls: Tls | None = None
    """Certificates, for a broker that asks for them; ``placewatch central trust init`` makes them."""


class ServerTls(Settings):
    """The certificate that browsers and boxes see."""

    certificate: Path
    """PEM, with the chain; relative to this file."""
    key: Path
    """PEM; relative to this file."""

    @field_validator("certificate", "key")
    @classmethod
    def _path(cls, path: Path, info: ValidationInfo) -> Path:
        return beside(info, path)


class Trust(Settings):
    """Enrolment of boxes."""

    model_config = ConfigDict(validate_default=True)  # the default folder lies beside the file too

    folder: Path = Path("trust")
    """Where the authority's key lies; relative to this file. Keep a backup in a safe."""
    url: str = Field(pattern=r"^https://[^/]+$")
    """Where boxes reach this centre, such as ``https://centre.example:8600``."""
    broker_host: str
    """Where boxes reach the broker."""
    broker_port: int = Field(8883, ge=1, le=65535)
    """Its port with TLS."""
    box_days: int = Field(90, ge=1, le=825)
    """Days that a box's certificate is valid; boxes renew it when a third is left."""
    broker_files: Path | None = None
    """Folder of the broker's access list and revocation list; written whenever they change."""
    bundles: Path = Path("bundles")
    """Where the bundles lie that boxes may be told to run; relative to this file."""
    bundles_keep: int = Field(5, ge=1)
    """The newest so many bundles are kept, and every one that a box is told to run."""
    reload: tuple[str, ...] = ()
    """Command that makes the broker read access and revocation list again."""

    @field_validator("folder", "broker_files", "bundles")
    @classmethod
    def _path(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside(info, path)


class Http(Settings):
    """The console's and the API's address."""

    host: str = "127.0.0.1"
    """Address to listen on; beyond this machine put a proxy with TLS in front and set ``https``."""
    port: int = Field(8600, ge=0, le=65535)
    """TCP port; 0 takes a free one."""
    names: tuple[str, ...] = ()
    """Host names that browsers may use besides localhost and plain IP addresses."""
    tls: ServerTls | None = None
    """Serve HTTPS."""
    https: bool = False
    """A proxy in front ends TLS: cookies become Secure and HSTS is sent, as they are with ``tls``."""


class Ingest(Settings):
    """How alerts are taken in."""

    batch_size: int = Field(2000, ge=1, le=10000)
    """Most messages of one transaction."""
    batch_ms: float = Field(250.0, ge=1, le=5000)
    """Longest wait for a batch to fill, milliseconds."""
    linger_ms: float = Field(5.0, ge=0, le=1000)
    """A batch that nothing has joined for this long goes at once, milliseconds."""
    lanes: int = Field(4, ge=1, le=16)
    """Writers beside each other on PostgreSQL, each for its share of the boxes; SQLite has one."""
    queue_messages: int = Field(20_000, ge=1)
    """Most messages held in memory; beyond it the broker is made to wait."""
    queue_bytes: int = Field(64 * 1024 * 1024, ge=1024 * 1024)
    """Most payload bytes held in memory."""
    late_after_s: float = Field(900.0, gt=0)
    """An alert that arrives this long after its capture informs, but is not filed as urgent."""
    max_boxes: int = Field(20_000, ge=1)
    """Messages of further boxes are refused: a broken box cannot invent others without end."""


class Keep(Settings):
    """What is kept, and how much of it."""

    stream_rows: int = Field(100_000, ge=1000)
    """Changes that a desk can catch up with after a break; older ones make it reload."""
    dead_letters: int = Field(100_000, ge=100)
    """Dead letters kept; older ones are dropped, but stay counted."""
    evidence_days: int = Field(90, ge=1, le=3650)
    """Pictures and clips go so many days after their event was closed."""
    evidence_days_by_class: dict[PlaceClass, Annotated[int, Field(ge=1, le=3650)]] = Field(
        default_factory=dict
    )
    """The same for events at places of some classes, such as ``{school: 30}``."""
    key_days: int = Field(30, ge=10, le=3650)
    """Keys by which a repeated alert is known go after so many days; boxes give an alert up after seven."""
    timeline_days: int | None = Field(None, ge=30, le=36500)
    """Timelines of a day go when all of its events are over for so long; without it they stay for good."""


class S3(Settings):
    """How an S3-compatible store of evidence is reached; what is left out comes from the AWS environment."""

    endpoint: str | None = Field(None, pattern=r"^https?://[^/]+$")
    """Address of the service, such as ``https://minio.example:9000``; without it, AWS."""
    region: str | None = None
    """Its region, where it has any."""
    key: str | None = None
    """Access key."""
    secret: str | None = Field(None, repr=False)
    """Secret key; write ${NAME} to take it from the environment."""


class Notify(Settings):
    """How notifications leave; the channels themselves are set up in the console or by the API."""

    model_config = ConfigDict(validate_default=True)  # the default key lies beside the file too

    allow: tuple[str, ...] = ()
    """Hosts, addresses or networks that channels may reach besides public addresses: ``10.8.0.0/16``."""
    secrets_key: Path = Path("secrets.key")
    """Key of the channels' secrets in the database; made at first use. Centrals of one database share it."""
    timeout_s: float = Field(10.0, gt=0, le=60)
    """Longest wait for an answer."""
    attempts: int = Field(12, ge=1, le=100)
    """After so many failures a notification becomes a dead letter."""
    keep_days: int = Field(30, ge=1, le=3650)
    """Sent and dead notifications are kept so long."""

    @field_validator("secrets_key")
    @classmethod
    def _path(cls, path: Path, info: ValidationInfo) -> Path:
        return beside(info, path)

    @field_validator("allow")
    @classmethod
    def _allowed(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if "/" in host:
                try:
                    ip_network(host)
                except ValueError as error:
                    msg = f"{host!r} is not a network: {error} | write it as 10.8.0.0/16"
                    raise ValueError(msg) from None
        return hosts


class CentralConfig(Settings):
    """One aggregator: the whole configuration of ``placewatch central serve``."""

    model_config = ConfigDict(validate_default=True)  # relative defaults lie beside the file too

    broker: Broker = Broker()
    """Where alerts come from."""
    database: str = Field("sqlite:///central.sqlite", repr=False)
    """``sqlite:///FILE`` (relative to this file) or ``postgresql+psycopg://user:${PASSWORD}@host/name``."""
    evidence: Path | str = Path("evidence")
    """Redacted pictures and clips: a directory (relative to this file), or ``s3://bucket/folder``."""
    evidence_s3: S3 = S3()
    """How ``s3://`` is reached."""
    http: Http = Http()
    """Where people look."""
    sign_in: SignIn = SignIn()
    """How people sign in."""
    ingest: Ingest = Ingest()
    """How alerts are taken in."""
    keep: Keep = Keep()
    """What is kept."""
    notify: Notify = Notify()
    """How notifications leave."""
    trust: Trust | None = None
    """How boxes get certificates; without it none can enrol."""
    timezone: str = "Asia/Shanghai"
    """IANA zone of the city's day: event numbers and hours in grading rules."""
    city: Path = Path("city.yaml")
    """Organisations and places; relative to this file."""
    grids: Path = Path("grids.geojson")
    """Grid polygons; relative to this file."""
    responsibility: Path = shipped("configs") / "responsibility.yaml"
    """The responsibility list."""
    key_areas: Path = shipped("configs") / "key_areas.yaml"
    """The classes of key areas."""
    grading: Path = shipped("configs") / "grading.yaml"
    """When a colour is raised."""
    lifecycle: Path = shipped("configs") / "lifecycle.yaml"
    """Who may do what with an event, in which state."""
    calendar: Path = shipped("configs") / "calendar.yaml"
    """Working days and hours, holidays."""
    notifications: Path = shipped("configs") / "notifications.yaml"
    """Which acts tell whom."""
    advisory: Path = shipped("configs") / "advisory.yaml"
    """Templates of advisory letters."""
    compression: Path = shipped("configs") / "compression.yaml"
    """What a desk is spared."""
    units: Path | None = None
    """Units that can be sent; relative to this file. Without it, nobody is."""
    log_format: Literal["console", "json"] = "console"
    """For people or for programs."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        return check_timezone(name)

    @field_validator("database")
    @classmethod
    def _database(cls, url: str, info: ValidationInfo) -> str:
        try:
            parsed = make_url(url)
        except ArgumentError:
            msg = "not a database address | write sqlite:///central.sqlite or postgresql+psycopg://user@host/name"
            raise ValueError(msg) from None
        if parsed.drivername not in _SCHEMES:
            msg = f"database {parsed.drivername} is not served | use {' or '.join(_SCHEMES)}"
            raise ValueError(msg)
        if parsed.drivername == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                msg = "SQLite needs a file, memory would lose alerts | write sqlite:///central.sqlite"
                raise ValueError(msg)
            return f"sqlite:///{beside(info, Path(parsed.database))}"
        return url

    @field_validator("evidence")
    @classmethod
    def _evidence(cls, place: Path | str, info: ValidationInfo) -> Path | str:
        return place if "://" in str(place) and isinstance(place, str) else beside(info, Path(place))

    @field_validator(
        "city",
        "grids",
        "responsibility",
        "key_areas",
        "grading",
        "lifecycle",
        "calendar",
        "notifications",
        "advisory",
        "compression",
        "units",
    )
    @classmethod
    def _path(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside(info, path)


def check_timezone(name: str) -> str:
    """``name`` when it is an IANA zone.

    Raises:
        ValueError: It is not; says what to write.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        msg = f"{name!r} is not a time zone | use an IANA name such as Asia/Shanghai"
        raise ValueError(msg) from None
    return name
