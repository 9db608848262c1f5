"""Alerts of a box against those of the plain pipeline on the same recordings. Pure; seconds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

from messages import Kind
from placewatch.eval.matching import Due, Raised, match

TOLERANCE_S = 2.0
"""An alert that opens no farther than this from the reference's tells of the same event."""

_BORDER_S = 1.0
"""An event near the ends of a round may be told before the one and, next time, after the other."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An alert that opened.

    Attributes:
        kind: The rule's kind.
        zone: Zone or line id; empty for the camera itself.
        at: Second of the camera's endless show at which its picture was taken.
    """

    kind: str
    zone: str
    at: float


@dataclass(frozen=True, slots=True)
class Show:
    """What one camera told while it was measured.

    Attributes:
        opened: Its alerts, before and after the measurement too.
        begin: Second of its endless show at which the measurement began.
        end: And at which it ended.
        length: Of one round, seconds.
    """

    opened: tuple[Opened, ...]
    begin: float
    end: float
    length: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two boxes agree.

    Attributes:
        events: Alerts of the reference that fell into the measurement.
        told: Those that the other one told, too.
        alerts: Alerts of the other one that fell into the measurement.
        right: Those that the reference told, too.
    """

    events: int = 0
    told: int = 0
    alerts: int = 0
    right: int = 0

    def __add__(self, other: "Agreement") -> "Agreement":
        return Agreement(
            self.events + other.events,
            self.told + other.told,
            self.alerts + other.alerts,
            self.right + other.right,
        )

    @property
    def recall(self) -> float | None:
        """Share of the reference's events; None without any."""
        return self.told / self.events if self.events else None

    @property
    def precision(self) -> float | None:
        """Share of the alerts; None without any."""
        return self.right / self.alerts if self.alerts else None


def one_round(show: Show) -> list[Opened]:
    """What a camera told in the first full round of the measurement, at seconds into the recording.

    An event that falls on the round's ends may be told a moment before its beginning and a moment after its
    end: it is one event all the same, and not none.
    """
    end = min(show.end, show.begin + show.length)
    inside = [_placed(alert, show) for alert in show.opened if show.begin <= alert.at < end]
    around = [
        _placed(alert, show)
        for alert in show.opened
        if show.begin - _BORDER_S <= alert.at < show.begin or end <= alert.at < end + _BORDER_S
    ]
    for alert in around:
        if not any(_same(alert, other, show.length) for other in inside):
            inside.append(alert)
    return inside


def _placed(alert: Opened, show: Show) -> Opened:
    return Opened(alert.kind, alert.zone, alert.at % show.length)


def _same(one: Opened, other: Opened, length: float) -> bool:
    apart = abs(one.at - other.at)
    near = min(apart, length - apart) <= TOLERANCE_S
    return near and (one.kind, one.zone) == (other.kind, other.zone)


def agree(show: Show, reference: Iterable[Opened]) -> Agreement:
    """Compare what a camera told with one round of the reference on the same recording.

    Alerts near the ends of the measurement may pair up across them, and then do not count.
    """
    dues = [
        Due(Kind(event.kind), event.zone, at, at, at, TOLERANCE_S)
        for event in reference
        for at in _times(event.at, show)
    ]
    raised = [Raised(Kind(alert.kind), alert.zone, alert.at, None) for alert in show.opened]
    matching = match(dues, raised)
    told = {due for due, _ in matching.pairs}
    right = {alert for _, alert in matching.pairs}
    mine = [number for number, due in enumerate(dues) if _inside(due.opened, show)]
    others = [number for number, alert in enumerate(raised) if _inside(alert.opened, show)]
    return Agreement(
        len(mine), sum(number in told for number in mine), len(others), sum(n in right for n in others)
    )


def _times(position: float, show: Show) -> list[float]:
    """When an event of the recording comes in the endless show, a little around the measurement too."""
    first = ceil((show.begin - TOLERANCE_S - position) / show.length)
    last = floor((show.end + TOLERANCE_S - position) / show.length)
    return [position + number * show.length for number in range(first, last + 1)]


def _inside(at: float, show: Show) -> bool:
    return show.begin <= at < show.end


def quantiles(values: Sequence[float]) -> dict[str, float | None]:
    """The median, and what 1 in 20 and 1 in 100 exceed; None without values. Nearest rank."""
    ranked = sorted(values)
    return {
        f"p{percent}": round(ranked[ceil(percent / 100 * len(ranked)) - 1], 3) if ranked else None
        for percent in (50, 95, 99)
    }
