"""What passing time does to an event: warnings, breaches, ends of pauses, what clear cameras settle. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from central.events.acts import Performed, perform
from central.events.ask import PROGRAM, ActError, Ask
from central.events.deadlines import SHARES, Deadline, passed
from central.events.effects import BY_CAMERA, EFFECTS
from central.events.facts import EventFacts
from central.events.guards import clear_since
from central.events.judge import regraded
from central.events.lifecycle import Effect
from central.events.timeline import Details, Note
from central.events.vocabulary import Act, EventState, Verb
from central.setup import Tables

SETTLING = frozenset(
    {
        EventState.FILED,
        EventState.DISPATCHED,
        EventState.ACCEPTED,
        EventState.ON_SITE,
        EventState.RETURNED,
        EventState.REOPENED,
        EventState.ESCALATED,
    }
)
"""States in which nobody has reported back, so that only a mild event is settled by the camera alone."""

_UNTAKEN = frozenset({EventState.FILED, EventState.RETURNED, EventState.REOPENED})
"""Nobody works on it: the level above has to decide. Whoever works on it goes on under that level's eyes."""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """What time has done.

    Attributes:
        event: The event as it is.
        notes: Entries for its timeline.
        deadlines: Limits that have been told of.
    """

    event: EventFacts
    notes: tuple[Note, ...]
    deadlines: tuple[Deadline, ...]


def elapse(event: EventFacts, deadlines: Sequence[Deadline], tables: Tables, now: datetime) -> Elapsed:
    """Do everything that is due at ``now``; without anything due the event comes back as it was."""
    notes: list[Note] = []
    after = _limits(event, deadlines, tables, now, notes)
    after = _ended_waits(after, tables, now, notes)
    after = _settled(after, tables, now, notes)
    after, regrading = regraded(after, tables, now) if notes else (after, ())
    told = tuple(row for old in deadlines if (row := passed(old, now)) is not old)
    return Elapsed(after, (*notes, *regrading), told)


def _limits(
    event: EventFacts, deadlines: Sequence[Deadline], tables: Tables, now: datetime, notes: list[Note]
) -> EventFacts:
    for old in sorted(deadlines, key=lambda row: row.due):
        row = passed(old, now)
        if row is old:
            continue
        breach = row.told == SHARES[-1]
        moment = row.due if breach else row.half if row.told == SHARES[0] else row.most
        details = Details(deadline=str(row.step), time_limit=row.limit, due=row.due, share=row.told)
        notes.append(Note(Verb.BREACHED if breach else Verb.WARNED, moment, details, by_central=True))
        if breach:
            event = _breached(replace(event, overdue=event.overdue + 1), row, tables, now, notes)
    return event


def _breached(
    event: EventFacts, row: Deadline, tables: Tables, now: datetime, notes: list[Note]
) -> EventFacts:
    """One level up; at the top there is none."""
    org = tables.city.orgs.get(event.org)
    if org is None or org.parent is None:
        return event
    ask = Ask(Act.ESCALATE, PROGRAM, now, reason=f"{row.step} limit {row.limit} has passed")
    if event.state in _UNTAKEN:
        return _done(event, ask, tables, notes)
    after = EFFECTS[Effect.RAISE](event, ask, tables)
    details = Details(reason=ask.reason, org=after.org, loop=after.loop)
    notes.append(Note(Verb.ESCALATE, now, details, by_central=True))
    return after


def _done(event: EventFacts, ask: Ask, tables: Tables, notes: list[Note]) -> EventFacts:
    """The act, if the city's table has it; a table without it is the city's own choice."""
    try:
        done: Performed = perform(event, ask, tables)
    except ActError:
        return event
    notes.append(done.note)
    return done.event


def _ended_waits(event: EventFacts, tables: Tables, now: datetime, notes: list[Note]) -> EventFacts:
    if event.suspended_until is not None and event.suspended_until <= now:
        event = _done(event, Ask(Act.RESUME, PROGRAM, now, reason="the pause has ended"), tables, notes)
    if event.shelved_until is not None and event.shelved_until <= now:
        event = _done(event, Ask(Act.UNSHELVE, PROGRAM, now, reason="the time has ended"), tables, notes)
    return event


def _settled(event: EventFacts, tables: Tables, now: datetime, notes: list[Note]) -> EventFacts:
    """What the camera vouches for, as far as the life cycle leaves it to the camera."""
    since = clear_since(event, tables)
    if since is None or since > now:
        return event
    settings = tables.lifecycle.file
    verifies = event.state is EventState.HANDLED and event.colour in settings.camera_verifies
    settles = event.state in SETTLING and event.colour in settings.camera_settles
    if verifies or settles:
        event = _done(event, Ask(Act.VERIFY, PROGRAM, now, reason="the picture is clear"), tables, notes)
    by_camera = event.state is EventState.VERIFIED and event.verified_by == BY_CAMERA
    if by_camera and event.colour in settings.camera_closes:
        event = _done(event, Ask(Act.CLOSE, PROGRAM, now), tables, notes)
    return event
