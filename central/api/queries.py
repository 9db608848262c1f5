"""What the API reads, each in one short transaction."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, true, union

from central.api.cursors import Cursor, Order
from central.api.schemas_events import ClipView, DeadlineView, EntryView, EpisodeView, EvidenceView, Spared
from central.api.schemas_service import Counts, EventCounts
from central.events.facts import EventFacts
from central.events.view import AreaView, picture_url
from central.events.vocabulary import VERB_NAMES, Colour, EventSource, EventState
from central.people.scope import WHOLE, Scope
from central.store import uploads
from central.store.books import EVENT_COLUMNS, event_facts
from central.store.days import day_of
from central.store.deadlines import load_deadlines
from central.store.feed import position
from central.store.models import (
    Box,
    BoxSession,
    DeadLetter,
    DeskFlood,
    Episode,
    Event,
    EventEntry,
    EventSum,
    EventWords,
    Evidence,
)
from central.store.terms import among, is_open, unsorted
from central.store.upsert import last_number
from messages import PlaceClass


def theirs(within: Scope) -> ColumnElement[bool]:
    """Events on the ground of these orgs, or referred to them; an event above them stays theirs to see."""
    if within.whole:
        return true()
    return or_(within.where(Event.home), among(Event.referred_to, within.orgs))


_BEGINNING = re.compile(r"[0-9]{1,8}(-[0-9]{0,18})?", re.ASCII)
_END = re.compile(r"-?([0-9]{1,18})", re.ASCII)
_SLOT_S = 600
_SLOTS_FROM = datetime(2000, 1, 1, tzinfo=UTC)


def active_slot(moment: datetime) -> int:
    """``active_slot`` of an event that was last active then."""
    return int((moment - _SLOTS_FROM).total_seconds() // _SLOT_S)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events; an empty field means all.

    Attributes:
        states: Any of these.
        colours: Any of these.
        kinds: Any of these.
        places: Any of these.
        open: Open ones, closed ones, or both; what is part of another event is neither.
        within: Those of these orgs.
        orgs: On the ground of any of these.
        place_classes: At places of any of these classes.
        items: Any of these items of the responsibility list.
        sources: Any of these sources.
        since: Taken in at this moment or later.
        until: Taken in before this moment.
        text: With this in its summary or address, as the beginning of its number or the last part of it, or
            at one of ``text_places``.
        text_places: Places whose names have that text.
        hidden: What other events hide, what they do not, or both.
        shelved: What a desk has put aside, what it has not, or both.
    """

    states: tuple[EventState, ...] = ()
    colours: tuple[Colour, ...] = ()
    kinds: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    open: bool | None = None
    within: Scope = WHOLE
    orgs: frozenset[str] | None = None
    place_classes: tuple[PlaceClass, ...] = ()
    items: tuple[int, ...] = ()
    sources: tuple[EventSource, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    text_places: tuple[str, ...] = ()
    hidden: bool | None = None
    shelved: bool | None = None

    def condition(self) -> ColumnElement[bool]:
        """As SQL."""
        parts: list[ColumnElement[bool]] = [theirs(self.within)]
        for column, wanted in (
            (Event.state, self.states),
            (Event.colour, self.colours),
            (Event.kind, self.kinds),
            (Event.place, self.places),
            (Event.place_class, self.place_classes),
            (Event.item, self.items),
            (Event.source, self.sources),
        ):
            if wanted:
                parts.append(column.in_(wanted))
        if self.orgs is not None:
            parts.append(among(Event.home, self.orgs))
        if self.since is not None:
            parts.append(Event.received >= self.since)
        if self.until is not None:
            parts.append(Event.received < self.until)
        if self.text:
            parts.append(self._has_text())
        if self.hidden is not None:
            parts.append(Event.hidden_by.is_not(None) if self.hidden else Event.hidden_by.is_(None))
        if self.shelved is not None:
            parts.append(Event.shelved_until.is_not(None) if self.shelved else Event.shelved_until.is_(None))
        if self.open is not None:
            parts.append(is_open() if self.open else Event.open.is_(False))
            parts.append(Event.merged_into.is_(None))
        return and_(*parts)

    def _has_text(self) -> ColumnElement[bool]:
        """One search by an index for each way in which an event may have the text."""
        escaped = re.sub("([/%_])", r"/\1", self.text)
        said = EventWords.words.like(func.lower(f"%{escaped}%"), escape="/")
        ways = [select(EventWords.event_id).where(said)]
        if _BEGINNING.fullmatch(self.text):
            ways.append(select(Event.id).where(Event.number >= self.text, Event.number < f"{self.text}~"))
        if end := _END.fullmatch(self.text):
            ways.append(select(Event.id).where(Event.id == int(end[1])))
        if self.text_places:
            ways.append(select(Event.id).where(among(Event.place, self.text_places)))
        return Event.id.in_(union(*ways))


def events(
    connection: Connection, chosen: EventFilter, order: Order, cursor: Cursor | None, limit: int
) -> list[EventFacts]:
    """Events in order, newest first, after ``cursor``."""
    statement = select(*EVENT_COLUMNS).where(chosen.condition()).limit(limit)
    if order == "activity":
        newest = (Event.active_slot.desc(), Event.last_received.desc(), Event.id.desc())
        statement = statement.order_by(*newest)
        if cursor is not None and cursor.moment is not None:
            older = Event.last_received < cursor.moment
            same = and_(Event.last_received == cursor.moment, Event.id < cursor.id)
            statement = statement.where(Event.active_slot <= active_slot(cursor.moment), or_(older, same))
    else:
        statement = statement.order_by(Event.id.desc())
        if cursor is not None:
            statement = statement.where(Event.id < cursor.id)
    return [event_facts(row) for row in connection.execute(statement)]


def spared(connection: Connection, chosen: EventFilter) -> Spared:
    """What a desk that asks for what is shown does not see of the same choice."""
    hidden = replace(chosen, hidden=True, shelved=None)
    counted = select(Event.hidden_why, func.count()).where(hidden.condition()).group_by(Event.hidden_why)
    by = {str(why): count for why, count in connection.execute(counted)}
    aside = replace(chosen, hidden=None, shelved=True).condition()
    shelved = connection.execute(select(func.count()).select_from(Event).where(aside)).scalar_one()
    floods = connection.execute(select(DeskFlood.org).where(chosen.within.where(DeskFlood.org))).scalars()
    return Spared(hidden=sum(by.values()), hidden_by_rule=by, shelved=shelved, flooded=sorted(floods))


def hides(connection: Connection, ids: Collection[int]) -> dict[int, int]:
    """How many events each of these hides."""
    counted = (
        select(Event.hidden_by, func.count())
        .where(Event.hidden_by.in_(sorted(ids)))
        .group_by(Event.hidden_by)
    )
    found = connection.execute(counted).all() if ids else ()
    return {event_id: count for event_id, count in found if event_id is not None}


def event(connection: Connection, event_id: int, within: Scope) -> EventFacts | None:
    """One event, if it belongs to these orgs."""
    mine = theirs(within)
    row = connection.execute(select(*EVENT_COLUMNS).where(Event.id == event_id, mine)).one_or_none()
    return event_facts(row) if row else None


def timeline(connection: Connection, event: EventFacts, limit: int = 500) -> list[EntryView]:
    """The last entries of an event, oldest first; none when its day is past its time and dropped."""
    statement = (
        select(EventEntry.__table__)
        .where(EventEntry.event_id == event.id, EventEntry.day == day_of(event.received))
        .order_by(EventEntry.number.desc())
        .limit(limit)
    )
    return [_entry(row) for row in reversed(connection.execute(statement).all())]


def _entry(row: Row[Any]) -> EntryView:
    return EntryView(
        number=row.number,
        at=row.at,
        occurred=row.occurred,
        verb=AreaView(id=str(row.verb), name=VERB_NAMES[row.verb]),
        actor=row.actor,
        details=msgspec.json.decode(row.data),
        hash=row.hash,
    )


def episodes(connection: Connection, event_id: int, limit: int = 100) -> list[EpisodeView]:
    """The last episodes, newest first."""
    statement = (
        select(Episode.__table__)
        .where(Episode.event_id == event_id)
        .order_by(Episode.started.desc(), Episode.alert_id)
        .limit(limit)
    )
    names = EpisodeView.model_fields
    rows = connection.execute(statement).all()
    return [EpisodeView(**{name: getattr(row, name) for name in names}) for row in rows]


def pictures(connection: Connection, event_id: int, limit: int = 100) -> list[EvidenceView]:
    """The last pictures, newest first."""
    found = [EvidenceView(**_evidence(row)) for row in _evidence_rows(connection, event_id, JPEG, limit)]
    found += _sent(connection, event_id, limit)
    return sorted(found, key=lambda picture: picture.captured, reverse=True)[:limit]


def clips(connection: Connection, event_id: int, limit: int = 100) -> list[ClipView]:
    """The last clips, newest first."""
    return [
        ClipView(**_evidence(row), seconds=row.seconds or 0.0, size=row.size)
        for row in _evidence_rows(connection, event_id, MP4, limit)
    ]


JPEG, MP4 = "image/jpeg", "video/mp4"
"""Media types of evidence."""


def _evidence_rows(connection: Connection, event_id: int, media_type: str, limit: int) -> Sequence[Row[Any]]:
    statement = (
        select(Evidence.__table__)
        .where(Evidence.event_id == event_id, Evidence.media_type == media_type)
        .order_by(Evidence.captured.desc(), Evidence.id)
        .limit(limit)
    )
    return connection.execute(statement).all()


def _evidence(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": picture_url(row.id),
        "captured": row.captured,
        "alert_id": row.alert_id,
        "width": row.width,
        "height": row.height,
        "blurred": row.blurred,
        "sha256": row.sha256,
    }


def _sent(connection: Connection, event_id: int, limit: int) -> list[EvidenceView]:
    """Pictures that people have sent."""
    return [
        EvidenceView(
            id=picture.id,
            url=picture_url(picture.id),
            captured=picture.received,
            alert_id=None,
            sent_by=picture.actor,
            width=picture.width,
            height=picture.height,
            blurred=picture.blurred,
            sha256=picture.sha256,
        )
        for picture in uploads.of_event(connection, event_id, limit)
    ]


def deadlines(connection: Connection, event_id: int) -> list[DeadlineView]:
    """Time limits, the last round first, then by their end."""
    rows = load_deadlines(connection, [event_id])[event_id]
    rows.sort(key=lambda row: (-row.round, row.due))
    return [DeadlineView(**{name: getattr(row, name) for name in DeadlineView.model_fields}) for row in rows]


def parts(connection: Connection, event_id: int, limit: int = 500) -> list[int]:
    """Events that are merged into this one."""
    statement = select(Event.id).where(Event.merged_into == event_id).order_by(Event.id).limit(limit)
    return list(connection.execute(statement).scalars())


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """Where a picture or clip lies, what it is, its hash, and the event that it shows."""

    file: str
    sha256: str
    media_type: str
    event_id: int
    org: str


def evidence_file(
    connection: Connection, evidence_id: str, within: Scope, sender: str = ""
) -> EvidenceFile | None:
    """One picture or clip, if its event belongs to these orgs, or ``sender`` has just sent it."""
    statement = (
        select(Evidence.file, Evidence.sha256, Evidence.media_type, Evidence.event_id, Event.home)
        .join(Event, Event.id == Evidence.event_id)
        .where(Evidence.id == evidence_id, theirs(within))
    )
    row = connection.execute(statement).one_or_none()
    if row is not None:
        return EvidenceFile(*row)
    return _uploaded(connection, evidence_id, within, sender)


def _uploaded(connection: Connection, picture_id: str, within: Scope, sender: str) -> EvidenceFile | None:
    """A picture that somebody sent: theirs alone until an event has it."""
    picture = uploads.by_id(connection, picture_id)
    if picture is None:
        return None
    event_id = picture.event_id
    home = "" if event_id is None else connection.scalar(select(Event.home).where(Event.id == event_id)) or ""
    if picture.actor != sender and not (home and within.sees(home)):
        return None
    return EvidenceFile(picture.file, picture.sha256, "image/jpeg", event_id or 0, home)


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A dead letter with the beginning of its payload."""

    id: int
    topic: str
    message_id: str | None
    reason: str
    size: int
    head: bytes
    received: datetime


def dead_letters(connection: Connection, before: int | None, limit: int) -> list[LetterRow]:
    """Dead letters, newest first."""
    head = func.substr(DeadLetter.payload, 1, 300)  # of an empty payload: NULL on SQLite
    statement = select(
        DeadLetter.id,
        DeadLetter.topic,
        DeadLetter.message_id,
        DeadLetter.reason,
        DeadLetter.size,
        head,
        DeadLetter.received,
    )
    if before is not None:
        statement = statement.where(DeadLetter.id < before)
    rows = connection.execute(statement.order_by(DeadLetter.id.desc()).limit(limit))
    return [LetterRow(row[0], row[1], row[2], row[3], row[4], bytes(row[5] or b""), row[6]) for row in rows]


def missing(connection: Connection) -> dict[int, int]:
    """Holes in sequence numbers, by row id of the box; boxes without any are left out."""
    hole = BoxSession.max_seq - BoxSession.received
    statement = select(BoxSession.box_id, func.sum(hole)).where(hole > 0).group_by(BoxSession.box_id)
    return {box_id: int(holes) for box_id, holes in connection.execute(statement)}


def counts(connection: Connection) -> Counts:
    """Sums of the whole city."""
    boxes = connection.execute(
        select(
            func.count(),
            func.coalesce(func.sum(Box.alerts), 0),
            func.coalesce(func.sum(Box.duplicates), 0),
            func.count().filter(Box.online.is_(True)),
        ).select_from(Box)
    ).one()
    return Counts(
        alerts_committed=int(boxes[1]),
        duplicates=int(boxes[2]),
        dead_letters=last_number(connection, "dead_letter"),
        missing=sum(missing(connection).values()),
        episodes=_told_of(connection, WHOLE)[1],
        boxes=boxes[0],
        boxes_online=boxes[3],
        stream_position=position(connection),
        events=_event_counts(connection, WHOLE),
    )


def counts_of(connection: Connection, within: Scope, boxes: Collection[int]) -> Counts:
    """Sums of a part of the city.

    Args:
        connection: A reading transaction.
        within: Its orgs.
        boxes: Row ids of the boxes with a camera there.
    """
    alerts, episodes = _told_of(connection, within)
    online = select(func.count()).select_from(Box).where(Box.id.in_(boxes), Box.online.is_(True))
    return Counts(
        alerts_committed=alerts,
        duplicates=None,
        dead_letters=None,
        missing=None,
        episodes=episodes,
        boxes=len(boxes),
        boxes_online=connection.execute(online).scalar_one(),
        stream_position=position(connection),
        events=_event_counts(connection, within),
    )


def _told_of(connection: Connection, within: Scope) -> tuple[int, int]:
    """Alerts and episodes of all events: the open ones looked at, the closed ones as they are summed."""
    opened = select(func.sum(Event.alerts), func.sum(Event.episodes)).where(is_open(), theirs(within))
    closed = select(func.sum(EventSum.alerts), func.sum(EventSum.episodes)).where(within.where(EventSum.home))
    parts = [connection.execute(statement).one() for statement in (opened, closed)]
    return sum(int(alerts or 0) for alerts, _ in parts), sum(int(episodes or 0) for _, episodes in parts)


def _event_counts(connection: Connection, within: Scope) -> EventCounts:
    words = (Event.colour, Event.state, Event.kind)
    opened = (
        select(
            *words,
            func.count(),
            func.count(Event.shown_at),
            func.count(Event.cleared_at),
            func.count(Event.unmapped),
            func.count(Event.hidden_by),
        )
        .where(is_open(), within.where(Event.home))
        .group_by(*(unsorted(word) for word in words))
    )
    summed = (EventSum.colour, EventSum.state, EventSum.kind)
    closed = (
        select(*summed, func.sum(EventSum.events), func.sum(EventSum.shown))
        .where(within.where(EventSum.home))
        .group_by(*summed)
        .having(func.sum(EventSum.events) > 0)
    )
    still_open: Sequence[Sequence[Any]] = connection.execute(opened).all()
    rows: list[Sequence[Any]] = [*still_open, *connection.execute(closed).all()]
    by_colour = {str(colour): 0 for colour in Colour}
    by_state = {str(state): 0 for state in EventState}
    by_kind: dict[str, int] = {}
    open_by_colour = dict(by_colour)
    for colour, state, kind, count, *_ in rows:
        by_colour[colour] += int(count)
        by_state[state] += int(count)
        by_kind[kind] = by_kind.get(kind, 0) + int(count)
    for colour, _state, _kind, count, *_ in still_open:
        open_by_colour[colour] += count
    return EventCounts(
        total=sum(by_colour.values()),
        open=sum(row[3] for row in still_open),
        cleared=sum(row[5] for row in still_open),
        unmapped=sum(row[6] for row in still_open),
        hidden=sum(row[7] for row in still_open),
        shown=sum(int(row[4]) for row in rows),
        by_colour=by_colour,
        open_by_colour=open_by_colour,
        by_state=by_state,
        by_kind=dict(sorted(by_kind.items())),
    )
