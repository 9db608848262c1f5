"""Time limits as values: begun at filing, paused with the event, met by its steps, warned of and passed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from central.events.calendar import Calendar, is_working
from central.events.facts import EventFacts
from central.events.vocabulary import EventState
from central.setup import Tables


class Step(StrEnum):
    """What has a time limit; each counts from filing."""

    ACCEPT = "accept"
    ARRIVE = "arrive"
    SAFE = "safe"
    CLOSE = "close"


class DeadlineState(StrEnum):
    """Where a limit stands; one that has passed goes on running until its step is taken."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    VOID = "void"
    """Its step is no longer needed."""


SHARES = (50, 80, 100)
"""Percent of a limit at which somebody is told: two warnings and the breach."""

_WAITING = frozenset({EventState.SUSPENDED, EventState.MERGED})
_LIVE = frozenset({DeadlineState.RUNNING, DeadlineState.PAUSED})


class Deadline(Struct, frozen=True, kw_only=True):
    """One limit of one event.

    Attributes:
        event_id: Whose.
        round: 0, or how often the event had been reopened: each reopening has limits of its own.
        step: What has to be done.
        limit: As the responsibility list says: ``5m``, ``4wh``.
        started: When it began.
        half: When half of it has passed.
        most: When four fifths have.
        due: When it has passed.
        state: Where it stands.
        told: The highest of `SHARES` that has been told, 0 for none.
        next_at: When the next of them is to be told; None while there is none.
        paused_at: Since when it is paused.
        met_at: When its step was taken.
    """

    event_id: int
    round: int
    step: Step
    limit: str
    started: datetime
    half: datetime
    most: datetime
    due: datetime
    state: DeadlineState = DeadlineState.RUNNING
    told: int = 0
    next_at: datetime | None = None
    paused_at: datetime | None = None
    met_at: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether its step came, or still has to come, after its end."""
        return self.told == SHARES[-1] or (self.met_at is not None and self.met_at > self.due)

    @property
    def live(self) -> bool:
        """Whether its step is still to come."""
        return self.state in _LIVE


def begin(event: EventFacts, tables: Tables) -> Iterator[Deadline]:
    """The limits of an event that is filed, by its item; none for an item that the list does not have."""
    item = tables.responsibility.by_number.get(event.item)
    if item is None or event.filed_at is None:
        return
    calendar = tables.calendar
    for step in Step:
        limit = getattr(item.limits, step)
        if limit is None:
            continue
        length, working = calendar.length_s(limit), is_working(limit)
        half, most, due = (
            calendar.after(event.filed_at, length * share / 100, working=working) for share in SHARES
        )
        yield Deadline(
            event_id=event.id,
            round=event.reopens,
            step=step,
            limit=limit,
            started=event.filed_at,
            half=half,
            most=most,
            due=due,
            next_at=half,
        )


def follow(event: EventFacts, known: Sequence[Deadline], tables: Tables, at: datetime) -> list[Deadline]:
    """The limits as the event's present state has them; only those that are new or other than ``known``.

    Args:
        event: The event as it is.
        known: Its limits as they were.
        tables: Limits and calendar.
        at: When the event became so.
    """
    rows = {row.step: row for row in known if row.round == event.reopens}
    if event.open and event.state is not EventState.MERGED:
        wanted = list(begin(event, tables))
        for row in wanted:
            old = rows.get(row.step)
            if old is None or (old.live and (old.limit, old.started) != (row.limit, row.started)):
                rows[row.step] = row
    after = [_followed(row, event, tables.calendar, at) for row in rows.values()]
    before = set(map(_identity, known))
    return [row for row in after if _identity(row) not in before]


def _identity(row: Deadline) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in Deadline.__struct_fields__)


def _followed(row: Deadline, event: EventFacts, calendar: Calendar, at: datetime) -> Deadline:
    if not row.live:
        return row
    taken = _taken(row.step, event)
    if taken is not None:
        return replace(row, state=DeadlineState.MET, met_at=taken, next_at=None, paused_at=None)
    if not event.open:
        return replace(row, state=DeadlineState.VOID, next_at=None, paused_at=None)
    waiting = event.state in _WAITING
    if waiting and row.state is DeadlineState.RUNNING:
        return replace(row, state=DeadlineState.PAUSED, paused_at=at, next_at=None)
    if not waiting and row.state is DeadlineState.PAUSED:
        return _resumed(row, calendar, at)
    return row


def _taken(step: Step, event: EventFacts) -> datetime | None:
    """When the step was taken; making the spot safe is part of reporting back."""
    if step is Step.CLOSE:
        return event.closed_at if event.state is EventState.CLOSED else None
    if step is Step.ACCEPT:
        return event.accepted_at
    return event.arrived_at if step is Step.ARRIVE else event.handled_at


def _resumed(row: Deadline, calendar: Calendar, at: datetime) -> Deadline:
    """The time of the pause does not count: what was left when it began is left when it ends."""
    paused = row.paused_at or at
    working = is_working(row.limit)

    def moved(moment: datetime) -> datetime:
        if moment <= paused:
            return moment
        return calendar.after(at, calendar.between(paused, moment, working=working), working=working)

    half, most, due = map(moved, (row.half, row.most, row.due))
    running = replace(row, state=DeadlineState.RUNNING, half=half, most=most, due=due, paused_at=None)
    return replace(running, next_at=_next_at(running))


def _next_at(row: Deadline) -> datetime | None:
    moments = dict(zip(SHARES, (row.half, row.most, row.due), strict=True))
    return next((moment for share, moment in moments.items() if share > row.told), None)


def passed(row: Deadline, now: datetime) -> Deadline:
    """The limit with everything told that has passed by ``now``; the same when there is nothing new."""
    if row.state is not DeadlineState.RUNNING:
        return row
    moments = zip(SHARES, (row.half, row.most, row.due), strict=True)
    told = max((share for share, moment in moments if moment <= now), default=0)
    if told <= row.told:
        return row
    after = replace(row, told=told)
    return replace(after, next_at=_next_at(after))


def next_due(rows: Iterable[Deadline]) -> Deadline | None:
    """The limit that ends first of those whose step is still to come."""
    return min((row for row in rows if row.live), key=lambda row: row.due, default=None)
