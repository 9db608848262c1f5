"""The tables. Names and meanings of event and episode columns are those of `central.events.facts`."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    FetchedValue,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from central.events.deadlines import DeadlineState, Step
from central.events.vocabulary import Colour, EventSource, EventState, Loop, Verb
from central.grid.locate import Unmapped
from central.store import (  # noqa: F401 - whoever has these tables has them all
    models_advisory,
    models_dispatch,
    models_fleet,
    models_notify,
    models_people,
    models_tables,
)
from central.store.base import Base as Base  # noqa: PLC0414 - known by this name everywhere
from central.store.columns import RowId, UtcTime, Word, WordOrNone
from messages import CameraState, Fault, Kind, Phase, PlaceClass

_NAME = String(64)
_TOKEN = String(128)
_ACTOR = String(200)


class Counter(Base):
    """Numbers without holes: ``stream`` ids, ``dead_letter`` ever counted; ``event`` ids on SQLite.

    A counter's row stays locked until the commit, so ids become visible in their own order.
    """

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger, nullable=False)


class Box(Base):
    """A box that has spoken."""

    __tablename__ = "box"
    __table_args__ = (UniqueConstraint("site", "name"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    site: Mapped[str] = mapped_column(_NAME)
    name: Mapped[str] = mapped_column(_NAME)
    online: Mapped[bool | None] = mapped_column(Boolean)
    session: Mapped[str | None] = mapped_column(_TOKEN)
    version: Mapped[str | None] = mapped_column(_TOKEN)
    first_seen: Mapped[datetime] = mapped_column(UtcTime)
    last_seen: Mapped[datetime] = mapped_column(UtcTime)
    alerts: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    duplicates: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    rejected: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    pictures_refused: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))


class BoxHealth(Base):
    """What a box last said of itself, apart from the row that every alert touches.

    ``health`` is `messages.Health` as JSON, cameras and all; ``listing`` is a hash of these cameras' ids,
    places and states as they lie in `Camera`.
    """

    __tablename__ = "box_health"

    box_id: Mapped[int] = mapped_column(RowId, ForeignKey("box.id"), primary_key=True)
    health: Mapped[str] = mapped_column(Text)
    received: Mapped[datetime] = mapped_column(UtcTime)
    listing: Mapped[str] = mapped_column(String(32))


class BoxSession(Base):
    """Sequence numbers of one session of a box: ``max_seq - received`` are missing."""

    __tablename__ = "box_session"

    box_id: Mapped[int] = mapped_column(RowId, ForeignKey("box.id"), primary_key=True)
    session: Mapped[str] = mapped_column(_TOKEN, primary_key=True)
    first_seen: Mapped[datetime] = mapped_column(UtcTime)
    last_seen: Mapped[datetime] = mapped_column(UtcTime)
    max_seq: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger)


class Camera(Base):
    """A camera that its box lists; its figures are in the box's health."""

    __tablename__ = "camera"

    box_id: Mapped[int] = mapped_column(RowId, ForeignKey("box.id"), primary_key=True)
    camera: Mapped[str] = mapped_column(_NAME, primary_key=True)
    place: Mapped[str] = mapped_column(_NAME)
    state: Mapped[CameraState] = mapped_column(Word(CameraState))


