"""Chains notes to an event's timeline."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from central.events.chain import Entry
from central.events.facts import EventFacts
from central.events.timeline import CENTRAL, Note


def event_number(event_id: int, received: datetime, zone: ZoneInfo) -> str:
    """What people call an event: its day in the city and its id."""
    return f"{received.astimezone(zone):%Y%m%d}-{event_id:06d}"


def chained(
    event: EventFacts, notes: Iterable[Note], actor: str, at: datetime
) -> tuple[EventFacts, list[Entry]]:
    """The event with the new length and head of its timeline, and the entries to add.

    Args:
        event: The event as it will be.
        notes: What there is to say, in order.
        actor: Who says it, but for what this program decides by itself.
        at: This server's time.
    """
    entries: list[Entry] = []
    number, head = event.entries, event.head
    for note in notes:
        number += 1
        entry = Entry(
            event_id=event.id,
            number=number,
            at=at,
            occurred=note.occurred,
            verb=note.verb,
            actor=CENTRAL if note.by_central else actor,
            data=msgspec.json.encode(note.details).decode(),
            prev_hash=head,
        )
        head = entry.hash
        entries.append(entry)
    return replace(event, entries=number, head=head), entries
