"""Three colours (三色预警): the item's default, raised by rules; the reason travels with the grade."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from central.events.responsibility import PlainTime, split_limit, wall_seconds
from central.events.vocabulary import Colour
from central.names import Bilingual, Id
from messages import Kind, PlaceClass
from placewatch.config import Settings, read, validate
from placewatch.errors import ConfigError

DEFAULT_RULE = "default"
"""Rule id of a grade that no rule raised."""

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\Z")


def _hours(text: str) -> str:
    if not _HOURS.match(text):
        msg = f'{text!r} is not a span of hours | write it as "22:00-06:00"'
        raise ValueError(msg)
    return text


class Condition(Settings):
    """All that are given must hold."""

    kinds: tuple[Kind, ...] = ()
    """Edge kinds; none means every kind."""
    place_classes: tuple[PlaceClass, ...] = ()
    """Classes of key areas; none means every class."""
    over_limit: float | None = Field(None, gt=0)
    """The highest count was at least this many times the rule's limit."""
    lasting: PlainTime | None = None
    """Seen for at least this long."""
    hours: Annotated[str, AfterValidator(_hours)] | None = None
    """It began in these local hours; may run over midnight."""
    repeats: int | None = Field(None, ge=2)
    """At least this many episodes joined the open event."""
    overdue: bool = False
    """One of its time limits has passed."""
    reopened: bool = False
    """It was closed too soon once."""


class GradeRule(Settings):
    """Raises a colour; never lowers one."""

    id: Id
    """Stored with the event."""
    when: Condition
    """When it holds."""
    colour: Colour
    """The colour it raises to."""
    reason: Bilingual
    """Shown to people."""


class Grading(Settings):
    """What ``grading.yaml`` holds."""

    version: str = Field(min_length=1, max_length=64)
    """Names this edition; events keep it."""
    colours: Mapping[Colour, Bilingual]
    """What the colours are called."""
    default_reason: Bilingual
    """Why, when no rule raised it."""
    rules: tuple[GradeRule, ...] = ()
    """The gravest that holds wins; of equals, the first."""

    def reason(self, rule: str) -> Bilingual:
        """The words for a stored rule id."""
        return next((item.reason for item in self.rules if item.id == rule), self.default_reason)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a grade is judged by; none of it depends on the order in which alerts came.

    Attributes:
        kind: What was raised.
        place_class: Where.
        began: Earliest start of the condition.
        lasted_s: From there to the latest sight of it, seconds.
        peak_ratio: Highest count divided by the limit, 0 without a limit.
        episodes: How many episodes have joined.
        overdue: How many of its time limits have passed.
        reopens: How often it was reopened.
    """

    kind: str
    place_class: PlaceClass | None
    began: datetime
    lasted_s: float
    peak_ratio: float
    episodes: int
    overdue: int = 0
    reopens: int = 0


@dataclass(frozen=True, slots=True)
class Grade:
    """A colour and the id of the rule that gave it."""

    colour: Colour
    rule: str


def load_grading(path: Path) -> Grading:
    """Read and check the grading rules.

    Raises:
        ConfigError: Each fault at its line; a colour without a name; a rule id given twice.
    """
    document = read(path)
    grading = validate(document, Grading)
    problems = [
        document.problem(("colours",), f"the colour {colour} has no name", f"add '{colour}:'")
        for colour in Colour
        if colour not in grading.colours
    ]
    seen: set[str] = {DEFAULT_RULE}
    for index, rule in enumerate(grading.rules):
        if rule.id in seen:
            problems.append(
                document.problem(("rules", index, "id"), f"{rule.id!r} is taken", "choose another id")
            )
        seen.add(rule.id)
    if problems:
        raise ConfigError(problems)
    return grading


def grade(facts: Facts, default: Colour, grading: Grading, zone: ZoneInfo) -> Grade:
    """The gravest colour that the facts deserve.

    Args:
        facts: What is known.
        default: The item's own colour.
        grading: The rules.
        zone: In which ``hours`` are meant.
    """
    best = Grade(default, DEFAULT_RULE)
    for rule in grading.rules:
        if rule.colour.rank > best.colour.rank and _holds(rule.when, facts, zone):
            best = Grade(rule.colour, rule.id)
    return best


def _holds(when: Condition, facts: Facts, zone: ZoneInfo) -> bool:
    """Cheapest and most telling conditions first: this runs for each alert."""
    if when.kinds and facts.kind not in when.kinds:
        return False
    if when.place_classes and facts.place_class not in when.place_classes:
        return False
    return (
        (when.over_limit is None or facts.peak_ratio >= when.over_limit)
        and (when.lasting is None or facts.lasted_s >= _seconds(when.lasting))
        and (not when.overdue or facts.overdue > 0)
        and (not when.reopened or facts.reopens > 0)
        and (when.repeats is None or facts.episodes >= when.repeats)
        and (when.hours is None or _within(facts.began.astimezone(zone).time(), when.hours))
    )


@cache
def _seconds(limit: str) -> float:
    return wall_seconds(*split_limit(limit))


def _within(moment: time, span: str) -> bool:
    start, end = (time.fromisoformat(part) for part in span.split("-"))
    return start <= moment < end if start <= end else moment >= start or moment < end
