"""What acts on events take and tell."""

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from central.events.lifecycle import Guard, Said
from central.events.view import AreaView, View
from central.events.vocabulary import Act, EventState
from central.names import Bilingual, Id
from central.people.actor import Role
from central.store.text import printable


def _said(text: str) -> str | None:
    return printable(text, 2000).strip() or None


SaidText = Annotated[str, Field(max_length=2000), AfterValidator(_said)]
"""What somebody wrote; without controls, empty counts as not said."""

EvidenceId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""Id of a stored picture."""


class ActBody(BaseModel):
    """What is said with an act; which fields it takes stands in ``GET /api/v1/verbs``."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        json_schema_extra={"examples": [{"unit": "traffic-1", "note": "a lorry on the kerb"}]},
    )

    reason: SaidText | None = None
    """Why."""
    note: SaidText | None = None
    """What there is to say."""
    unit: Id | None = None
    """The unit to send or to hand over to; without one, dispatch takes the nearest suitable on duty."""
    units: tuple[Id, ...] = Field((), max_length=20)
    """Units that assist."""
    to_org: Id | None = None
    """The organisation that should have it."""
    until: AwareDatetime | None = None
    """End of a pause or of a shelving."""
    into: int | None = Field(None, ge=1, lt=2**63)
    """Id of the event to merge into."""
    item: int | None = Field(None, ge=1, le=9999)
    """Number in the responsibility list."""
    pictures: tuple[EvidenceId, ...] = Field((), max_length=10)
    """Ids that ``POST /api/v1/uploads`` has given out."""


class TransitionView(View):
    """One row of the life cycle's table."""

    from_: list[EventState] = Field(serialization_alias="from")
    """The states in which it is possible."""
    to: str
    """The state afterwards; ``same`` stays, ``before`` is the one before a pause or a merge."""
    roles: list[Role]
    """Who may."""
    requires: list[Said]
    """Fields that must be given."""
    allows: list[Said]
    """Fields that may be given besides."""
    guards: list[Guard]
    """Conditions of their own."""


class VerbView(View):
    """One verb."""

    id: Act
    """As in the address of the operation."""
    name: Bilingual
    """What people call it."""
    transitions: list[TransitionView]
    """Where it leads from where."""


class LifeCycleView(View):
    """The whole table."""

    version: str
    """Edition of the table."""
    states: list[AreaView]
    """Every state with its name, in the order of the life cycle."""
    verbs: list[VerbView]
    """Every verb."""


class PossibleView(View):
    """Something that the asking person may try with an event now."""

    verb: Act
    """Which verb."""
    name: Bilingual
    """What people call it."""
    to: str
    """Where it leads."""
    requires: list[Said]
    """Fields that must be given."""
    allows: list[Said]
    """Fields that may be given besides."""
