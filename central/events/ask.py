"""What somebody asks to do with an event, and why it may be refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from central.events.facts import EventFacts
from central.events.lifecycle import Said
from central.events.timeline import CENTRAL
from central.events.vocabulary import Act
from central.people.actor import Actor

PROGRAM = Actor(CENTRAL, ())
"""This program as an actor: it needs no role."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One act, asked for.

    Attributes:
        act: What.
        actor: Who; `PROGRAM` for this program itself.
        at: When (this server's clock).
        reason: Why.
        note: What there is to say.
        unit: Unit id.
        units: Ids of assisting units.
        to_org: Org id.
        until: End of a pause or a shelving.
        into: Id of the event to merge into.
        item: Number in the responsibility list.
        pictures: Evidence ids.
        assisting: Units that already assist; known from their tasks.
        target: The event ``into``.
    """

    act: Act
    actor: Actor
    at: datetime
    reason: str | None = None
    note: str | None = None
    unit: str | None = None
    units: tuple[str, ...] = ()
    to_org: str | None = None
    until: datetime | None = None
    into: int | None = None
    item: int | None = None
    pictures: tuple[str, ...] = ()
    assisting: frozenset[str] = frozenset()
    target: EventFacts | None = None

    @property
    def by_program(self) -> bool:
        """Whether this program asks."""
        return self.actor is PROGRAM

    def said(self) -> frozenset[Said]:
        """What is said with it."""
        return frozenset(said for said in Said if getattr(self, said) not in {None, ()})


class RefusedFor(StrEnum):
    """What stands against an act."""

    STATE = "state"
    """Not possible in this state."""
    GUARD = "guard"
    """Possible in this state, but a condition does not hold."""
    ROLE = "role"
    """Not for this actor."""
    FIELD = "field"
    """Something is missing, unknown or too much."""


class ActError(Exception):
    """An act that is not done; nothing has changed.

    Attributes:
        why: What stands against it.
        detail: In words, with the way out.
        field: The field to blame, for `RefusedFor.FIELD`.
    """

    def __init__(self, why: RefusedFor, detail: str, field: Said | None = None) -> None:
        """Refuse for ``why``, with ``detail``, naming ``field`` if one is to blame."""
        super().__init__(detail)
        self.why = why
        self.detail = detail
        self.field = field
