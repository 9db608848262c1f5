"""One act on one event: a pure function by the life cycle's table."""

from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace

from central.events.ask import ActError, Ask, RefusedFor
from central.events.effects import EFFECTS
from central.events.facts import EventFacts
from central.events.guards import GUARDS, within
from central.events.lifecycle import Said, Transition
from central.events.timeline import Details, Note
from central.events.vocabulary import ACT_NAMES, STATE_NAMES, Act, EventState, Verb
from central.people.actor import Actor, Role
from central.setup import Tables

LONGEST_PAUSE = timedelta(days=366)
"""No pause and no shelving is longer."""


@dataclass(frozen=True, slots=True)
class Performed:
    """An act that was done.

    Attributes:
        event: The event as it is.
        note: What its timeline says.
    """

    event: EventFacts
    note: Note


def perform(event: EventFacts, ask: Ask, tables: Tables) -> Performed:
    """Do what is asked, or refuse; the event given is not touched.

    Raises:
        ActError: It is not possible in this state, not for this actor, not with these fields, or a guard
            stands against it.
    """
    row = tables.lifecycle.rows.get((ask.act, event.state))
    if row is None:
        raise ActError(RefusedFor.STATE, _not_here(event, ask, tables))
    if not ask.by_program:
        if not allowed(event, row, ask, tables):
            raise ActError(RefusedFor.ROLE, _not_you(row))
        _check_fields(row, ask, tables)
        for guard in row.guards:
            refusal = GUARDS[guard](event, ask, tables)
            if refusal is not None:
                raise ActError(RefusedFor.GUARD, refusal)
    after = event
    for effect in row.effects:
        after = EFFECTS[effect](after, ask, tables)
    if after.state is event.state:  # an effect may know better: a second refusal escalates
        after = replace(after, state=_state_after(event, row))
    if row.effects or after.state is not event.state:
        after = replace(after, hands_on=event.hands_on or not _only_looks(ask.act))
    return Performed(after, _note(event, after, ask))


def possible(event: EventFacts, actor: Actor, tables: Tables, assisting: frozenset[str]) -> list[Act]:
    """What the actor may try now; guards may still refuse."""
    rows = tables.lifecycle.possible(event.state)
    return [row.verb for row in rows if _may(event, row, actor, tables, assisting)]


def allowed(event: EventFacts, row: Transition, ask: Ask, tables: Tables) -> bool:
    """Whether the actor has a role of the row over this event."""
    return _may(event, row, ask.actor, tables, ask.assisting)


def _may(event: EventFacts, row: Transition, actor: Actor, tables: Tables, assisting: frozenset[str]) -> bool:
    """Responders act for their unit; others where their org is the owner's or above it.

    The org on the ground keeps acting while the event is with a level above, except while that level decides.
    """
    has_it = actor.unit is not None and (actor.unit == event.unit or actor.unit in assisting)
    if has_it and Role.RESPONDER in row.roles and actor.orgs(Role.RESPONDER):
        return True
    others = tuple(role for role in row.roles if role is not Role.RESPONDER)
    if not others:
        return False
    orgs = {event.org}
    if event.state is not EventState.ESCALATED:
        orgs.add(event.home)
    if row.verb in {Act.TAKE_OVER, Act.RETURN, Act.NOTE} and event.referred_to is not None:
        orgs.add(event.referred_to)
    return within(actor, orgs, tables.city, *others)


def _only_looks(act: Act) -> bool:
    return act in {Act.ACKNOWLEDGE, Act.NOTE, Act.SHELVE, Act.UNSHELVE}


def _state_after(event: EventFacts, row: Transition) -> EventState:
    if row.to == "same":
        return event.state
    if row.to == "before":
        return event.before or EventState.FILED
    return EventState(row.to)


def _not_here(event: EventFacts, ask: Ask, tables: Tables) -> str:
    names = ", ".join(dict.fromkeys(str(row.verb) for row in tables.lifecycle.possible(event.state)))
    state = STATE_NAMES[event.state].en
    return f"{ask.act} is not possible while the event is {state}; possible are: {names}"


def _not_you(row: Transition) -> str:
    roles = ", ".join(str(role) for role in row.roles)
    what = ACT_NAMES[row.verb].en
    return (
        f"to {what} this event takes one of the roles {roles} over its organisation (a responder: in the unit"
        " that has it)"
    )


def _check_fields(row: Transition, ask: Ask, tables: Tables) -> None:
    said = ask.said()
    for field in row.requires:
        if field not in said:
            raise ActError(RefusedFor.FIELD, f"{ask.act} needs it", field)
    for field in sorted(said - {*row.requires, *row.allows}):
        raise ActError(RefusedFor.FIELD, f"{ask.act} does not take it here", field)
    _check_values(ask, tables)


def _check_values(ask: Ask, tables: Tables) -> None:
    if ask.to_org is not None and ask.to_org not in tables.city.orgs:
        raise ActError(RefusedFor.FIELD, f"there is no organisation {ask.to_org!r}", Said.TO_ORG)
    if ask.item is not None and ask.item not in tables.responsibility.by_number:
        raise ActError(RefusedFor.FIELD, f"the responsibility list has no item {ask.item}", Said.ITEM)
    for field, units in ((Said.UNIT, (ask.unit,)), (Said.UNITS, ask.units)):
        for unit in units:
            if unit is not None and unit not in tables.units.by_id:
                raise ActError(RefusedFor.FIELD, f"there is no unit {unit!r}", field)
    if ask.until is not None and not ask.at < ask.until <= ask.at + LONGEST_PAUSE:
        raise ActError(RefusedFor.FIELD, "must lie in the future, at most a year ahead", Said.UNTIL)


def _note(before: EventFacts, after: EventFacts, ask: Ask) -> Note:
    details = Details(
        state=after.state if after.state is not before.state else None,
        reason=ask.reason or (before.pause_reason if ask.act is Act.SUSPEND else None),
        note=ask.note,
        unit=ask.unit,
        units=list(ask.units) or None,
        to_org=ask.to_org,
        org=after.org if after.org != before.org else None,
        until=(after.suspended_until if ask.act is Act.SUSPEND else ask.until),
        into=ask.into,
        item=ask.item,
        pictures=list(ask.pictures) or None,
        loop=after.loop if after.loop is not before.loop else None,
        checked_by=after.verified_by if after.verified_by != before.verified_by else None,
    )
    return Note(Verb(ask.act), ask.at, details, by_central=ask.by_program)
