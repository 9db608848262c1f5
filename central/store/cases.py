"""Acts on events in the store: one transaction holds the event, its timeline and the change feed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from msgspec.structs import replace as with_fields
from sqlalchemy import Connection, select

from central.dispatch.nearest import best, candidates
from central.dispatch.tasks import Task, TaskRole, tasks_after
from central.events.acts import perform
from central.events.ask import ActError, Ask, RefusedFor
from central.events.chain import Entry
from central.events.deadlines import Deadline, follow, next_due
from central.events.facts import EventFacts
from central.events.guards import sees
from central.events.judge import regraded
from central.events.timeline import CENTRAL, Details, Note
from central.events.timing import elapse
from central.events.vocabulary import Act, EventState, Verb
from central.events.write import chained
from central.notify.compose import notices
from central.notify.outbox import Notice
from central.setup import Tables
from central.store import feed, outbox, uploads
from central.store.arrange import Moved, matters, rearrange
from central.store.books import load_events, save_entries, save_events, take_free_events
from central.store.deadlines import load_deadlines, save_deadlines
from central.store.feed import EventChange
from central.store.models import Event
from central.store.tasks import live_tasks, save_tasks, standings
from central.store.terms import is_open

_ENDING = frozenset({EventState.CLOSED, EventState.FALSE_ALARM})


class NoSuchEventError(Exception):
    """There is none, or it is none of the actor's business."""


class StaleError(Exception):
    """The event has changed since the caller saw it.

    Attributes:
        etag: Its present one.
    """

    def __init__(self, etag: str) -> None:
        """Tell the present ``etag``."""
        super().__init__(etag)
        self.etag = etag


@dataclass(frozen=True, slots=True)
class Change:
    """An event before and after, with what is to be said about it.

    Attributes:
        before: As it was; None for a new one.
        after: As it is.
        notes: Entries for its timeline.
        actor: Who did it.
        told: Limits that have been told of.
    """

    before: EventFacts | None
    after: EventFacts
    notes: tuple[Note, ...]
    actor: str
    told: tuple[Deadline, ...] = ()


