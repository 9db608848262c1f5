"""How many cameras a box bears. Pure, but for the measurements it asks for."""

from collections.abc import Callable

from placewatch.bench.box.report import Run

P95_S = 1.0
"""Looks of awake cameras end no later than this after capture, 19 of 20."""

WAIT_S = 2.0
"""And none waits longer for its next look: the floor."""


def find_max(bears: Callable[[int], bool], first: int, most: int = 1024) -> int:
    """The largest number that is borne: doubled until it breaks, then halved in between, to an eighth.

    Args:
        bears: Measures with so many cameras.
        first: To begin with.
        most: Not to be exceeded.

    Returns:
        0 when not even one is borne.
    """
    good, bad = 0, most + 1
    number = min(max(1, first), most)
    while bad - good > max(1, good // 8):
        if bears(number):
            good = number
        else:
            bad = number
        number = min(2 * good, most) if bad > most and good else (good + bad) // 2
        if number in {good, bad}:
            break
    return good


def breaks(run: Run) -> str:
    """Why so many cameras are too many; empty when they are not."""
    late = run.detail.look_latency_s.awake["p95"]
    if late is not None and late > P95_S:
        return f"p95 of capture to look {late:.2f} s (limit {P95_S:g})"
    if run.detail.longest_wait_s > WAIT_S:
        return f"a camera waited {run.detail.longest_wait_s:.1f} s for a look (limit {WAIT_S:g})"
    if run.packets_dropped:
        return f"{run.packets_dropped} packets were lost"
    return ""
