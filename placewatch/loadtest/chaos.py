"""A city under load whose parts are killed, cut off and filled up, and a count of what came of it.

Sent is what boxes have put on their disks; it must be in the store once, and once in the counts of events,
with every timeline whole. What fails can be had again with its seed: the same faults at the same moments (the
operating system's own timing is not drawn).
"""

import contextlib
import resource
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psutil
from sqlalchemy import Connection, column, func, inspect, select
from sqlalchemy import table as table_of

from central.events.chain import Entry, first_break
from central.store.columns import UtcTime
from central.store.models import Event, EventEntry, Inbox
from placewatch.demo.part import Part, PartSpec, python_module
from placewatch.errors import PlacewatchError
from placewatch.loadtest.bench import counted
from placewatch.loadtest.boxes import BoxesPlan, quiet_path, spool_path
from placewatch.loadtest.echo import Echo
from placewatch.loadtest.engines import Engine
from placewatch.loadtest.faults import Fault, FaultKind, faults
from placewatch.loadtest.rig import Rig

_BOXES_A_PROCESS = 4
_ROOM_BYTES = 4096
_TICK_S = 0.05
_NOTICED_WITHIN = timedelta(seconds=15)
_UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


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


@dataclass(slots=True)
class _Member:
    """A process of the run, and when it may start again.

    Attributes:
        part: Box process, aggregator, broker or database.
        back_at: Time when it starts again; 0 while it runs.
        full_until: Time until when its disk takes nothing.
    """

    part: Part | Engine
    back_at: float = 0.0
    full_until: float = 0.0


