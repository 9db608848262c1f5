"""Which events the API reads, each question in one short transaction."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true, union

from central.api.cursors import Cursor, Order
from central.api.schemas_events import Spared
from central.events.facts import EventFacts
from central.events.vocabulary import Colour, EventSource, EventState
from central.people.scope import WHOLE, Scope
from central.store.books import EVENT_COLUMNS, event_facts
from central.store.models import (
    DeskFlood,
    Event,
    EventWords,
)
from central.store.terms import among, is_open
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
