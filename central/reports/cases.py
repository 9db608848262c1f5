"""What became of each event: read off its timeline, whose entries nobody can change afterwards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What became of an event; every event has exactly one."""

    UNFILED = "unfiled"
    OPEN_IN_TIME = "open_in_time"
    OPEN_LATE = "open_late"
    IN_TIME = "in_time"
    LATE = "late"
    FALSE_ALARM = "false_alarm"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of a timeline.

    Attributes:
        verb: What happened.
        at: When this server wrote it.
        details: What else the entry says.
    """

    verb: str
    at: datetime
    details: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about.

    Attributes:
        event_id: Row id.
        place: Place id.
        place_class: Class of key area, or empty.
        kind: What was raised.
        item: Number in the responsibility list.
        colour: How grave.
        org: Org that answers now.
        camera: ``site/box/camera`` of the latest alert, or empty.
        received: When the first alert or report was taken in.
        alerts: Alerts that joined.
        episodes: Episodes that joined.
    """

    event_id: int
    place: str
    place_class: str
    kind: str
    item: int
    colour: str
    org: str
    camera: str
    received: datetime
    alerts: int
    episodes: int


@dataclass(frozen=True, slots=True)
class Case:
    """An event and what became of it.

    Attributes:
        subject: What it is about.
        outcome: What became of it.
        accept_s: From filing to the first acceptance, seconds; None when there was none.
        arrive_s: From filing to the first arrival.
        close_s: From filing to the last closing.
        reopened: How often it was reopened.
        returned: How often it was returned.
        transfers: How often another org was asked to take it.
        pauses: How often it was suspended.
    """

    subject: Subject
    outcome: Outcome
    accept_s: float | None
    arrive_s: float | None
    close_s: float | None
    reopened: int
    returned: int
    transfers: int
    pauses: int


_FILED = frozenset({"filed", "file"})
_ENDS = {"close": Outcome.IN_TIME, "false_alarm": Outcome.FALSE_ALARM, "merge": Outcome.MERGED}
_BEGINS_ANEW = frozenset({"reopen", "split"})

TOLD = (
    *sorted(_FILED),
    *_ENDS,
    *sorted(_BEGINS_ANEW),
    "accept",
    "arrive",
    "return",
    "refer",
    "suspend",
    "breached",
)
"""The verbs that a case is made of; others need not be read."""


def case_of(subject: Subject, timeline: Iterable[Happened]) -> Case:
    """What became of an event.

    Args:
        subject: What it is about.
        timeline: Its entries in order; verbs outside `TOLD` are passed over.
    """
    entries = list(timeline)
    filed = next((entry.at for entry in entries if entry.verb in _FILED), None)
    begun = filed or subject.received

    def count(verb: str) -> int:
        return sum(entry.verb == verb for entry in entries)

    def first(verb: str) -> float | None:
        return next(((entry.at - begun).total_seconds() for entry in entries if entry.verb == verb), None)

    end, late = _course(entries)
    return Case(
        subject=subject,
        outcome=_outcome(end.verb if end else None, filed=filed is not None, late=late),
        accept_s=first("accept"),
        arrive_s=first("arrive"),
        close_s=(end.at - begun).total_seconds() if end is not None and end.verb == "close" else None,
        reopened=count("reopen"),
        returned=count("return"),
        transfers=count("refer"),
        pauses=count("suspend"),
    )


def _course(entries: Iterable[Happened]) -> tuple[Happened | None, bool]:
    """The entry that ended the event, if it has ended, and whether its time limit for closing had passed."""
    end, late = None, False
    for entry in entries:
        if entry.verb in _ENDS:
            end = entry
        elif entry.verb in _BEGINS_ANEW:
            end = None
        elif entry.verb == "breached" and entry.details.get("deadline") == "close":
            late = True
    return end, late


def _outcome(end: str | None, *, filed: bool, late: bool) -> Outcome:
    if end is None:
        if not filed:
            return Outcome.UNFILED
        return Outcome.OPEN_LATE if late else Outcome.OPEN_IN_TIME
    outcome = _ENDS[end]
    return Outcome.LATE if outcome is Outcome.IN_TIME and late else outcome
