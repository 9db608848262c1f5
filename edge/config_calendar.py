"""Gaps of a box's calendar: holidays that nobody named, and hours that fall silent on them.

Like `edge.config_links` this works on the plain YAML value; what is no date or span is told elsewhere.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from edge.config_rules import Path, items
from placewatch.document import Document
from placewatch.errors import ConfigProblem
from placewatch.hours import HOLIDAY, WEEK, Span

Problems = Iterator[ConfigProblem]


def problems_of_calendar(document: Document) -> Problems:
    """Every gap between the box's ``holidays:`` and the hours of its rules."""
    days = _dates(document.data)
    years = {day.year for day in days}
    missing = sorted(set(range(min(years, default=0), max(years, default=0))) - years)
    if missing:
        yield document.problem(
            ("holidays",),
            f"the calendar has a gap: no holiday in {', '.join(map(str, missing))}",
            "add that year's, or remove those after it",
        )
    for path, camera in items(document.data, "cameras", ()):
        for at, rule in items(camera, "rules", path):
            for key in ("hours", "armed"):
                yield from _hours(document, (*at, key), rule, key, holidays=bool(days))


def _hours(document: Document, path: Path, rule: dict[str, Any], key: str, *, holidays: bool) -> Problems:
    named = _named_days(rule.get(key))
    if HOLIDAY in named and not holidays:
        yield document.problem(
            path,
            "these hours speak of holidays, and the box has none",
            "give the box its holidays: [2026-10-01, ...], each year's when they are published",
        )
    if key == "armed" and holidays and named >= WEEK and HOLIDAY not in named:
        yield document.problem(
            path,
            "armed on every day of the week, but never on a holiday, which is no day of the week here",
            'add "holiday 00:00-24:00", or leave the days out: "22:00-06:00" holds on all of them',
        )


def _named_days(texts: object) -> frozenset[int]:
    """Days that spans name; none where one leaves them out, which means all."""
    found: set[int] = set()
    for text in texts if isinstance(texts, list) else ():
        try:
            span = Span.parse(str(text))
        except ValueError:
            return frozenset()
        if span.days == WEEK | {HOLIDAY} and str(text)[:1].isdigit():
            return frozenset()
        found |= span.days
    return frozenset(found)


def _dates(data: object) -> list[date]:
    given = data.get("holidays") if isinstance(data, dict) else None
    found = []
    for text in given if isinstance(given, list) else ():
        try:
            found.append(date.fromisoformat(str(text)))
        except ValueError:
            continue
    return found
