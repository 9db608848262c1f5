"""The duty roster: a unit's weekly duty, and the shifts that add to it or take from it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from msgspec import Struct

from central.dispatch.units import Unit
from central.events.calendar import Calendar

MOST_DAYS = 42
"""Most days of one look: six weeks fill a month's page."""

LONGEST = timedelta(days=31)
"""Longest shift: what lasts longer belongs into the weekly duty."""


class Shift(Struct, frozen=True, kw_only=True):
    """A stretch of time in which a unit is on duty, or off, whatever its weekly duty says.

    Attributes:
        id: Row id.
        unit: Whose.
        starts: From.
        ends: Until; not part of it.
        works: On duty, else off.
        note: Why.
        changed_by: Who entered or last changed it.
        changed: When.
    """

    id: int
    unit: str
    starts: datetime
    ends: datetime
    works: bool
    note: str
    changed_by: str
    changed: datetime


class Source(StrEnum):
    """Why a unit is on duty, or off."""

    WEEKLY = "weekly"
    """Its weekly duty."""
    EXTRA = "extra"
    """A shift adds to it."""
    OFF = "off"
    """A shift takes from it."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of a roster.

    Attributes:
        starts: From.
        ends: Until; not part of it.
        source: Why.
        shift: The shift that says so; None for the weekly duty.
    """

    starts: datetime
    ends: datetime
    source: Source
    shift: Shift | None = None


_Stretch = tuple[datetime, datetime]


def window(first: date, days: int, calendar: Calendar) -> _Stretch:
    """From the beginning of a day to the end of the last of ``days``, by the city's clock."""
    begin = datetime.combine(first, time(), calendar.zone)
    return begin, datetime.combine(first + timedelta(days=days), time(), calendar.zone)


def spells(unit: Unit, shifts: Sequence[Shift], first: date, days: int, calendar: Calendar) -> list[Spell]:
    """A unit's roster over some days, in order; the weekly duty is cut where a shift has the unit off.

    Args:
        unit: Whose.
        shifts: Its shifts that touch those days.
        first: First day, by the city's clock.
        days: How many.
        calendar: Holidays, time zone.
    """
    begin, end = window(first, days, calendar)
    weekly = _joined(calendar.hours(unit.duty).stretches(first - timedelta(days=1), days + 1))
    off = [(shift.starts, shift.ends) for shift in shifts if not shift.works]
    found = [Spell(*stretch, Source.WEEKLY) for stretch in _without(weekly, off)]
    found += [
        Spell(shift.starts, shift.ends, Source.EXTRA if shift.works else Source.OFF, shift)
        for shift in shifts
    ]
    inside = [
        Spell(max(one.starts, begin), min(one.ends, end), one.source, one.shift)
        for one in found
        if one.starts < end and one.ends > begin
    ]
    return sorted(inside, key=lambda one: (one.starts, one.ends, one.source))


def covered_s(found: Iterable[Spell]) -> float:
    """Seconds of duty; what is on duty twice counts once."""
    stretches = _joined((one.starts, one.ends) for one in found if one.source is not Source.OFF)
    return sum((end - start).total_seconds() for start, end in stretches)


def _joined(stretches: Iterable[_Stretch]) -> list[_Stretch]:
    """Those that touch are one."""
    joined: list[_Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _without(stretches: Iterable[_Stretch], gaps: Iterable[_Stretch]) -> list[_Stretch]:
    left = list(stretches)
    for gap_start, gap_end in gaps:
        pieces = [
            piece
            for start, end in left
            for piece in ((start, min(end, gap_start)), (max(start, gap_end), end))
            if piece[0] < piece[1]
        ]
        left = pieces
    return left
