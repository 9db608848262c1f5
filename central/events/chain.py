"""The timeline's hash chain: an entry that is changed, dropped or moved no longer fits."""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from central.events.vocabulary import Verb

START = "0" * 64
"""What the first entry follows."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One line of an event's timeline.

    Attributes:
        event_id: Whose timeline.
        number: 1 for the first.
        at: When this server wrote it.
        occurred: When it happened.
        verb: What happened.
        actor: Who did it: ``box://site/box/camera`` or ``central``.
        data: Details as JSON text.
        prev_hash: Hash of the entry before, `START` for the first.
    """

    event_id: int
    number: int
    at: datetime
    occurred: datetime
    verb: Verb
    actor: str
    data: str
    prev_hash: str

    @property
    def hash(self) -> str:
        """SHA-256 over every field in order, as JSON; made once."""
        held: str | None = self.__dict__.get("hash_made")
        if held is None:
            held = self.__dict__["hash_made"] = self._hash()
        return held

    def _hash(self) -> str:
        fields = [
            self.event_id,
            self.number,
            _text(self.at),
            _text(self.occurred),
            str(self.verb),
            self.actor,
            self.data,
            self.prev_hash,
        ]
        return sha256(msgspec.json.encode(fields)).hexdigest()


def _text(moment: datetime) -> str:
    moment = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return moment.isoformat("T", "microseconds")


def first_break(entries: Iterable[tuple[Entry, str]], head: str, length: int) -> int | None:
    """Number of the first entry that does not fit, or None when the timeline is whole.

    Args:
        entries: Entries in order with the hash stored beside each.
        head: The hash that the event keeps of its last entry.
        length: The number of entries that the event keeps.
    """
    previous, count = START, 0
    for entry, stored in entries:
        count += 1
        if entry.number != count or entry.prev_hash != previous or entry.hash != stored:
            return count
        previous = stored
    return None if (previous, count) == (head, length) else count + 1
