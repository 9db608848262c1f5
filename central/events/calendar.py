"""The city's working time: adds and measures limits in minutes, hours, working hours and working days."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from central.events.responsibility import Unit, split_limit, wall_seconds
from placewatch.config import Document, Settings, read, validate
from placewatch.errors import ConfigError, ConfigProblem
from placewatch.hours import Hours

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?\Z")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)\Z")
_LONGEST = timedelta(days=3660)


def _days(text: object) -> object:
    """YAML reads a lone day as a date; a range stays a text."""
    return text.isoformat() if isinstance(text, date) else text


def _check_days(text: str) -> str:
    match = _RANGE.match(text)
    try:
        first, last = _both(match) if match else (date.max, date.min)
    except ValueError:
        first, last = date.max, date.min
    if first > last or last - first > timedelta(days=60):
        msg = f"{text!r} is no day and no span of days | write 2026-10-01 or 2026-10-01..2026-10-07"
        raise ValueError(msg)
    return text


def _both(match: re.Match[str]) -> tuple[date, date]:
    return date.fromisoformat(match[1]), date.fromisoformat(match[2] or match[1])


Days = Annotated[str, BeforeValidator(_days), AfterValidator(_check_days)]
"""``2026-10-01`` or ``2026-10-01..2026-10-07``."""


def _check_span(text: str) -> str:
    match = _SPAN.match(text)
    if match is None or not _minutes(match[1], match[2]) < _minutes(match[3], match[4]) <= 24 * 60:
        msg = f'{text!r} is no span of hours within a day | write "08:30-12:00"'
        raise ValueError(msg)
    return text


def _minutes(hour: str, minute: str) -> int:
    return int(hour) * 60 + int(minute)


class Year(Settings):
    """The days of one year that are not what their weekday says."""

    holidays: tuple[Days, ...] = ()
    """Free although weekdays, or free in any case."""
    workdays: tuple[Days, ...] = ()
    """Worked although at a weekend: they make up for a holiday."""


class CalendarFile(Settings):
    """What ``calendar.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition."""
    workdays: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(min_length=1)
    """Days of the week that are worked."""
    hours: tuple[Annotated[str, AfterValidator(_check_span)], ...] = Field(min_length=1)
    """Hours of a working day, in order; together the length of a working day."""
    years: Mapping[Annotated[int, Field(ge=2000, le=2099)], Year] = Field(default_factory=dict)
    """Years whose holidays are known; in others plain weekdays count."""


Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working time in one time zone.

    Attributes:
        file: As written.
        zone: Whose wall clock is meant.
        holidays: Free days.
        workdays: Days worked although at a weekend.
        day_s: Length of a working day, seconds.
    """

    file: CalendarFile
    zone: ZoneInfo
    holidays: frozenset[date] = field(default_factory=frozenset)
    workdays: frozenset[date] = field(default_factory=frozenset)
    day_s: float = 0.0

    def worked(self, day: date) -> bool:
        """Whether ``day`` is a working day."""
        if day in self.workdays:
            return True
        return day not in self.holidays and _DAYS[day.weekday()] in self.file.workdays

    def knows(self, year: int) -> bool:
        """Whether the holidays of ``year`` are given."""
        return year in self.file.years

    def within(self, spans: Sequence[str], now: datetime) -> bool:
        """Whether ``now`` lies in one of the spans of a roster (none: always)."""
        return self.hours(spans).contains(now.timestamp())

    def hours(self, spans: Sequence[str]) -> Hours:
        """The spans of a roster on this calendar's days."""
        return Hours.parse(spans, self.zone, self.holidays)

    def add(self, start: datetime, limit: str) -> datetime:
        """The moment at which ``limit`` has passed since ``start``."""
        return self.after(start, self.length_s(limit), working=is_working(limit))

    def length_s(self, limit: str) -> float:
        """A limit in seconds of its own clock; a working day is as long as the calendar's."""
        amount, unit = split_limit(limit)
        if unit is Unit.WORKING_DAYS:
            return amount * self.day_s
        if unit is Unit.WORKING_HOURS:
            return amount * 3600.0
        return wall_seconds(amount, unit)

    def after(self, start: datetime, seconds: float, *, working: bool) -> datetime:
        """The moment when so many seconds have passed, of working time or of any."""
        if not working:
            return start + timedelta(seconds=seconds)
        left = timedelta(seconds=seconds)
        for begin, end in self._spans(start):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return start + _LONGEST

    def between(self, start: datetime, end: datetime, *, working: bool) -> float:
        """Seconds from ``start`` to ``end``, of working time or of any; 0 when ``end`` is not later."""
        if end <= start:
            return 0.0
        if not working:
            return (end - start).total_seconds()
        total = timedelta()
        for begin, finish in self._spans(start):
            if begin >= end:
                break
            total += min(finish, end) - begin
        return total.total_seconds()

    def _spans(self, start: datetime) -> Iterator[Span]:
        """The spans of working time from ``start`` on, the first cut, in UTC order; ends after ten years."""
        zone = self.zone
        first = start.astimezone(zone).date()
        for offset in range(_LONGEST.days):
            day = first + timedelta(days=offset)
            if not self.worked(day):
                continue
            for text in self.file.hours:
                begin, end = (_moment(day, part, zone) for part in text.split("-"))
                if end > start:
                    yield max(begin, start), end


