"""A city under load whose parts are killed, cut off and filled up, and a count of what came of it.

Sent is what boxes have put on their disks; it must be in the store once, and once in the counts of events,
with every timeline whole and every time limit told of. What fails can be had again with its seed: the same
faults at the same moments (the operating system's own timing is not drawn).
"""

import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from placewatch.bench.conditions import Conditions
from placewatch.errors import PlacewatchError
from placewatch.loadtest.census import TimelineCensus, compared, counted, spooled, timelines
from placewatch.loadtest.echo import Echo
from placewatch.loadtest.faults import faults
from placewatch.loadtest.harness import BOXES_A_PROCESS, Harness, box_process
from placewatch.loadtest.rig import Rig

_TICK_S = 0.05


@dataclass(frozen=True, slots=True)
class ChaosPlan:
    """How long, how much, how often.

    Attributes:
        seconds: Time during which faults happen.
        seed: Of faults and traffic.
        boxes: How many; 4 to a process.
        rate: Alerts a second of all together.
        every_s: Mean time between two faults.
        repeats: Share of alerts that the network delivers twice.
        settle_s: Longest wait, after the last fault, for every spool to be empty.
    """

    seconds: float
    seed: int
    boxes: int = 16
    rate: float = 150.0
    every_s: float = 1.5
    repeats: float = 0.05
    settle_s: float = 300.0


def run(plan: ChaosPlan, rig: Rig, work: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Break ``rig`` as ``plan`` says; the report.

    Args:
        plan: What to do.
        rig: A rig with gates.
        work: Folder for spools and logs.
        tell: Called with a line of progress about each second.

    Raises:
        PlacewatchError: A part could not be started again.
    """
    conditions = Conditions.here()
    with ExitStack() as stack:
        spools = _fresh(work / "spools")
        boxes = [
            box_process(
                work,
                rig.gates["boxes"].port,
                range(first, min(first + BOXES_A_PROCESS, plan.boxes)),
                rate=plan.rate / plan.boxes,
                seed=plan.seed,
                drain_s=plan.settle_s,
            )
            for first in range(0, plan.boxes, BOXES_A_PROCESS)
        ]
        for part in boxes:
            stack.callback(part.kill)
            part.start()
        echo = Echo(lambda: rig.address, plan.repeats, plan.seed)
        echo.start()
        stack.callback(echo.stop)
        harness = Harness(rig, boxes, work, plan.seed)
        began = time.monotonic()
        _break(plan, harness, tell)
        echo.stop()
        harness.calm()
        drained = harness.drain(plan.settle_s, tell)
        elapsed = time.monotonic() - began
        rest = _settled(rig, plan, spools)
    return _report(plan, harness, rest) | {
        "drained": drained,
        "echoed": echo.sent,
        "elapsed_s": round(elapsed),
        "conditions": msgspec.to_builtins(conditions),
    }


def _fresh(folder: Path) -> Path:
    """What an earlier run has left is none of this one's."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _break(plan: ChaosPlan, harness: Harness, tell: Callable[[str], None]) -> None:
    todo = list(faults(plan.seed, plan.seconds, every_s=plan.every_s))
    start = time.monotonic()
    tell_at = 0.0
    while (elapsed := time.monotonic() - start) < plan.seconds:
        now = time.monotonic()
        while todo and todo[0].at_s <= elapsed:
            harness.apply(todo.pop(0), now)
        harness.mend(now)
        if elapsed >= tell_at:
            tell_at = elapsed + 1.0
            done = ", ".join(f"{count} {name}" for name, count in sorted(harness.done.items()))
            tell(f"{elapsed:.0f} of {plan.seconds:.0f} s: {done or 'nothing broken yet'}")
        time.sleep(_TICK_S)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What there is when all is quiet.

    Attributes:
        sent: Alerts on the boxes' disks, ever.
        lost: Of these, how many the store does not know.
        strange: Alerts in the store that no box has sent.
        counts: Sums of the store.
        told: What the timelines tell.
    """

    sent: int
    lost: int
    strange: int
    counts: dict[str, int]
    told: TimelineCensus


def _settled(rig: Rig, plan: ChaosPlan, spools: Path) -> _Rest:
    sessions = list(spooled(spools, plan.boxes))
    deadline = time.monotonic() + 30.0
    while True:
        try:
            with rig.store.read() as connection:
                sent, lost, strange = compared(connection, sessions)
                counts = counted(connection)
                told = timelines(connection, datetime.now(UTC))
            return _Rest(sent, lost, strange, counts, told)
        except Exception as error:
            if time.monotonic() > deadline:
                raise PlacewatchError(
                    f"cannot be counted: {error}", where=rig.store.where, remedy="see the database's log"
                ) from error
            time.sleep(0.5)


def _report(plan: ChaosPlan, harness: Harness, rest: _Rest) -> dict[str, Any]:
    done, told = harness.done, rest.told
    kills = {name.removeprefix("kill "): count for name, count in done.items() if name.startswith("kill ")}
    return {
        "kills": sum(kills.values()),
        "sent": rest.sent,
        "stored": rest.counts["committed"],
        "distinct": rest.counts["distinct"],
        "counted": rest.counts["counted"],
        "lost": rest.lost,
        "duplicated": rest.counts["counted"] - rest.counts["distinct"] + rest.strange,
        "missed_deadlines": told.missed,
        "audit_ok": not told.broken,
        "seed": plan.seed,
        "seconds": plan.seconds,
        "kills_by_part": kills,
        "cuts": done["cut"],
        "full_disks": done["full"],
        "ended_by_themselves": {
            name.removeprefix("ended "): count for name, count in done.items() if name.startswith("ended ")
        },
        "told_apart": rest.counts["duplicates"],
        "dead_letters": rest.counts["dead_letters"],
        "events": rest.counts["events"],
        "entries": rest.counts["entries"],
        "deadlines": told.limits,
        "deadline_warnings": told.warned,
        "deadline_breaches": told.breached,
        "deadlines_told_twice": told.doubled,
        "breach_told_after_s": msgspec.to_builtins(told.late_s),
        "broken_timelines": told.broken[:20],
    }


def sound(report: dict[str, Any]) -> bool:
    """Whether nothing was lost, doubled, missed or altered."""
    same = report["sent"] == report["stored"] == report["distinct"] == report["counted"]
    wrong = ("lost", "duplicated", "missed_deadlines", "deadlines_told_twice")
    return bool(same and not any(report[name] for name in wrong) and report["audit_ok"] and report["drained"])
