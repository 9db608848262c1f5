"""Conditions of acts besides state and role: pure questions with a refusal in words."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from central.events.ask import Ask
from central.events.compression import seconds
from central.events.facts import EventFacts
from central.events.lifecycle import Guard
from central.events.vocabulary import Colour, EventSource
from central.grid.city import City
from central.people.actor import Actor, Role
from central.people.scope import may
from central.setup import Tables

_SEEN_BY_MACHINES = frozenset({EventSource.CAMERA, EventSource.SYSTEM})


def chain_of(org: str, city: City) -> frozenset[str]:
    """The org and those above it; only the root for an org that the city no longer has."""
    chain = city.chain(org) if org in city.orgs else (city.root,)
    return frozenset(node.id for node in chain)


def within(actor: Actor, orgs: Iterable[str], city: City, *roles: Role) -> bool:
    """Whether one of the actor's ``roles`` (any without) holds over one of ``orgs``."""
    return any(may(actor, city, org, *roles) for org in orgs)


def sees(event: EventFacts, actor: Actor, city: City, assisting: frozenset[str]) -> bool:
    """Whether the actor may look at the event: by any role over its orgs, or for a unit that has it."""
    if actor.unit is not None and (actor.unit == event.unit or actor.unit in assisting):
        return True
    orgs = {event.org, event.home} | ({event.referred_to} if event.referred_to else set())
    return within(actor, orgs, city)


def clear_since(event: EventFacts, tables: Tables) -> datetime | None:
    """Since when the camera may vouch for the event: its episodes are closed for as long as the item asks.

    None while it may not, and for what no camera has seen.
    """
    if event.source not in _SEEN_BY_MACHINES or event.open_episodes or event.cleared_at is None:
        return None
    item = tables.responsibility.by_number.get(event.item)
    wait = item.clear_s if item else 0.0
    if chatters(event, tables):
        wait = max(wait, seconds(tables.compression.file.chattering.hold))
    return event.cleared_at + timedelta(seconds=wait)


def chatters(event: EventFacts, tables: Tables) -> bool:
    """Whether its spot repeats itself, so that it stays open for what comes next; never a red one's."""
    if event.colour is Colour.RED:
        return False
    lasted = (event.last_seen - event.first_seen).total_seconds()
    return tables.compression.chatters(event.earlier, event.episodes, lasted)


def _clear(event: EventFacts, ask: Ask, tables: Tables) -> str | None:
    if event.source not in _SEEN_BY_MACHINES:
        return "no camera watches it; it has to be handled and checked by people"
    since = clear_since(event, tables)
    if since is None:
        return f"the camera still sees it ({event.open_episodes} open episodes)"
    if since > ask.at:
        return (
            f"the picture has not been clear for long enough; the camera may vouch from {since:%H:%M:%S} UTC"
        )
    return None


def _checked(event: EventFacts, ask: Ask, tables: Tables) -> str | None:
    if ask.actor.name != event.handled_by and not ask.by_program:
        return None
    refusal = _clear(event, ask, tables)
    if refusal is None:
        return None
    return f"{event.handled_by} handled it, so another person or the camera has to check; {refusal}"


def _referred(event: EventFacts, ask: Ask, tables: Tables) -> str | None:
    roots = ask.actor.orgs(Role.OPERATOR, Role.DISPATCHER, Role.SUPERVISOR)
    if event.referred_to is not None and roots & chain_of(event.referred_to, tables.city):
        return None
    above = chain_of(event.org, tables.city) - {event.org}
    if roots & above:
        return None
    return "it was not referred to your organisation; ask its owner to refer it"


def _another(event: EventFacts, ask: Ask, _tables: Tables) -> str | None:
    if event.pause_by is not None and event.pause_by == ask.actor.name:
        return "who asks for a pause cannot approve it; another supervisor has to"
    return None


def _above(event: EventFacts, _ask: Ask, tables: Tables) -> str | None:
    org = tables.city.orgs.get(event.org)
    return None if org is not None and org.parent is not None else "there is no level above its owner"


GUARDS: dict[Guard, Callable[[EventFacts, Ask, Tables], str | None]] = {
    Guard.CHECKED: _checked,
    Guard.CLEAR: _clear,
    Guard.REFERRED: _referred,
    Guard.ANOTHER: _another,
    Guard.ABOVE: _above,
}
"""Each answers why not, or None."""
