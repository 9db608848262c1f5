"""How much a desk has to bear: the measures of ISA-18.2 and EEMUA 191."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SLOT = timedelta(minutes=10)
FLOOD = 10
"""More new alarms than this in ten minutes are a flood."""
TOP = 10


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new event on a desk.

    Attributes:
        at: When it came.
        colour: How grave it is.
        source: Place and kind.
        org: Org that answers.
    """

    at: datetime
    colour: str
    source: tuple[str, str]
    org: str = ""


@dataclass(frozen=True, slots=True)
class AlarmLoad:
    """What came to a desk.

    Attributes:
        slots: Stretches of ten minutes that were looked at.
        alarms: New events in them.
        mean: New events in ten minutes; 1 and less is good.
        most: Most in ten minutes.
        floods: Stretches with more than `FLOOD`.
        colours: How many by colour; near 5 : 15 : 80 for red, yellow, blue is good.
        top: The sources that most came from, with how many.
        top_share: How many came from these.
    """

    slots: int
    alarms: int
    mean: float
    most: int
    floods: int
    colours: dict[str, int]
    top: list[tuple[tuple[str, str], int]]
    top_share: int


def alarm_load(arrivals: Sequence[Arrival], since: datetime, until: datetime) -> AlarmLoad:
    """Measures over stretches of ten minutes from ``since`` on; ``until`` may cut the last one short."""
    slots = max(1, -(-(until - since) // SLOT))
    counted = Counter((arrival.at - since) // SLOT for arrival in arrivals)
    top = sorted(Counter(arrival.source for arrival in arrivals).items(), key=lambda one: (-one[1], one[0]))[
        :TOP
    ]
    return AlarmLoad(
        slots=slots,
        alarms=len(arrivals),
        mean=len(arrivals) / slots,
        most=max(counted.values(), default=0),
        floods=sum(count > FLOOD for count in counted.values()),
        colours=dict(Counter(arrival.colour for arrival in arrivals)),
        top=top,
        top_share=sum(count for _, count in top),
    )
