"""One measured run: rig, generator and desks, sampled each second, counted at the end."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from placewatch.bench.conditions import Conditions
from placewatch.errors import PlacewatchError
from placewatch.loadtest import floor as floors
from placewatch.loadtest.census import counted
from placewatch.loadtest.desk import DeskReport
from placewatch.loadtest.meter import Meter
from placewatch.loadtest.plan import LoadPlan, SenderReport
from placewatch.loadtest.rig import Rig

_SPARE_S = 300.0
_LONGEST = 10
"""Times the run's length, until what was sent is taken in."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One second of a run.

    Attributes:
        elapsed_s: Since the start.
        sender: What the generator said last.
        desk: What the first desk said last.
        cores: CPU cores by part over this second.
    """

    elapsed_s: float
    sender: SenderReport
    desk: DeskReport
    cores: dict[str, float]


class _Child:
    """A process that writes its report as JSON lines."""

    def __init__(
        self,
        arguments: list[str],
        kind: type[SenderReport | DeskReport],
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **(environment or {})},
            )
        self.last: Any = kind()
        self._kind = kind
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None  # noqa: S101 - it was asked for
        for line in self.process.stdout:
            self.last = msgspec.json.decode(line, type=self._kind)

    def finish(self) -> Any:  # noqa: ANN401 - the report of its kind
        """Ask it to end; its last report."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._thread.join(5)
        if self.process.stdout is not None and not self._thread.is_alive():
            self.process.stdout.close()
        return self.last


def run(
    plan: LoadPlan, rig: Rig, work: Path, *, desks: int, floor: bool, tell: Callable[[Sample], None]
) -> tuple[dict[str, Any], list[Sample]]:
    """Load ``rig`` as ``plan`` says.

    Args:
        plan: What to send.
        rig: What to send it to.
        work: Folder for logs.
        desks: How many desks follow the stream.
        floor: Measure afterwards what broker and database carry alone.
        tell: Called about each second.

    Returns:
        The report, and the samples for a plot.

    Raises:
        PlacewatchError: The generator lost its broker or an aggregator ended.
    """
    conditions = Conditions.here()
    file = work / "plan.json"
    file.write_bytes(msgspec.json.encode(plan))
    log = work / "logs" / "generator.log"
    readers = [_desk(rig.urls[n % len(rig.urls)], rig.token, log) for n in range(desks)]
    meter = Meter()
    sender = _Child(["placewatch.loadtest.sender", str(file)], SenderReport, log)
    samples: list[Sample] = []
    try:
        start = time.monotonic()
        _watch(plan, rig, sender, readers, meter, samples, tell)
        elapsed = time.monotonic() - start
        sent: SenderReport = sender.finish()
        if not sent.done or sent.error:
            raise PlacewatchError(
                sent.error or "the generator ended by itself", where="generator", remedy=f"read {log}"
            )
        desk = [reader.finish() for reader in readers]
    finally:
        for child in (sender, *readers):
            child.finish()
    with rig.store.read() as connection:
        counts = counted(connection)
    report = _report(plan, sent, desk, counts) | {
        "cpu": meter.cores(elapsed),
        "memory_mib": {part: use.rss_bytes >> 20 for part, use in meter.parts.items()},
        "database_bytes": rig.database_bytes(),
        "database_mib_per_million": round(rig.database_bytes() / max(1, counts["distinct"]) * 1e6 / 2**20),
        "conditions": msgspec.to_builtins(conditions),
        "parts": {
            "database": "sqlite" if rig.store.sqlite else "postgresql",
            "aggregators": len(rig.aggregators),
            "desks": desks,
        },
        "plan": msgspec.to_builtins(plan) | {"broker": f"{plan.broker.host}:{plan.broker.port}"},
    }
    if floor:
        bare = floors.measure(plan, rig, file, sent.published)
        report |= {"floor": bare, **floors.compared(report, bare, elapsed)}
    return report, samples


def _desk(url: str, token: str, log: Path) -> _Child:
    return _Child(["placewatch.loadtest.desk", url], DeskReport, log, {"PLACEWATCH_TOKEN": token})


def _watch(
    plan: LoadPlan,
    rig: Rig,
    sender: _Child,
    readers: list[_Child],
    meter: Meter,
    samples: list[Sample],
    tell: Callable[[Sample], None],
) -> None:
    start = last = time.monotonic()
    meter.sample(_pids(rig, sender, readers))
    while sender.process.poll() is None:
        time.sleep(1.0)
        before = {part: use.cpu_s for part, use in meter.parts.items()}
        meter.sample(_pids(rig, sender, readers))
        now = time.monotonic()
        spent = {part: use.cpu_s - before.get(part, 0.0) for part, use in meter.parts.items()}
        cores = {part: round(used / (now - last), 3) for part, used in spent.items()}
        last = now
        desk = readers[0].last if readers else DeskReport()
        samples.append(Sample(round(now - start, 2), sender.last, desk, cores))
        tell(samples[-1])
        rig.check()
        if now - start > plan.seconds * _LONGEST + _SPARE_S:
            raise PlacewatchError("the generator does not end", where="generator", remedy="see its log")


def _pids(rig: Rig, sender: _Child, readers: list[_Child]) -> dict[str, list[int]]:
    return {
        **rig.pids(),
        "generator": [sender.process.pid],
        "desk": [reader.process.pid for reader in readers],
    }


def _report(
    plan: LoadPlan, sent: SenderReport, desks: list[DeskReport], counts: dict[str, int]
) -> dict[str, Any]:
    stream = desks[0].latency_s if desks else None
    return {
        "committed_per_s": round((sent.published - sent.backlog) / plan.seconds, 1),
        "commit_latency_s": msgspec.to_builtins(sent.latency_s),
        "stream_latency_s": msgspec.to_builtins(stream) if stream else None,
        "published": sent.published,
        "backlog_end": sent.backlog,
        "untraced": untraced(sent, counts),
        "unreceipted": sent.published - sent.receipted - sent.rejected,
        "rejected": sent.rejected,
        "sent_twice": sent.duplicates,
        "healths": sent.healths,
        "generator_behind_s": sent.behind_s,
        "stream_changes": desks[0].changes if desks else 0,
        "stream_resets": desks[0].resets if desks else 0,
        "alerts_per_event": round(counts["distinct"] / max(1, counts["events"]), 1),
        **counts,
    }


def untraced(sent: SenderReport, counts: dict[str, int]) -> int:
    """Alerts that were sent and are neither in the store nor refused; the generator has waited for them."""
    return sent.published - counts["distinct"] - sent.rejected


def write_report(path: Path, report: dict[str, Any], samples: list[Sample]) -> None:
    """The report with a sample a second, as JSON."""
    series = [
        {
            "elapsed_s": sample.elapsed_s,
            "published": sample.sender.published,
            "receipted": sample.sender.receipted,
            "backlog": sample.sender.backlog,
            "commit_latency_s": msgspec.to_builtins(sample.sender.latency_s),
            "stream_latency_s": msgspec.to_builtins(sample.desk.latency_s),
            "cpu": sample.cores,
        }
        for sample in samples
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report | {"series": series}, indent=1) + "\n", encoding="utf-8")