class Inbox(Base):
    """Every alert whose effect is committed: the dedupe keys."""

    __tablename__ = "inbox"

    box_id: Mapped[int] = mapped_column(RowId, ForeignKey("box.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(_TOKEN, primary_key=True)
    session: Mapped[str] = mapped_column(_TOKEN)
    seq: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[datetime] = mapped_column(UtcTime)


class Event(Base):
    """An event; columns as in `central.events.facts.EventFacts`."""

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "uq_event_open_place_zone_kind",
            "place",
            "zone",
            "kind",
            unique=True,
            sqlite_where=text("open"),
            postgresql_where=text("open"),
        ),
        Index("ix_event_active_slot", "active_slot"),
        Index("ix_event_colour_id", "colour", "id"),
        Index("ix_event_spot", "place", "zone", "kind", "received"),
        Index("ix_event_kind_id", "kind", "id"),
        Index("ix_event_home_id", "home", "id"),
        Index("ix_event_open_item", "item", sqlite_where=text("open"), postgresql_where=text("open")),
        Index(
            "ix_event_merged_into",
            "merged_into",
            sqlite_where=text("merged_into IS NOT NULL"),
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        Index("ix_event_open_home", "home", sqlite_where=text("open"), postgresql_where=text("open")),
        Index("ix_event_shown_at", "shown_at"),
        Index(
            "ix_event_hidden_by",
            "hidden_by",
            sqlite_where=text("hidden_by IS NOT NULL"),
            postgresql_where=text("hidden_by IS NOT NULL"),
        ),
        Index(
            "ix_event_vouch_at",
            "vouch_at",
            sqlite_where=text("open AND vouch_at IS NOT NULL"),
            postgresql_where=text("open AND vouch_at IS NOT NULL"),
        ),
        Index(
            "ix_event_suspended_until",
            "suspended_until",
            sqlite_where=text("suspended_until IS NOT NULL"),
            postgresql_where=text("suspended_until IS NOT NULL"),
        ),
        Index(
            "ix_event_shelved_until",
            "shelved_until",
            sqlite_where=text("shelved_until IS NOT NULL"),
            postgresql_where=text("shelved_until IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    place: Mapped[str] = mapped_column(_NAME)
    place_class: Mapped[PlaceClass | None] = mapped_column(WordOrNone(PlaceClass), nullable=False)
    zone: Mapped[str] = mapped_column(_NAME)
    kind: Mapped[str] = mapped_column(_NAME)
    item: Mapped[int] = mapped_column(Integer)
    state: Mapped[EventState] = mapped_column(Word(EventState))
    open: Mapped[bool] = mapped_column(Boolean)
    colour: Mapped[Colour] = mapped_column(Word(Colour))
    colour_rule: Mapped[str] = mapped_column(_NAME)
    org: Mapped[str] = mapped_column(_NAME)
    grid: Mapped[str | None] = mapped_column(_NAME)
    unmapped: Mapped[Unmapped | None] = mapped_column(Word(Unmapped))
    site: Mapped[str] = mapped_column(_NAME)
    box: Mapped[str] = mapped_column(_NAME)
    camera: Mapped[str] = mapped_column(_NAME)
    fault: Mapped[Fault | None] = mapped_column(Word(Fault))
    latest_at: Mapped[datetime] = mapped_column(UtcTime)
    latest_id: Mapped[str] = mapped_column(_TOKEN)
    count: Mapped[int] = mapped_column(BigInteger)
    count_limit: Mapped[int | None] = mapped_column(BigInteger)
    peak_count: Mapped[int] = mapped_column(BigInteger)
    peak_ratio: Mapped[float] = mapped_column(Float)
    longest_s: Mapped[float] = mapped_column(Float)
    confidence: Mapped[float] = mapped_column(Float)
    alerts: Mapped[int] = mapped_column(BigInteger)
    late_alerts: Mapped[int] = mapped_column(BigInteger)
    episodes: Mapped[int] = mapped_column(BigInteger)
    open_episodes: Mapped[int] = mapped_column(BigInteger)
    first_seen: Mapped[datetime] = mapped_column(UtcTime)
    last_seen: Mapped[datetime] = mapped_column(UtcTime)
    last_ended: Mapped[datetime | None] = mapped_column(UtcTime)
    received: Mapped[datetime] = mapped_column(UtcTime)
    last_received: Mapped[datetime] = mapped_column(UtcTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcTime)
    picture: Mapped[str | None] = mapped_column(_NAME)
    picture_at: Mapped[datetime | None] = mapped_column(UtcTime)
    entries: Mapped[int] = mapped_column(Integer)
    head: Mapped[str] = mapped_column(_NAME)
    config_version: Mapped[str] = mapped_column(_NAME)
    vouch_at: Mapped[datetime | None] = mapped_column(UtcTime)
    source: Mapped[EventSource] = mapped_column(Word(EventSource), server_default=text("'camera'"))
    home: Mapped[str] = mapped_column(_NAME, server_default=text("''"))
    loop: Mapped[Loop] = mapped_column(Word(Loop), server_default=text("'self'"))
    hands_on: Mapped[bool] = mapped_column(Boolean, server_default=false())
    summary: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text)
    longitude: Mapped[float | None] = mapped_column(Float)
    latitude: Mapped[float | None] = mapped_column(Float)
    unit: Mapped[str | None] = mapped_column(_NAME)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcTime)
    acknowledged_by: Mapped[str | None] = mapped_column(_ACTOR)
    filed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    arrived_at: Mapped[datetime | None] = mapped_column(UtcTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcTime)
    handled_by: Mapped[str | None] = mapped_column(_ACTOR)
    verified_at: Mapped[datetime | None] = mapped_column(UtcTime)
    verified_by: Mapped[str | None] = mapped_column(_ACTOR)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    before: Mapped[EventState | None] = mapped_column(Word(EventState))
    suspended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    suspended_until: Mapped[datetime | None] = mapped_column(UtcTime)
    pause_by: Mapped[str | None] = mapped_column(_ACTOR)
    pause_until: Mapped[datetime | None] = mapped_column(UtcTime)
    pause_reason: Mapped[str | None] = mapped_column(Text)
    referred_to: Mapped[str | None] = mapped_column(_NAME)
    merged_into: Mapped[int | None] = mapped_column(RowId)
    shelved_until: Mapped[datetime | None] = mapped_column(UtcTime)
    shelved_by: Mapped[str | None] = mapped_column(_ACTOR)
    shelved_reason: Mapped[str | None] = mapped_column(Text)
    refusals: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    returns: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    transfers: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    pauses: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    reopens: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    escalations: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    overdue: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    earlier: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    group_of: Mapped[int | None] = mapped_column(RowId)
    hidden_by: Mapped[int | None] = mapped_column(RowId)
    hidden_why: Mapped[str | None] = mapped_column(_NAME)
    shown_at: Mapped[datetime | None] = mapped_column(UtcTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcTime)
    active_slot: Mapped[int] = mapped_column(Integer, FetchedValue(), nullable=True)
    """Ten minutes of ``last_received``, by the database: an index that a mere refresh need not touch."""


class EventWords(Base):
    """What people said of an event, in small letters, by the database's triggers: narrow enough to search.

    On PostgreSQL with ``pg_trgm`` an index of trigrams lies on it (`r0016_words_and_shelving`).
    """

    __tablename__ = "event_words"

    event_id: Mapped[int] = mapped_column(
        RowId, ForeignKey("event.id"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(Text)


class EventSum(Base):
    """What is closed, counted by the database's triggers: nobody counts a city's whole past at each look."""

    __tablename__ = "event_sum"

    home: Mapped[str] = mapped_column(_NAME, primary_key=True)
    colour: Mapped[Colour] = mapped_column(Word(Colour), primary_key=True)
    state: Mapped[EventState] = mapped_column(Word(EventState), primary_key=True)
    kind: Mapped[str] = mapped_column(_NAME, primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)
    alerts: Mapped[int] = mapped_column(BigInteger)
    episodes: Mapped[int] = mapped_column(BigInteger)
    shown: Mapped[int] = mapped_column(BigInteger)


class DeskFlood(Base):
    """A desk at which it rains alarms: its org, since when, and how many it had been shown then."""

    __tablename__ = "desk_flood"

    org: Mapped[str] = mapped_column(_NAME, primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcTime)
    shown: Mapped[int] = mapped_column(Integer)


class Episode(Base):
    """An episode; columns as in `central.events.facts.EpisodeFacts`."""

    __tablename__ = "episode"

    box_id: Mapped[int] = mapped_column(RowId, ForeignKey("box.id"), primary_key=True)
    alert_id: Mapped[str] = mapped_column(_TOKEN, primary_key=True)
    event_id: Mapped[int] = mapped_column(RowId, ForeignKey("event.id"), index=True)
    place: Mapped[str] = mapped_column(_NAME)
    zone: Mapped[str] = mapped_column(_NAME)
    kind: Mapped[Kind] = mapped_column(Word(Kind))
    camera: Mapped[str] = mapped_column(_NAME)
    session: Mapped[str] = mapped_column(_TOKEN)
    seq: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[str] = mapped_column(_TOKEN)
    phase: Mapped[Phase] = mapped_column(Word(Phase))
    started: Mapped[datetime] = mapped_column(UtcTime)
    ended: Mapped[datetime | None] = mapped_column(UtcTime)
    last_seen: Mapped[datetime] = mapped_column(UtcTime)
    count: Mapped[int] = mapped_column(BigInteger)
    count_limit: Mapped[int | None] = mapped_column(BigInteger)
    peak_count: Mapped[int] = mapped_column(BigInteger)
    peak_ratio: Mapped[float] = mapped_column(Float)
    confidence: Mapped[float] = mapped_column(Float)
    messages: Mapped[int] = mapped_column(BigInteger)
    rule_version: Mapped[str] = mapped_column(_TOKEN)
    model: Mapped[str] = mapped_column(_TOKEN)


class EventEntry(Base):
    """One line of an event's timeline; only ever added, each holding the hash of the one before."""

    __tablename__ = "event_entry"
    __table_args__ = ({"postgresql_partition_by": "RANGE (day)"},)

    event_id: Mapped[int] = mapped_column(RowId, ForeignKey("event.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[int] = mapped_column(Integer, primary_key=True)
    """Day on which its event came, see `central.store.days`: no entry of the event has another."""
    at: Mapped[datetime] = mapped_column(UtcTime)
    occurred: Mapped[datetime] = mapped_column(UtcTime)
    verb: Mapped[Verb] = mapped_column(Word(Verb))
    actor: Mapped[str] = mapped_column(_ACTOR)
    data: Mapped[str] = mapped_column(Text)
    prev_hash: Mapped[str] = mapped_column(_NAME)
    hash: Mapped[str] = mapped_column(_NAME)


class TimelineDay(Base):
    """A day of timelines; once it is past its time, when it was dropped with how many entries."""

    __tablename__ = "timeline_day"

    day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    dropped_at: Mapped[datetime | None] = mapped_column(UtcTime)
    entries: Mapped[int | None] = mapped_column(BigInteger)


class Clip(Base):
    """An evidence clip of which parts are still on their way."""

    __tablename__ = "clip"
    __table_args__ = (Index("ix_clip_box_id_received", "box_id", "received"),)

    id: Mapped[str] = mapped_column(_NAME, primary_key=True)
    box_id: Mapped[int] = mapped_column(RowId, ForeignKey("box.id"))
    parts: Mapped[int] = mapped_column(Integer)
    have: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(_NAME)
    received: Mapped[datetime] = mapped_column(UtcTime)


class ClipPart(Base):
    """A part of it."""

    __tablename__ = "clip_part"

    clip_id: Mapped[str] = mapped_column(_NAME, ForeignKey("clip.id"), primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class Evidence(Base):
    """A redacted picture or clip; its file is named by its content."""

    __tablename__ = "evidence"

    id: Mapped[str] = mapped_column(_NAME, primary_key=True)
    event_id: Mapped[int] = mapped_column(RowId, ForeignKey("event.id"), index=True)
    box_id: Mapped[int] = mapped_column(RowId, ForeignKey("box.id"))
    alert_id: Mapped[str] = mapped_column(_TOKEN)
    file: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(_NAME, index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    media_type: Mapped[str] = mapped_column(
        String(32), default="image/jpeg", server_default=text("'image/jpeg'")
    )
    seconds: Mapped[float | None] = mapped_column(Float)
    blurred: Mapped[int] = mapped_column(BigInteger)
    captured: Mapped[datetime] = mapped_column(UtcTime)
    received: Mapped[datetime] = mapped_column(UtcTime)


class DeadLetter(Base):
    """A message that could not be taken in, with its reason; ``payload`` may be cut short."""

    __tablename__ = "dead_letter"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    topic: Mapped[str] = mapped_column(Text)
    message_id: Mapped[str | None] = mapped_column(_TOKEN)
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    received: Mapped[datetime] = mapped_column(UtcTime)


class Stream(Base):
    """Changes of events, in order: what desks follow live and catch up with."""

    __tablename__ = "stream"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    event_id: Mapped[int] = mapped_column(RowId)
    payload: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime)


class Invitation(Base):
    """An enrolment token: good once, for one box, until it expires; the secret itself is not kept."""

    __tablename__ = "invitation"

    secret_hash: Mapped[str] = mapped_column(_NAME, primary_key=True)
    site: Mapped[str] = mapped_column(_NAME)
    box: Mapped[str] = mapped_column(_NAME)
    created: Mapped[datetime] = mapped_column(UtcTime)
    expires: Mapped[datetime] = mapped_column(UtcTime)
    used: Mapped[datetime | None] = mapped_column(UtcTime)


class BoxCertificate(Base):
    """A certificate that a box was given; `revoked` when it is no longer believed."""

    __tablename__ = "box_certificate"
    __table_args__ = (Index("ix_box_certificate_site_box", "site", "box"),)

    serial: Mapped[str] = mapped_column(_NAME, primary_key=True)
    site: Mapped[str] = mapped_column(_NAME)
    box: Mapped[str] = mapped_column(_NAME)
    fingerprint: Mapped[str] = mapped_column(_NAME)
    issued: Mapped[datetime] = mapped_column(UtcTime)
    expires: Mapped[datetime] = mapped_column(UtcTime)
    revoked: Mapped[datetime | None] = mapped_column(UtcTime)
    reason: Mapped[str | None] = mapped_column(String(200))


class DeadlineRow(Base):
    """A time limit of an event; columns as in `central.events.deadlines.Deadline`."""

    __tablename__ = "deadline"
    __table_args__ = (
        Index(
            "ix_deadline_next_at",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )

    event_id: Mapped[int] = mapped_column(RowId, ForeignKey("event.id"), primary_key=True)
    round: Mapped[int] = mapped_column(Integer, primary_key=True)
    step: Mapped[Step] = mapped_column(Word(Step), primary_key=True)
    limit: Mapped[str] = mapped_column(String(16))
    started: Mapped[datetime] = mapped_column(UtcTime)
    half: Mapped[datetime] = mapped_column(UtcTime)
    most: Mapped[datetime] = mapped_column(UtcTime)
    due: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[DeadlineState] = mapped_column(Word(DeadlineState))
    told: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime | None] = mapped_column(UtcTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcTime)
    met_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Idempotency(Base):
    """Answers to requests that named an ``Idempotency-Key``, so that a repeat gets the same one."""

    __tablename__ = "idempotency"

    actor: Mapped[str] = mapped_column(_ACTOR, primary_key=True)
    key: Mapped[str] = mapped_column(_ACTOR, primary_key=True)
    request: Mapped[str] = mapped_column(_NAME)
    status: Mapped[int] = mapped_column(Integer)
    response: Mapped[str] = mapped_column(Text)
    etag: Mapped[str | None] = mapped_column(_NAME)
    at: Mapped[datetime] = mapped_column(UtcTime, index=True)
