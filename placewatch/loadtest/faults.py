"""Which faults happen when: drawn once from a seed, so that a run can be had again."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What is done to a part."""

    KILL = "kill"
    """SIGKILL."""
    CUT = "cut"
    """Its network is cut for a while."""
    FULL = "full"
    """Its disk takes nothing for a while."""


PARTS = ("boxes", "broker", "aggregator", "database")

_CHOICES = (
    (FaultKind.KILL, "boxes", 4),
    (FaultKind.KILL, "broker", 3),
    (FaultKind.KILL, "aggregator", 3),
    (FaultKind.KILL, "database", 3),
    (FaultKind.CUT, "boxes", 2),
    (FaultKind.CUT, "aggregator", 2),
    (FaultKind.FULL, "boxes", 1),
    (FaultKind.FULL, "aggregator", 1),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        at_s: Seconds since the start.
        kind: What.
        part: To which part.
        lasts_s: Until the part is started, healed or given room again.
        draw: 0 to 1: which of several processes of the part.
    """

    at_s: float
    kind: FaultKind
    part: str
    lasts_s: float
    draw: float


def faults(seed: int, seconds: float, *, every_s: float) -> Iterator[Fault]:
    """The faults of a run, in order; the mean time between two is ``every_s``."""
    draws = random.Random(seed)  # noqa: S311 - faults, not a secret
    weights = [weight for _, _, weight in _CHOICES]
    at = 0.0
    while True:
        at += draws.expovariate(1.0 / every_s)
        if at >= seconds:
            return
        kind, part, _ = draws.choices(_CHOICES, weights)[0]
        yield Fault(
            at_s=round(at, 3),
            kind=kind,
            part=part,
            lasts_s=round(draws.uniform(0.1, 2.5), 3),
            draw=draws.random(),
        )
