"""Precision, recall, F1, delay and false alarms from matched events. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from placewatch.eval.matching import Due, Matching, Raised

HOURS = 3600.0


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts that add up over clips.

    Attributes:
        found: Required events that an alert told of.
        missed: Required events that none told of.
        false: Alerts that told of nothing.
        delays_s: Of the alerts that told of an event, after its due time; early ones are negative.
        seconds: Watched.
    """

    found: int = 0
    missed: int = 0
    false: int = 0
    delays_s: tuple[float, ...] = ()
    seconds: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.found + other.found,
            self.missed + other.missed,
            self.false + other.false,
            self.delays_s + other.delays_s,
            self.seconds + other.seconds,
        )

    @property
    def events(self) -> int:
        """Required events."""
        return self.found + self.missed

    @property
    def precision(self) -> float:
        """Share of the alerts that are right; 0 without any, 1 when nothing was to be found either."""
        return _share(self.found, self.found + self.false, empty=0.0 if self.missed else 1.0)

    @property
    def recall(self) -> float:
        """Share of the events that were told of; 1 when there is none."""
        return _share(self.found, self.events, empty=1.0)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two: 2 found / (2 found + false + missed)."""
        return _share(2 * self.found, 2 * self.found + self.false + self.missed, empty=1.0)

    @property
    def false_per_hour(self) -> float:
        """False alarms per camera-hour; 0 when nothing was watched."""
        return self.false / (self.seconds / HOURS) if self.seconds > 0 else 0.0

    def delay(self, percentile: float) -> float | None:
        """Seconds; None without any alert that is right."""
        return float(np.percentile(self.delays_s, percentile)) if self.delays_s else None


def _share(part: float, whole: float, *, empty: float) -> float:
    return part / whole if whole else empty


@dataclass(frozen=True, slots=True)
class Scored:
    """One clip, matched.

    Attributes:
        place_class: The place's class.
        dues: Alerts that were due.
        raised: Alerts that were raised.
        matching: Which belong together.
        seconds: Length of the clip.
        watched: Kinds that its camera has rules for.
    """

    place_class: str
    dues: Sequence[Due]
    raised: Sequence[Raised]
    matching: Matching
    seconds: float
    watched: frozenset[str] = field(default_factory=frozenset)

    def tally(self, kind: str | None = None) -> Tally:
        """Counts of one kind, or of all.

        A clip counts towards the time watched of a kind when its camera has a rule for it.
        """
        pairs = [
            (self.dues[due], self.raised[alert])
            for due, alert in self.matching.pairs
            if kind in {None, self.dues[due].kind.value}
        ]
        required = [pair for pair in pairs if not pair[0].optional]
        return Tally(
            found=len(required),
            missed=sum(kind in {None, self.dues[row].kind.value} for row in self.matching.missed),
            false=sum(kind in {None, self.raised[column].kind.value} for column in self.matching.false),
            delays_s=tuple(alert.opened - due.due for due, alert in required),
            seconds=self.seconds if kind is None or kind in self.watched else 0.0,
        )


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum."""
    return sum(tallies, Tally())


def kinds(clips: Iterable[Scored]) -> list[str]:
    """Kinds that were watched for, due or raised."""
    found: set[str] = set()
    for clip in clips:
        found |= clip.watched
        found |= {due.kind.value for due in clip.dues} | {alert.kind.value for alert in clip.raised}
    return sorted(found)