class Cases:
    """Works within one writing transaction."""

    def __init__(self, connection: Connection, tables: Tables, keep: int) -> None:
        """Work over ``connection`` by ``tables``; the change feed holds its last ``keep`` rows."""
        self._connection = connection
        self._tables = tables
        self._keep = keep

    def act(self, event_id: int, ask: Ask, expected: str | None) -> EventFacts:
        """Do what is asked; the event afterwards.

        Args:
            event_id: Which event.
            ask: What.
            expected: The ETag that the caller saw; None to act on whatever is there.

        Raises:
            NoSuchEventError: There is none that the actor may see.
            StaleError: It is not as ``expected``.
            ActError: See `central.events.acts.perform`; nothing was changed.
        """
        wanted = {event_id, *([ask.into] if ask.into is not None else ())}
        wanted |= set(self._merged_into(event_id)) if ask.act is Act.CLOSE else set()
        found = load_events(self._connection, wanted, ())
        event = found.get(event_id)
        tasks = live_tasks(self._connection, found)
        ask = replace(ask, assisting=_assisting(tasks.get(event_id, ())))
        if event is None or not (ask.by_program or self._sees(event, ask)):
            raise NoSuchEventError
        if expected is not None and expected != event.etag:
            raise StaleError(event.etag)
        target = found.get(ask.into) if ask.into is not None else None
        if ask.act is Act.DISPATCH and ask.unit is None:
            ask = self._with_nearest(event, ask)
        ask = replace(ask, target=target if target is not None and self._sees(target, ask) else None)
        changes = [self._performed(event, ask)]
        changes += self._others(changes[0], ask, found)
        saved = self.save(changes, ask.at)
        moved = [task for one in saved for task in tasks_after(one, ask, tasks.get(one.id, ()))]
        save_tasks(self._connection, moved)
        uploads.use(self._connection, ask.pictures, ask.actor.name, event_id)
        return saved[0]

    def _with_nearest(self, event: EventFacts, ask: Ask) -> Ask:
        """The act with the unit that is to be sent."""
        chosen = best(candidates(event, standings(self._connection, ask.at), self._tables, ask.at))
        if chosen is None:
            detail = "no suitable unit is on duty and free; name one, or escalate"
            raise ActError(RefusedFor.GUARD, detail)
        return replace(ask, unit=chosen.unit.id)

    def _sees(self, event: EventFacts, ask: Ask) -> bool:
        return ask.by_program or sees(event, ask.actor, self._tables.city, ask.assisting)

    def _performed(self, event: EventFacts, ask: Ask) -> Change:
        done = perform(event, ask, self._tables)
        if done.event.open and not event.open:
            self._none_open(done.event)
        after, notes = regraded(done.event, self._tables, ask.at)
        return Change(event, after, (done.note, *notes), ask.actor.name)

    def _none_open(self, event: EventFacts) -> None:
        """A place and zone has one open event of a kind; alerts have gone to that one since."""
        statement = select(Event.number).where(
            is_open(), Event.place == event.place, Event.zone == event.zone, Event.kind == event.kind
        )
        number = self._connection.execute(statement).scalar_one_or_none()
        if number is not None:
            detail = f"event {number} is open for the same place, zone and kind; go on with that one"
            raise ActError(RefusedFor.GUARD, detail)

    def _others(self, change: Change, ask: Ask, found: dict[int, EventFacts]) -> list[Change]:
        """What an act does to events that are merged with its own."""
        event = change.after
        if ask.act is Act.MERGE and ask.target is not None:
            return [self._told(ask.target, Verb.ABSORBED, event.id, ask)]
        if ask.act is Act.SPLIT and change.before is not None and change.before.merged_into is not None:
            whole = load_events(self._connection, [change.before.merged_into], ())
            return [self._told(item, Verb.LET_GO, event.id, ask) for item in whole.values()]
        if event.state in _ENDING:
            return [self._closed_with(part, event, ask) for part in found.values() if part.id != event.id]
        return []

    @staticmethod
    def _told(event: EventFacts, verb: Verb, about: int, ask: Ask) -> Change:
        note = Note(verb, ask.at, Details(event=about), by_central=ask.by_program)
        return Change(event, event, (note,), ask.actor.name)

    @staticmethod
    def _closed_with(part: EventFacts, whole: EventFacts, ask: Ask) -> Change:
        """What is part of a closed event is closed with it, and stays its part."""
        after = with_fields(part, open=False, closed_at=ask.at)
        details = Details(event=whole.id, state=part.state)
        return Change(part, after, (Note(Verb.CLOSE, ask.at, details, by_central=True),), ask.actor.name)

    def _merged_into(self, event_id: int) -> Sequence[int]:
        return self._connection.execute(select(Event.id).where(Event.merged_into == event_id)).scalars().all()

    def elapse(self, due: Iterable[int], now: datetime) -> int:
        """Do what time asks of these events, as far as nobody else holds them; how many have changed."""
        events = take_free_events(self._connection, due)
        deadlines = load_deadlines(self._connection, (event.id for event in events))
        changes = []
        for event in events:
            done = elapse(event, deadlines[event.id], self._tables, now)
            if done.notes or done.deadlines:
                changes.append(Change(event, done.event, done.notes, CENTRAL, done.deadlines))
        self.save(changes, now)
        return len(changes)

    def save(self, changes: Sequence[Change], at: datetime) -> list[EventFacts]:
        """Write events and timelines, and tell the desks; the events with their new timelines.

        Args:
            changes: What is to be written.
            at: This server's time.
        """
        limits = load_deadlines(self._connection, (change.after.id for change in changes if change.before))
        changed_limits: list[Deadline] = []
        saved: list[EventFacts] = []
        created: list[EventFacts] = []
        timelines: list[tuple[EventFacts, Sequence[Entry]]] = []
        told: list[EventChange] = []
        told_outside: list[Notice] = []
        for change in changes:
            changed, due = self._limits(change, limits.get(change.after.id, []), at)
            changed_limits += changed
            after = with_fields(change.after, due_at=due)
            if not after.open or after.merged_into is not None:
                after = with_fields(after, group_of=None, hidden_by=None, hidden_why=None)
            event, own = chained(after, change.notes, change.actor, at)
            saved.append(event)
            timelines.append((event, own))
            if change.before is None:
                created.append(event)
            told_outside += notices(event, own, self._tables)
            told.append(EventChange(event.id, tuple(str(entry.verb) for entry in own)))
        save_events(self._connection, created, [event for event in saved if event not in created])
        save_entries(self._connection, timelines)
        save_deadlines(self._connection, changed_limits)
        moved = self._arranged(changes, at)
        told += [EventChange(event) for event in sorted(moved.keys() - {event.id for event in saved})]
        feed.append(self._connection, told, at, self._keep)
        outbox.enqueue(self._connection, told_outside)
        return [_as_arranged(event, moved) for event in saved]

    def _arranged(self, changes: Sequence[Change], at: datetime) -> dict[int, Moved]:
        """Who leads and who hides whom after the changes, around them."""
        changed = [change.after for change in changes if matters(change.before, change.after)]
        created = {change.after.id for change in changes if change.before is None}
        return rearrange(self._connection, self._tables, changed, at, created)

    def _limits(
        self, change: Change, known: Sequence[Deadline], at: datetime
    ) -> tuple[list[Deadline], datetime | None]:
        """Limits to write, and when the next of all ends."""
        told = {(row.round, row.step): row for row in change.told}
        rows = {(row.round, row.step): row for row in known} | told
        followed = {
            (row.round, row.step): row for row in follow(change.after, list(rows.values()), self._tables, at)
        }
        first = next_due((rows | followed).values())
        return list((told | followed).values()), first.due if first else None


def _as_arranged(event: EventFacts, moved: Mapping[int, Moved]) -> EventFacts:
    """The event with its position as it was written."""
    found = moved.get(event.id)
    if found is None:
        return event
    return with_fields(
        event,
        group_of=found.group_of,
        hidden_by=found.hidden_by,
        hidden_why=found.hidden_why,
        shown_at=found.shown_at,
    )


def _assisting(tasks: Sequence[Task]) -> frozenset[str]:
    return frozenset(task.unit for task in tasks if task.role is TaskRole.ASSISTANT)
