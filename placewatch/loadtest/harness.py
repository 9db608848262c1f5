"""The parts of a chaos run: what is done to them, and how they come back."""

import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from placewatch.demo.part import Part, PartSpec, python_module
from placewatch.loadtest.boxes import BoxesPlan, quiet_path
from placewatch.loadtest.engines import Engine
from placewatch.loadtest.faults import Fault, FaultKind
from placewatch.loadtest.rig import Rig

BOXES_A_PROCESS = 4
_ROOM_BYTES = 4096
_UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


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


class Harness:
    """Holds every process of a run.

    Attributes:
        done: How often what was done: ``kill broker``, ``cut``, ``full``, ``ended boxes``.
    """

    def __init__(self, rig: Rig, boxes: Sequence[Part], work: Path, seed: int) -> None:
        """Take hold of ``rig`` and of the processes of ``boxes``."""
        self._rig = rig
        self._boxes = boxes
        self._work = work
        self._seed = seed
        self._members = _members(rig, boxes)
        self._healed_at: dict[str, float] = {}
        self._incarnations = 0
        self._draining = False
        self.done: Counter[str] = Counter()

    def apply(self, fault: Fault, now: float) -> None:
        """Do it, if the part is there to suffer it."""
        if fault.kind is FaultKind.CUT:
            self._rig.gates[fault.part].cut()
            self._healed_at[fault.part] = now + fault.lasts_s
            self.done["cut"] += 1
            return
        members = self._members.get(fault.part, [])
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
        for name, at in list(self._healed_at.items()):
            if now >= at:
                self._rig.gates[name].heal()
                del self._healed_at[name]
        for name, members in self._members.items():
            for member in members:
                if member.full_until and now >= member.full_until:
                    member.full_until = 0.0
                    _limit(member.part.pid, None)
                if not member.back_at and _ended(member.part) and not self._has_drained(member.part):
                    self.done[f"ended {name}"] += 1
                    member.back_at = now + 0.5
                if member.back_at and now >= member.back_at:
                    member.back_at = 0.0
                    member.full_until = 0.0
                    self._start(member)

    def _has_drained(self, part: Part | Engine) -> bool:
        return self._draining and isinstance(part, Part) and part.returncode == 0

    def _start(self, member: _Member) -> None:
        if isinstance(member.part, Part) and member.part.name.startswith("boxes"):
            self._incarnations += 1
            _replan(self._work, member.part.name, self._seed * 1000 + self._incarnations)
        member.part.start()

    def calm(self) -> None:
        """Everything runs, is connected and has room."""
        for name in list(self._healed_at):
            self._rig.gates[name].heal()
        self._healed_at.clear()
        for members in self._members.values():
            for member in members:
                member.back_at = min(member.back_at, 1.0) if member.back_at else 0.0
                member.full_until = min(member.full_until, 1.0)
        self.mend(time.monotonic())

    def drain(self, within_s: float, tell: Callable[[str], None]) -> bool:
        """Let the boxes empty their spools; whether they have. One that fails at it is started again."""
        quiet_path(self._work / "spools").touch()
        self._draining = True
        deadline = time.monotonic() + within_s
        while (left := sum(part.returncode != 0 for part in self._boxes)) and time.monotonic() < deadline:
            self.mend(time.monotonic())
            tell(f"faults are over; {left} box processes empty their spools")
            time.sleep(0.5)
        return not left


def _members(rig: Rig, boxes: Sequence[Part]) -> dict[str, list[_Member]]:
    members = {
        "boxes": [_Member(part) for part in boxes],
        "aggregator": [_Member(part) for part in rig.aggregators],
    }
    if rig.broker is not None:
        members["broker"] = [_Member(rig.broker)]
    if rig.server is not None:
        members["database"] = [_Member(rig.server)]
    return members


def box_process(work: Path, port: int, boxes: range, *, rate: float, seed: int, drain_s: float) -> Part:
    """A process of some boxes with their spools in ``work``/spools; not started yet.

    Args:
        work: Folder for spools, plan and log.
        port: The broker's, on this machine.
        boxes: Their numbers.
        rate: Alerts a second of each.
        seed: Of the run.
        drain_s: Longest wait for empty spools.
    """
    number = boxes.start // BOXES_A_PROCESS
    name = f"boxes-{number}"
    file = work / f"{name}.json"
    file.write_bytes(
        msgspec.json.encode(
            BoxesPlan(
                port=port,
                folder=str(work / "spools"),
                first=boxes.start,
                count=len(boxes),
                rate=rate * len(boxes),
                seed=seed * 1000 + 500 + number,
                drain_s=drain_s,
            )
        )
    )
    arguments = python_module("placewatch.loadtest.boxes", (str(file),))
    return Part(PartSpec(name, arguments, grace_s=drain_s), work / "logs")


def _replan(work: Path, name: str, seed: int) -> None:
    """A successor sees other things than its forerunner: alert ids must not come twice."""
    file = work / f"{name}.json"
    plan = msgspec.json.decode(file.read_bytes(), type=BoxesPlan)
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(plan, seed=seed)))


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
