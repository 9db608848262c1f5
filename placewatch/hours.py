"""When a rule is on: spans of local time on some days, which may cross midnight."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAY = len(_DAYS)
"""Index of holidays beside the days of the week: a holiday is no Monday."""

WEEK = frozenset(range(len(_DAYS)))
"""Monday to Sunday."""

_NAMES = (*_DAYS, "a holiday")

_SPAN = re.compile(r"(?:(?P<days>[a-z,-]+) )?(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)")
_FIX = 'write it as "22:00-06:00" or "mon-fri 18:00-07:00"'


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes of the days on which it begins.

    Attributes:
        days: 0 Monday to 6 Sunday, 7 holidays.
        start: Minutes after midnight; belongs to the span.
        end: Does not; one that is not after ``start`` lies on the next day, so equal minutes are 24 hours.
    """

    days: frozenset[int]
    start: int
    end: int

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Written as ``22:00-06:00``, ``mon-fri 18:00-07:00`` or ``sat,sun,holiday 00:00-24:00``.

        Raises:
            ValueError: Not written so.
        """
        match = _SPAN.fullmatch(text)
        if match is None:
            msg = f"{text!r} is not a span of hours | {_FIX}"
            raise ValueError(msg)
        days = frozenset(range(8)) if match["days"] is None else _days(match["days"], text)
        start = _minutes(match["start"])
        return cls(days, start % (24 * 60), _minutes(match["end"]))


@dataclass(frozen=True, slots=True)
class Hours:
    """Spans of local time; none means always.

    Attributes:
        spans: When.
        timezone: Whose wall clock is meant; daylight saving follows from it.
        holidays: Days on which spans of week days do not begin, and those of ``holiday`` do.
    """

    spans: tuple[Span, ...]
    timezone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    @classmethod
    def parse(cls, texts: Sequence[str], timezone: ZoneInfo, holidays: Iterable[date] = ()) -> "Hours":
        """Spans as `Span.parse` reads them.

        Raises:
            ValueError: Not written so.
        """
        return cls(tuple(Span.parse(text) for text in texts), timezone, frozenset(holidays))

    def contains(self, now: float) -> bool:
        """Whether the moment (Unix seconds) lies in one of the spans."""
        if not self.spans:
            return True
        local = datetime.fromtimestamp(now, self.timezone)
        minute = local.hour * 60 + local.minute
        today = self._kind_of(local.date())
        yesterday = self._kind_of(local.date() - timedelta(days=1))
        return _covers(self.spans, today, yesterday, minute)

    def stretches(self, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
        """When the spans hold that begin on one of so many days from ``first`` on; the whole time for none.

        A span that begins the day before and reaches into ``first`` is left out: ask from that day on.
        """
        for day in (first + timedelta(days=offset) for offset in range(days)):
            if not self.spans:
                yield self._at(day, 0), self._at(day + timedelta(days=1), 0)
            for span in self.spans:
                if self._kind_of(day) in span.days:
                    until = day + timedelta(days=1) if span.end <= span.start else day
                    yield self._at(day, span.start), self._at(until, span.end)

    def _at(self, day: date, minute: int) -> datetime:
        """A wall-clock time of ``day``; 24 hours is the next day's beginning."""
        beyond, within = divmod(minute, 24 * 60)
        return datetime.combine(day + timedelta(days=beyond), time(within // 60, within % 60), self.timezone)

    def _kind_of(self, day: date) -> int:
        return HOLIDAY if day in self.holidays else day.weekday()


def _covers(spans: Iterable[Span], today: int, yesterday: int, minute: int) -> bool:
    """Whether a minute of a kind of day lies in one of the spans, those of the day before among them."""
    for span in spans:
        overnight = span.end <= span.start
        if today in span.days and minute >= span.start and (overnight or minute < span.end):
            return True
        if overnight and yesterday in span.days and minute < span.end:
            return True
    return False


def check_spans(texts: Sequence[str]) -> None:
    """Refuse spans that leave a hole after midnight.

    Who writes ``mon-fri 18:00-07:00`` and ``sat,sun 00:00-24:00`` means all nights, yet Monday's small hours
    belong to Sunday, whose span ends at midnight.

    Raises:
        ValueError: One is not written as `Span.parse` reads it, or there is such a hole.
    """
    spans = [Span.parse(text) for text in texts]
    for night in (span for span in spans if 0 < span.end < span.start):
        for day in sorted(frozenset(range(HOLIDAY + 1)) - night.days):
            morrow = sorted(WEEK) if day == HOLIDAY else [(day + 1) % len(_DAYS)]
            until_midnight = any(day in span.days and span.end in {0, 24 * 60} for span in spans)
            for after in morrow:
                if until_midnight and not _covers(spans, after, day, 0):
                    begin, end = _clock(night.start), _clock(night.end)
                    when = f"on {_NAMES[after]} after {_NAMES[day]}"
                    msg = (
                        f"the hours have a gap: none from 00:00 to {end} {when}"
                        f" | write the night as two spans, 00:00-{end} and {begin}-24:00, which both count by"
                        " the day they lie on"
                    )
                    raise ValueError(msg)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(text: str, span: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        if part == "holiday":
            days.add(HOLIDAY)
            continue
        first, mark, last = part.partition("-")
        if first not in _DAYS or (mark and last not in _DAYS):
            msg = f"{part!r} in {span!r} is no day | days are {', '.join(_DAYS)} and holiday, such as mon-fri"
            raise ValueError(msg)
        start = _DAYS.index(first)
        length = (_DAYS.index(last) - start) % 7 if mark else 0
        days.update((start + n) % 7 for n in range(length + 1))
    return frozenset(days)


def _minutes(text: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    if not (0 <= hour < 24 and 0 <= minute < 60) and (hour, minute) != (24, 0):
        msg = f"{text!r} is not a time of day | from 00:00 to 24:00"
        raise ValueError(msg)
    return hour * 60 + minute
