"""How long a measurement takes, known before it begins, and how much of it a given time holds."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf

from placewatch.bench.box.recordings import Recording

OVERHEAD_S = 15.0
"""Of each measurement: models are loaded, cameras opened, the last alerts waited for."""

_SMALL = 1280 * 720
_BUSY = 0.4
"""Share of the time in which something is there from which on a core bears one plain pipeline."""


def at_once(recordings: Sequence[Recording]) -> int:
    """Cameras of the plain pipeline at a time: more, and its detector would drop what is to be compared."""
    light = all(each.pixels <= _SMALL and (each.busy or 0.0) < _BUSY for each in recordings)
    return 2 if light else 1


def rounds_of(recordings: Sequence[Recording]) -> list[Sequence[Recording]]:
    """The parts in which the plain pipeline is measured, each for a round of its longest recording."""
    step = at_once(recordings)
    return [recordings[start : start + step] for start in range(0, len(recordings), step)]


def plain_s(recordings: Sequence[Recording], warm_s: float) -> float:
    """Seconds that the plain pipeline takes for a set: whole rounds, whatever is wished.

    Its events are only known of what it was shown.
    """
    return sum(box_s(max(each.seconds for each in part), warm_s) for part in rounds_of(recordings))


def box_s(seconds: float, warm_s: float) -> float:
    """Seconds that one measurement of the box takes."""
    return OVERHEAD_S + warm_s + seconds


@dataclass(slots=True)
class Budget:
    """Seconds that may pass from its making on.

    Attributes:
        seconds: As many; `inf` for as long as it takes.
        clock: Seconds of a steady clock.
    """

    seconds: float = inf
    clock: Callable[[], float] = time.monotonic
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def lacks(self, needed: float) -> str:
        """What to say of a measurement that takes ``needed`` seconds; empty when there is time for it."""
        left = self.seconds - (self.clock() - self._began)
        if needed <= left:
            return ""
        return f"takes {needed:.0f} s, and {max(0.0, left):.0f} s of {self.seconds:g} are left"
