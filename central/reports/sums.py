"""Cases summed up: every part with its denominator, and the parts of a table equal to its total."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from central.reports.cases import Case, Outcome


@dataclass(frozen=True, slots=True)
class Share:
    """A part and what it is a part of.

    Attributes:
        part: The numerator.
        of: The denominator; 0 when there is nothing to be a part of.
    """

    part: int
    of: int


@dataclass(frozen=True, slots=True)
class Times:
    """How long a step took.

    Attributes:
        count: Over how many cases.
        p50_s: Half of them took at most so long, seconds; None without any.
        p95_s: Nineteen of twenty did.
    """

    count: int
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Figures of some cases.

    Attributes:
        received: All of them: the outcomes add up to it.
        outcomes: How many by what became of them.
        filed: Those with an owner and a responsibility.
        closing: Closed, of those filed that are neither false alarms nor merged.
        in_time: Closed in time, of those whose closing was due: closed, or open and late.
        accept: From filing to the first acceptance.
        arrive: From filing to the first arrival.
        close: From filing to the last closing.
        reopened: Reopened at least once, of those closed or reopened.
        returned: Returned at least once, of those filed.
        false_alarms: False alarms, of those judged: closed or false alarms.
        transfers: How often another org was asked to take a case.
        pauses: How often a case was suspended.
        alerts: Alerts that joined.
        episodes: Episodes that joined.
    """

    received: int
    outcomes: dict[Outcome, int]
    filed: int
    closing: Share
    in_time: Share
    accept: Times
    arrive: Times
    close: Times
    reopened: Share
    returned: Share
    false_alarms: Share
    transfers: int
    pauses: int
    alerts: int
    episodes: int


def sum_up(cases: Sequence[Case]) -> Sums:
    """Figures of ``cases``."""
    outcomes = {outcome: sum(case.outcome is outcome for case in cases) for outcome in Outcome}
    closed = outcomes[Outcome.IN_TIME] + outcomes[Outcome.LATE]
    filed = len(cases) - outcomes[Outcome.UNFILED]
    false_alarms, merged = outcomes[Outcome.FALSE_ALARM], outcomes[Outcome.MERGED]
    once = sum(case.reopened > 0 for case in cases)
    ended = sum(case.reopened > 0 or case.outcome in {Outcome.IN_TIME, Outcome.LATE} for case in cases)
    return Sums(
        received=len(cases),
        outcomes=outcomes,
        filed=filed,
        closing=Share(closed, filed - false_alarms - merged),
        in_time=Share(outcomes[Outcome.IN_TIME], closed + outcomes[Outcome.OPEN_LATE]),
        accept=times_of(case.accept_s for case in cases),
        arrive=times_of(case.arrive_s for case in cases),
        close=times_of(case.close_s for case in cases),
        reopened=Share(once, ended),
        returned=Share(
            sum(case.returned > 0 for case in cases if case.outcome is not Outcome.UNFILED), filed
        ),
        false_alarms=Share(false_alarms, closed + false_alarms),
        transfers=sum(case.transfers for case in cases),
        pauses=sum(case.pauses for case in cases),
        alerts=sum(case.subject.alerts for case in cases),
        episodes=sum(case.subject.episodes for case in cases),
    )


def times_of(values: Iterable[float | None]) -> Times:
    """Quantiles by nearest rank: each is a time that was really taken."""
    found = sorted(value for value in values if value is not None)
    if not found:
        return Times(0, None, None)
    return Times(len(found), *(found[ceil(share * len(found)) - 1] for share in (0.5, 0.95)))


def table_of(cases: Iterable[Case], key: Callable[[Case], str]) -> dict[str, Sums]:
    """Figures by ``key``, the largest part first: each case counts in exactly one row."""
    parts: dict[str, list[Case]] = {}
    for case in cases:
        parts.setdefault(key(case), []).append(case)
    ranked = sorted(parts.items(), key=lambda part: (-len(part[1]), part[0]))
    return {name: sum_up(part) for name, part in ranked}