def is_working(limit: str) -> bool:
    """Whether a limit counts working time only."""
    return split_limit(limit)[1] in {Unit.WORKING_HOURS, Unit.WORKING_DAYS}


def _moment(day: date, text: str, zone: ZoneInfo) -> datetime:
    """A wall-clock time of ``day``; 24:00 is the next day's beginning."""
    if text == "24:00":
        return datetime.combine(day + timedelta(days=1), time(), zone)
    return datetime.combine(day, time.fromisoformat(text), zone)


def load_calendar(path: Path, zone: ZoneInfo) -> Calendar:
    """Read and check a calendar.

    Raises:
        ConfigError: Each fault at its line: overlapping hours, a day of another year, or free and worked.
    """
    document = read(path)
    return make_calendar(validate(document, CalendarFile), zone, document)


def make_calendar(file: CalendarFile, zone: ZoneInfo, document: Document) -> Calendar:
    """A calendar out of its file's content.

    Raises:
        ConfigError: See `load_calendar`.
    """
    problems = [*_hours_problems(document, file), *_year_problems(document, file)]
    if problems:
        raise ConfigError(problems)
    day = date(2025, 1, 1)
    length = sum(
        (_moment(day, end, zone) - _moment(day, begin, zone)).total_seconds()
        for begin, end in (text.split("-") for text in file.hours)
    )
    return Calendar(
        file=file,
        zone=zone,
        holidays=frozenset(d for year in file.years.values() for text in year.holidays for d in _each(text)),
        workdays=frozenset(d for year in file.years.values() for text in year.workdays for d in _each(text)),
        day_s=length,
    )


def _each(text: str) -> Iterator[date]:
    match = _RANGE.match(text)
    if match is None:
        return
    first, last = _both(match)
    yield from (first + timedelta(days=offset) for offset in range((last - first).days + 1))


def _hours_problems(document: Document, file: CalendarFile) -> Iterator[ConfigProblem]:
    last = ""
    for index, text in enumerate(file.hours):
        begin, end = text.split("-")
        if begin < last:
            yield document.problem(("hours", index), f"{text!r} begins before {last}", "put them in order")
        last = end


def _year_problems(document: Document, file: CalendarFile) -> Iterator[ConfigProblem]:
    years = sorted(file.years)
    for before, after in pairwise(years):
        if after > before + 1:
            yield document.problem(
                ("years", str(after)),
                f"the calendar has a gap: nothing between {before} and {after}",
                f"add {', '.join(map(str, range(before + 1, after)))}, or remove {after}",
            )
    for number, year in file.years.items():
        free = {day for text in year.holidays for day in _each(text)}
        for key, texts in (("holidays", year.holidays), ("workdays", year.workdays)):
            for index, text in enumerate(texts):
                here = ("years", str(number), key, index)
                if any(day.year != number for day in _each(text)):
                    yield document.problem(here, f"{text} is not in {number}", "put it under its year")
                if key == "workdays" and free & set(_each(text)):
                    yield document.problem(here, f"{text} is both free and worked", "keep one")
