"""What acts change besides the state: one small pure function for each word of the table."""

from collections.abc import Callable

from msgspec.structs import replace

from central.events.ask import ActError, Ask, RefusedFor
from central.events.facts import EventFacts
from central.events.guards import clear_since
from central.events.lifecycle import Effect, Said
from central.events.vocabulary import EventState, Loop
from central.grid.routing import loop_of
from central.setup import Tables

BY_CAMERA = "camera"
"""Who verified, when it was the picture."""

_GO_UP_AT = 2  # the second refusal goes to the level above, which decides


def _acknowledge(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    if event.acknowledged_at is not None:
        return event
    return replace(event, acknowledged_at=ask.at, acknowledged_by=ask.actor.name)


def _file(event: EventFacts, ask: Ask, tables: Tables) -> EventFacts:
    org = ask.to_org or event.org
    return replace(
        event,
        filed_at=event.filed_at or ask.at,
        item=ask.item or event.item,
        org=org,
        home=org if ask.to_org else event.home,
        loop=loop_of(tables.city, org, in_grid=event.grid is not None) if ask.to_org else event.loop,
    )


def _assign(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    return replace(
        event,
        unit=ask.unit,
        dispatched_at=ask.at,
        accepted_at=None,
        arrived_at=None,
        handled_at=None,
        handled_by=None,
        referred_to=None,
    )


def _support(event: EventFacts, _ask: Ask, _tables: Tables) -> EventFacts:
    return replace(event, loop=event.loop.above)


def _accept(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    return replace(event, accepted_at=event.accepted_at or ask.at, refusals=0)


def _arrive(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    return replace(event, arrived_at=ask.at)


def _handle(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    return replace(event, arrived_at=event.arrived_at or ask.at, handled_at=ask.at, handled_by=ask.actor.name)


def _check(event: EventFacts, ask: Ask, tables: Tables) -> EventFacts:
    since = clear_since(event, tables)
    by_camera = since is not None and since <= ask.at
    return replace(event, verified_at=ask.at, verified_by=BY_CAMERA if by_camera else ask.actor.name)


def _close(event: EventFacts, ask: Ask, tables: Tables) -> EventFacts:
    return _unshelve(replace(event, open=False, closed_at=ask.at), ask, tables)


def _refuse(event: EventFacts, ask: Ask, tables: Tables) -> EventFacts:
    refused = replace(event, unit=None, refusals=event.refusals + 1, returns=event.returns + 1)
    org = tables.city.orgs.get(event.org)
    if refused.refusals < _GO_UP_AT or org is None or org.parent is None:
        return refused
    return _raise(replace(refused, refusals=0, state=EventState.ESCALATED), ask, tables)


def _rework(event: EventFacts, _ask: Ask, _tables: Tables) -> EventFacts:
    return replace(
        event, returns=event.returns + 1, handled_at=None, handled_by=None, verified_at=None, verified_by=None
    )


def _refer(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    if ask.to_org == event.org and event.state is not EventState.ESCALATED:
        raise ActError(RefusedFor.FIELD, "that organisation has it already", Said.TO_ORG)
    return event if ask.to_org is None else replace(event, referred_to=ask.to_org)


def _transfer(event: EventFacts, ask: Ask, tables: Tables) -> EventFacts:
    """Who was asked and accepts has it; an upper level may take it for itself or give it to one below."""
    org = event.referred_to or ask.to_org
    if org is None:
        raise ActError(RefusedFor.FIELD, "say which organisation takes it over", Said.TO_ORG)
    return replace(
        event,
        filed_at=event.filed_at or ask.at,
        org=org,
        home=org,
        loop=loop_of(tables.city, org, in_grid=False),
        unit=None,
        referred_to=None,
        refusals=0,
        transfers=event.transfers + 1,
    )


def _raise(event: EventFacts, _ask: Ask, tables: Tables) -> EventFacts:
    org = tables.city.orgs.get(event.org)
    above = org.parent if org is not None and org.parent is not None else event.org
    return replace(
        event,
        org=above,
        loop=max(event.loop.above, loop_of(tables.city, above, in_grid=False), key=list(Loop).index),
        escalations=event.escalations + 1,
    )


def _ask_pause(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    return replace(event, pause_by=ask.actor.name, pause_until=ask.until, pause_reason=ask.reason)


def _deny_pause(event: EventFacts, _ask: Ask, _tables: Tables) -> EventFacts:
    if event.pause_by is None:
        raise ActError(RefusedFor.GUARD, "nobody has asked for a pause")
    return replace(event, pause_by=None, pause_until=None, pause_reason=None)


def _pause(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    """What the supervisor says goes before what was asked for."""
    until = ask.until or event.pause_until
    if until is None or until <= ask.at:
        raise ActError(RefusedFor.FIELD, "say until when it is paused, later than now", Said.UNTIL)
    if (ask.reason or event.pause_reason) is None:
        raise ActError(RefusedFor.FIELD, "say why it is paused", Said.REASON)
    return replace(
        event,
        before=event.state,
        suspended_at=ask.at,
        suspended_until=until,
        pauses=event.pauses + 1,
        pause_by=None,
        pause_until=None,
        pause_reason=None,
    )


def _resume(event: EventFacts, _ask: Ask, _tables: Tables) -> EventFacts:
    return replace(event, before=None, suspended_at=None, suspended_until=None)


def _merge(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    target = ask.target
    if target is None:
        raise ActError(RefusedFor.FIELD, "there is no such event", Said.INTO)
    if target.id == event.id:
        raise ActError(RefusedFor.FIELD, "an event cannot be part of itself", Said.INTO)
    if not target.open or target.state is EventState.MERGED:
        raise ActError(RefusedFor.FIELD, f"{target.number} is not open by itself", Said.INTO)
    return replace(event, before=event.state, merged_into=target.id, unit=None)


def _split(event: EventFacts, _ask: Ask, _tables: Tables) -> EventFacts:
    return replace(event, before=None, merged_into=None)


def _shelve(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    return replace(event, shelved_until=ask.until, shelved_by=ask.actor.name, shelved_reason=ask.reason)


def _unshelve(event: EventFacts, _ask: Ask, _tables: Tables) -> EventFacts:
    return replace(event, shelved_until=None, shelved_by=None, shelved_reason=None)


def _reopen(event: EventFacts, ask: Ask, _tables: Tables) -> EventFacts:
    """Limits count anew; what was done before stays in the timeline."""
    return replace(
        event,
        open=True,
        reopens=event.reopens + 1,
        filed_at=ask.at,
        unit=None,
        dispatched_at=None,
        accepted_at=None,
        arrived_at=None,
        handled_at=None,
        handled_by=None,
        verified_at=None,
        verified_by=None,
        closed_at=None,
    )


def _hand_over(event: EventFacts, ask: Ask, tables: Tables) -> EventFacts:
    if ask.unit == event.unit:
        raise ActError(RefusedFor.FIELD, "that unit has it already", Said.UNIT)
    return _assign(event, ask, tables)


EFFECTS: dict[Effect, Callable[[EventFacts, Ask, Tables], EventFacts]] = {
    Effect.ACKNOWLEDGE: _acknowledge,
    Effect.FILE: _file,
    Effect.ASSIGN: _assign,
    Effect.SUPPORT: _support,
    Effect.ACCEPT: _accept,
    Effect.ARRIVE: _arrive,
    Effect.HANDLE: _handle,
    Effect.HAND_OVER: _hand_over,
    Effect.CHECK: _check,
    Effect.CLOSE: _close,
    Effect.REFUSE: _refuse,
    Effect.REWORK: _rework,
    Effect.REFER: _refer,
    Effect.TRANSFER: _transfer,
    Effect.RAISE: _raise,
    Effect.ASK_PAUSE: _ask_pause,
    Effect.DENY_PAUSE: _deny_pause,
    Effect.PAUSE: _pause,
    Effect.RESUME: _resume,
    Effect.MERGE: _merge,
    Effect.SPLIT: _split,
    Effect.SHELVE: _shelve,
    Effect.UNSHELVE: _unshelve,
    Effect.DROP: _close,
    Effect.REOPEN: _reopen,
}
"""Each gives the event as it is afterwards."""
