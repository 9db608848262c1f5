"""How grave an event is by what is known of it, and what its timeline says when that changes."""

from datetime import datetime

from msgspec.structs import replace

from central.events.facts import EventFacts
from central.events.grading import Facts, Grade, grade
from central.events.timeline import Details, Note
from central.events.vocabulary import Verb
from central.setup import Tables


def grade_of(event: EventFacts, tables: Tables) -> Grade:
    """The colour that the facts deserve; an item that the list no longer has keeps the event's own."""
    item = tables.responsibility.by_number.get(event.item)
    facts = Facts(
        kind=event.kind,
        place_class=event.place_class,
        began=event.first_seen,
        lasted_s=event.longest_s,
        peak_ratio=event.peak_ratio,
        episodes=event.episodes,
        overdue=event.overdue,
        reopens=event.reopens,
    )
    return grade(facts, item.colour if item else event.colour, tables.grading, tables.zone)


def regraded(event: EventFacts, tables: Tables, at: datetime) -> tuple[EventFacts, tuple[Note, ...]]:
    """The event with the colour that its facts deserve, and a note if that is a graver one."""
    given = grade_of(event, tables)
    if given.colour.rank <= event.colour.rank:
        return event, ()
    details = Details(colour=given.colour, was=event.colour, rule=given.rule)
    after = replace(event, colour=given.colour, colour_rule=given.rule)
    return after, (Note(Verb.REGRADED, at, details, by_central=True),)