@dataclass(slots=True)
class _Run:
    plan: ChaosPlan
    rig: Rig
    work: Path
    members: dict[str, list[_Member]]
    done: Counter[str] = field(default_factory=Counter)
    healed_at: dict[str, float] = field(default_factory=dict)
    incarnations: int = 0

    def apply(self, fault: Fault, now: float) -> None:
        """Do it, if the part is there to suffer it."""
        if fault.kind is FaultKind.CUT:
            self.rig.gates[fault.part].cut()
            self.healed_at[fault.part] = now + fault.lasts_s
            self.done["cut"] += 1
            return
        members = self.members.get(fault.part, [])
        alive = [member for member in members if not member.back_at and member.part.pid is not None]
        if not alive:
            return
        member = alive[int(fault.draw * len(alive)) % len(alive)]
        if fault.kind is FaultKind.KILL:
            member.part.kill()
            member.back_at = now + fault.lasts_s
            self.done[f"kill {fault.part}"] += 1
        elif _limit(member.part.pid, _ROOM_BYTES):
            member.full_until = now + fault.lasts_s
            self.done["full"] += 1

    def mend(self, now: float) -> None:
        """Start, heal and give room where it is time; a part that ended by itself comes back as well."""
        for name, at in list(self.healed_at.items()):
            if now >= at:
                self.rig.gates[name].heal()
                del self.healed_at[name]
        for name, members in self.members.items():
            for member in members:
                if member.full_until and now >= member.full_until:
                    member.full_until = 0.0
                    _limit(member.part.pid, None)
                if not member.back_at and _ended(member.part):
                    self.done[f"ended {name}"] += 1
                    member.back_at = now + 0.5
                if member.back_at and now >= member.back_at:
                    member.back_at = 0.0
                    member.full_until = 0.0
                    self._start(member)

    def _start(self, member: _Member) -> None:
        if isinstance(member.part, Part) and member.part.name.startswith("boxes"):
            self.incarnations += 1
            _replan(self.work, member.part.name, self.plan.seed * 1000 + self.incarnations)
        member.part.start()


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
    with ExitStack() as stack:
        _fresh(work / "spools")
        boxes = [_boxes(plan, rig, work, number) for number in range(-(-plan.boxes // _BOXES_A_PROCESS))]
        for part in boxes:
            stack.callback(part.kill)
            part.start()
        echo = Echo(lambda: rig.address, plan.repeats, plan.seed)
        echo.start()
        stack.callback(echo.stop)
        running = _Run(plan, rig, work, _members(rig, boxes))
        _break(running, tell)
        echo.stop()
        _calm(running)
        drained = _drain(running, boxes, tell)
        rest = _settled(rig, plan, work)
    return _report(plan, running, rest) | {"drained": drained, "echoed": echo.sent}


def _fresh(folder: Path) -> None:
    """What an earlier run has left is none of this one's."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _members(rig: Rig, boxes: list[Part]) -> dict[str, list[_Member]]:
    members = {
        "boxes": [_Member(part) for part in boxes],
        "aggregator": [_Member(part) for part in rig.aggregators],
    }
    if rig.broker is not None:
        members["broker"] = [_Member(rig.broker)]
    if rig.server is not None:
        members["database"] = [_Member(rig.server)]
    return members


def _boxes(plan: ChaosPlan, rig: Rig, work: Path, number: int) -> Part:
    first = number * _BOXES_A_PROCESS
    count = min(_BOXES_A_PROCESS, plan.boxes - first)
    folder = work / "spools"
    name = f"boxes-{number}"
    file = work / f"{name}.json"
    file.write_bytes(
        msgspec.json.encode(
            BoxesPlan(
                port=rig.gates["boxes"].port,
                folder=str(folder),
                first=first,
                count=count,
                rate=plan.rate * count / plan.boxes,
                seed=plan.seed * 1000 + 500 + number,
                drain_s=plan.settle_s,
            )
        )
    )
    arguments = python_module("placewatch.loadtest.boxes", (str(file),))
    return Part(PartSpec(name, arguments, grace_s=plan.settle_s), work / "logs")


def _replan(work: Path, name: str, seed: int) -> None:
    """A successor sees other things than its forerunner: alert ids must not come twice."""
    file = work / f"{name}.json"
    plan = msgspec.json.decode(file.read_bytes(), type=BoxesPlan)
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(plan, seed=seed)))


def _break(running: _Run, tell: Callable[[str], None]) -> None:
    plan = running.plan
    todo = list(faults(plan.seed, plan.seconds, every_s=plan.every_s))
    start = time.monotonic()
    tell_at = 0.0
    while (elapsed := time.monotonic() - start) < plan.seconds:
        now = time.monotonic()
        while todo and todo[0].at_s <= elapsed:
            running.apply(todo.pop(0), now)
        running.mend(now)
        if elapsed >= tell_at:
            tell_at = elapsed + 1.0
            done = ", ".join(f"{count} {name}" for name, count in sorted(running.done.items()))
            tell(f"{elapsed:.0f} of {plan.seconds:.0f} s: {done or 'nothing broken yet'}")
        time.sleep(_TICK_S)


def _calm(running: _Run) -> None:
    """Everything runs, is connected and has room."""
    for name in list(running.healed_at):
        running.rig.gates[name].heal()
    running.healed_at.clear()
    for members in running.members.values():
        for member in members:
            member.back_at = min(member.back_at, 1.0) if member.back_at else 0.0
            member.full_until = min(member.full_until, 1.0)
    running.mend(time.monotonic())


def _drain(running: _Run, boxes: list[Part], tell: Callable[[str], None]) -> bool:
    """Let the boxes empty their spools; whether they have."""
    quiet_path(running.work / "spools").touch()
    deadline = time.monotonic() + running.plan.settle_s
    boxes_members = running.members.pop("boxes")
    while any(part.alive for part in boxes) and time.monotonic() < deadline:
        running.mend(time.monotonic())
        tell(f"faults are over; {sum(part.alive for part in boxes)} box processes empty their spools")
        time.sleep(0.5)
    running.members["boxes"] = boxes_members
    return all(part.returncode == 0 for part in boxes)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What there is when all is quiet.

    Attributes:
        sent: Alerts on the boxes' disks, ever.
        lost: Of these, how many the store does not know.
        strange: Alerts in the store that no box has sent.
        counts: Sums of the store.
        broken: Numbers of events whose timeline is not whole.
        missed: Time limits that are past and that nobody has acted on.
    """

    sent: int
    lost: int
    strange: int
    counts: dict[str, int]
    broken: list[str]
    missed: int


def _settled(rig: Rig, plan: ChaosPlan, work: Path) -> _Rest:
    spooled = dict(_spooled(work / "spools", plan.boxes))
    deadline = time.monotonic() + 30.0
    while True:
        try:
            with rig.store.read() as connection:
                known = _known(connection)
                counts = counted(connection)
                broken = broken_timelines(connection)
                missed = missed_deadlines(connection, datetime.now(UTC))
            break
        except Exception as error:
            if time.monotonic() > deadline:
                raise PlacewatchError(
                    f"cannot be counted: {error}", where=rig.store.where, remedy="see the database's log"
                ) from error
            time.sleep(0.5)
    sent = {(session, seq) for session, count in spooled.values() for seq in range(1, count + 1)}
    return _Rest(len(sent), len(sent - known), len(known - sent), counts, broken, missed)


def _spooled(folder: Path, boxes: int) -> Iterator[tuple[int, tuple[str, int]]]:
    """By box: session, and how many alerts it has ever put on its disk."""
    for box in range(boxes):
        path = spool_path(folder, box)
        with contextlib.closing(sqlite3.connect(path)) as db:
            session, seq = db.execute("SELECT session, seq FROM book").fetchone()
        yield box, (session, seq)


def _known(connection: Connection) -> set[tuple[str, int]]:
    return {(row.session, row.seq) for row in connection.execute(select(Inbox.session, Inbox.seq))}


def broken_timelines(connection: Connection) -> list[str]:
    """Numbers of the events whose hash chain does not hold."""
    entries: dict[int, list[tuple[Entry, str]]] = {}
    names = Entry.__struct_fields__
    columns = [EventEntry.__table__.c[name] for name in names]
    statement = select(*columns, EventEntry.hash).order_by(EventEntry.event_id, EventEntry.number)
    for row in connection.execute(statement):
        entry = Entry(**dict(zip(names, row[:-1], strict=True)))
        entries.setdefault(entry.event_id, []).append((entry, row[-1]))
    heads = connection.execute(select(Event.id, Event.number, Event.head, Event.entries))
    return [
        number
        for event_id, number, head, length in heads
        if first_break(entries.get(event_id, []), head, length) is not None
    ]


def missed_deadlines(connection: Connection, now: datetime) -> int:
    """Time limits that passed a while ago and that nobody has noticed; 0 where the store keeps none."""
    if not inspect(connection).has_table("deadline"):
        return 0
    passed = column("next_at", UtcTime) <= now - _NOTICED_WITHIN
    return connection.execute(
        select(func.count()).select_from(table_of("deadline")).where(passed)
    ).scalar_one()


def _report(plan: ChaosPlan, running: _Run, rest: _Rest) -> dict[str, Any]:
    done = running.done
    kills = {name.removeprefix("kill "): count for name, count in done.items() if name.startswith("kill ")}
    return {
        "kills": sum(kills.values()),
        "sent": rest.sent,
        "stored": rest.counts["committed"],
        "distinct": rest.counts["distinct"],
        "counted": rest.counts["counted"],
        "lost": rest.lost,
        "duplicated": rest.counts["counted"] - rest.counts["distinct"] + rest.strange,
        "missed_deadlines": rest.missed,
        "audit_ok": not rest.broken,
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
        "broken_timelines": rest.broken[:20],
    }


def sound(report: dict[str, Any]) -> bool:
    """Whether nothing was lost, doubled, missed or altered."""
    same = report["sent"] == report["stored"] == report["distinct"] == report["counted"]
    nothing = not (report["lost"] or report["duplicated"] or report["missed_deadlines"])
    return bool(same and nothing and report["audit_ok"] and report["drained"])


def _ended(part: Part | Engine) -> bool:
    return not part.alive if isinstance(part, Part) else part.pid is None


def _limit(pid: int | None, room: int | None) -> bool:
    """Have the kernel refuse what ``pid`` writes beyond ``room`` bytes of any file: to it, a full disk."""
    if pid is None:
        return False
    limits = _UNLIMITED if room is None else (room, resource.RLIM_INFINITY)
    try:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            each.rlimit(psutil.RLIMIT_FSIZE, limits)
    except (psutil.Error, OSError, AttributeError):
        return False
    return True
