"""Which alert tells of which event: one to one, as the i-LIDS scenarios are scored. Pure.

An alert is right when it opens within the event's tolerance of the time at which it was due (United Kingdom
Home Office, i-LIDS user guide: true alarms, false alarms, missed events); the assignment that explains most
events is taken, and among those the one with the least delay.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from messages import Fault, Kind


@dataclass(frozen=True, slots=True)
class Due:
    """An alert that ought to be raised.

    Attributes:
        kind: Its kind.
        zone: Zone or line id; None matches any.
        opened: When the event begins, seconds into the clip.
        closed: When it ends.
        due: When the alert ought to open.
        tolerance_s: How far from that it may.
        fault: What is wrong with the camera, where that must be said.
        optional: An alert is right, and none is right too.
        note: For people.
        repeats: When the alerts of later events of the same episode were due; one of these is right too, and
            late, since the episode is told of.
    """

    kind: Kind
    zone: str | None
    opened: float
    closed: float
    due: float
    tolerance_s: float
    fault: Fault | None = None
    optional: bool = False
    note: str = ""
    repeats: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that was raised, whole: one episode.

    Attributes:
        kind: Its kind.
        zone: Zone or line id.
        opened: When it was raised first, seconds into the clip.
        closed: When it was closed last; None when it was open at the end of the clip.
        fault: What it says is wrong with the camera.
    """

    kind: Kind
    zone: str
    opened: float
    closed: float | None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Matching:
    """Outcome of one clip, as indices into the lists that were matched.

    Attributes:
        pairs: Event and alert that belong together.
        missed: Events that no alert tells of, without the optional ones.
        false: Alerts that tell of no event.
    """

    pairs: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    false: tuple[int, ...]


_REQUIRED, _OPTIONAL = 1e6, 1e3
"""What explaining an event is worth: more than any sum of delays, a required one than many optional ones."""


def match(dues: Sequence[Due], raised: Sequence[Raised]) -> Matching:
    """Assign alerts to events."""
    worth = np.zeros((len(dues), len(raised)))
    for row, due in enumerate(dues):
        for column, alert in enumerate(raised):
            late = min(abs(alert.opened - at) for at in (due.due, *due.repeats))
            if _same(due, alert) and late <= due.tolerance_s + 1e-9:
                worth[row, column] = (_OPTIONAL if due.optional else _REQUIRED) - late / due.tolerance_s
    rows, columns = linear_sum_assignment(worth, maximize=True)
    pairs = [
        (int(row), int(column)) for row, column in zip(rows, columns, strict=True) if worth[row, column] > 0
    ]
    told, telling = {row for row, _ in pairs}, {column for _, column in pairs}
    missed = [row for row, due in enumerate(dues) if row not in told and not due.optional]
    false = [column for column in range(len(raised)) if column not in telling]
    return Matching(tuple(pairs), tuple(missed), tuple(false))


def _same(due: Due, alert: Raised) -> bool:
    return (
        due.kind is alert.kind
        and due.zone in {None, alert.zone}
        and (due.fault is None or due.fault is alert.fault)
    )


EDGE_S = 0.6
"""How exactly the ends of an event can be told, by people and by a few looks a second."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long a rule waits, seconds.

    Attributes:
        dwell_s: Before it opens.
        clear_s: Before it closes.
        rejoin_s: After the close, in which a repeat goes on with the same episode.
    """

    dwell_s: float = 0.0
    clear_s: float = 0.0
    rejoin_s: float = 0.0


def joined(dues: Sequence[Due], waiting: Waiting) -> list[Due]:
    """Events of one rule as its episodes: what is too short is none, a repeat goes on with the one before.

    Where it hangs on less than `EDGE_S`, the shorter or later event becomes optional: neither outcome is
    wrong.

    Args:
        dues: Events of one kind and zone.
        waiting: The rule's.
    """
    episodes: list[Due] = []
    doubtful = False  # whether the last of them may be a repeat of the one before
    for due in sorted(dues, key=lambda event: event.opened):
        event = _long_enough(due, waiting)
        if event is None:
            continue
        if not episodes:
            episodes.append(event)
            continue
        before = episodes[-1]
        gap = event.opened - before.closed
        # The close comes clear_s after the last look at the one before; from then on it may be rejoined.
        apart = gap - (waiting.clear_s + waiting.rejoin_s)
        if gap <= 0 or apart <= -EDGE_S:
            episodes[-1] = _one(before, event, doubtful=doubtful)
        else:
            doubtful = apart < EDGE_S
            episodes.append(replace(event, optional=event.optional or doubtful))
    return episodes


def _one(before: Due, event: Due, *, doubtful: bool) -> Due:
    """Both as one episode; where it is open whether the first opened it, the time of either will do."""
    closed = max(before.closed, event.closed)
    if before.optional and not (event.optional or doubtful):
        reach = event.due - before.due
        return replace(event, opened=before.opened, closed=closed, tolerance_s=event.tolerance_s + reach)
    return replace(before, closed=closed, repeats=(*before.repeats, event.due))


def _long_enough(event: Due, waiting: Waiting) -> Due | None:
    over = event.closed - event.opened - waiting.dwell_s
    edge = min(EDGE_S, 0.5 * waiting.dwell_s)
    if over >= edge:
        return event
    return None if over <= -edge < 0 else replace(event, optional=True)
