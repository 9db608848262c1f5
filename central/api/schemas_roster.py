"""The duty roster as the API shows and takes it."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from central.dispatch.roster import Shift, Source, Spell
from central.events.view import AreaView, View
from central.names import Bilingual

_EXAMPLE: JsonDict = {
    "starts": "2026-10-01T20:00:00+08:00",
    "ends": "2026-10-02T08:00:00+08:00",
    "works": True,
    "note": "National Day",
}


class ShiftView(View):
    """A shift: on duty, or off, whatever the weekly duty says."""

    id: int
    """Row id."""
    starts: datetime
    """From."""
    ends: datetime
    """Until; not part of it."""
    works: bool
    """On duty, else off."""
    note: str
    """Why."""
    changed_by: str
    """Who entered or last changed it."""
    changed: datetime
    """When."""

    @classmethod
    def of(cls, shift: Shift) -> Self:
        """Of a shift."""
        return cls.model_validate({name: getattr(shift, name) for name in cls.model_fields})


class SpellView(View):
    """A stretch of a unit's roster, cut at the ends of the days that were asked for."""

    starts: datetime
    """From."""
    ends: datetime
    """Until; not part of it."""
    source: Source
    """Why: weekly duty, a shift that adds to it, a shift that takes from it."""
    shift: ShiftView | None
    """The whole shift; null for the weekly duty."""

    @classmethod
    def of(cls, spell: Spell) -> Self:
        """Of a spell."""
        shift = ShiftView.of(spell.shift) if spell.shift else None
        return cls(starts=spell.starts, ends=spell.ends, source=spell.source, shift=shift)


class UnitRoster(View):
    """One unit's roster."""

    id: str
    """Unit id."""
    name: Bilingual
    """What people call it."""
    org: AreaView
    """Whose it is."""
    department: Bilingual | None
    """Its department."""
    duty: list[str]
    """Its weekly duty as the units table has it; none means always."""
    on_duty: bool
    """Now."""
    hours: float
    """Hours of duty in these days."""
    may_change: bool
    """Whether the caller may enter shifts."""
    spells: list[SpellView]
    """In order."""


class RosterView(View):
    """Who is on duty when."""

    first: date
    """First day, by the city's clock."""
    days: list[datetime]
    """When each of the days begins, and when the last one ends."""
    timezone: str
    """IANA name of the city's time zone."""
    holidays: list[date]
    """Which of the days are holidays."""
    items: list[UnitRoster]
    """In the order of the units table."""


class PutShift(BaseModel):
    """A shift as it shall be."""

    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    starts: AwareDatetime
    """From."""
    ends: AwareDatetime
    """Until; not part of it, at most 31 days later."""
    works: bool = True
    """On duty, else off."""
    note: Annotated[str, Field(max_length=200)] = ""
    """Why."""
