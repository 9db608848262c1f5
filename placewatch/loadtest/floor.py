"""What broker and database carry alone, measured in the same call: the floor under an aggregator's figures.

A process publishes alerts as the generator writes them; a bare subscriber puts each batch into a table of two
columns in one transaction and acknowledges after the commit. Nothing is read, checked, joined or told.
"""

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text

from messages import encode
from messages.topics import ROOT
from placewatch.clock import SystemClock, utc
from placewatch.errors import PlacewatchError
from placewatch.loadtest.link import Link
from placewatch.loadtest.meter import Meter
from placewatch.loadtest.plan import LoadPlan, load_plan
from placewatch.loadtest.rig import Rig
from placewatch.loadtest.traffic import Traffic

TOPIC = f"{ROOT}/floor"
"""No aggregator listens here."""
_MOST, _LEAST = 20_000, 4000
_BATCH = 1000
_WINDOW = 2000
"""Publishes that the broker has not acknowledged: as many as it may hold on their way."""
_LONGEST_S = 120.0

Row = tuple[str, str]
Taken = Callable[[Sequence[Row]], None]


def measure(plan: LoadPlan, rig: Rig, plan_file: Path, published: int) -> dict[str, Any]:
    """Alerts a second of both, of the broker alone, of the database alone; CPU of an alert by part.

    Args:
        plan: What the run sent.
        rig: What it was sent to; its aggregators are idle by now.
        plan_file: The plan as a file.
        published: How many alerts the run sent; the floor is measured with as many, within bounds.

    Raises:
        PlacewatchError: The broker does not deliver.
    """
    count = min(_MOST, max(_LEAST, published))
    _make_table(rig)
    meter = Meter()
    parts = {**rig.pids(), "client": [os.getpid()]}
    meter.sample(parts)
    both_s, rows = _received(plan, plan_file, count, lambda batch: _insert(rig, batch))
    meter.sample(parts)
    broker_s, _ = _received(plan, plan_file, count, lambda _: None)
    _make_table(rig)
    begin = time.perf_counter()
    for first in range(0, count, _BATCH):
        _insert(rig, rows[first : first + _BATCH])
    database_s = time.perf_counter() - begin
    with rig.store.write() as connection:
        connection.execute(text("DROP TABLE load_floor"))
    used = {part: round(use.cpu_s / count * 1e6, 1) for part, use in meter.parts.items()}
    return {
        "alerts": count,
        "both_per_s": round(count / both_s, 1),
        "broker_per_s": round(count / broker_s, 1),
        "database_per_s": round(count / database_s, 1),
        "cpu_us": {part: us for part, us in used.items() if part != "aggregator"},
    }


def compared(report: dict[str, Any], floor: dict[str, Any], elapsed_s: float) -> dict[str, Any]:
    """CPU of an alert in the run, and how often the floor's it is; without generator and desks.

    Args:
        report: The run's, with ``cpu`` and ``distinct``.
        floor: See `measure`.
        elapsed_s: How long the run took.
    """
    used = {
        part: round(cores * elapsed_s / max(1, report["distinct"]) * 1e6, 1)
        for part, cores in report["cpu"].items()
    }
    chain = sum(us for part, us in used.items() if part in {"aggregator", "broker", "database"})
    bare = sum(floor["cpu_us"].values())
    return {"cpu_us": used, "cpu_times_floor": round(chain / bare, 2) if bare else None}


def _received(plan: LoadPlan, plan_file: Path, count: int, take: Taken) -> tuple[float, list[Row]]:
    """Seconds from the first of ``count`` alerts to the last that was taken; and the alerts."""
    link = Link(plan.broker, f"floor-{plan.session}-{time.time_ns():x}", [f"{TOPIC}/+"])
    command = [sys.executable, "-m", "placewatch.loadtest.floor", str(plan_file), str(count)]
    rows: list[Row] = []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as publisher:
        try:
            took = _taken(link, count, rows, take)
        finally:
            link.close()
            publisher.terminate()
    return took, rows


def _taken(link: Link, count: int, rows: list[Row], take: Taken) -> float:
    begin, taken, deadline = 0.0, 0, time.monotonic() + _LONGEST_S
    with selectors.DefaultSelector() as selector:
        selector.register(link, selectors.EVENT_READ)
        while taken < count:
            if time.monotonic() > deadline:
                raise PlacewatchError(
                    f"delivered {len(rows)} of {count} alerts to a bare subscriber",
                    where="broker",
                    remedy=f"allow this account {TOPIC}/+, or leave the floor out: --no-floor",
                )
            selector.select(0.05)
            for packet in link.read():
                begin = begin or time.perf_counter()
                rows.append((str(len(rows)), packet.body.decode()))
            while taken < len(rows) and (len(rows) - taken >= _BATCH or len(rows) >= count):
                take(rows[taken : taken + _BATCH])
                taken = min(len(rows), taken + _BATCH)
            while link.wants_to_write:
                link.flush()
    return time.perf_counter() - begin


def _make_table(rig: Rig) -> None:
    with rig.store.write() as connection:
        connection.execute(text("DROP TABLE IF EXISTS load_floor"))
        connection.execute(text("CREATE TABLE load_floor (id TEXT PRIMARY KEY, payload TEXT NOT NULL)"))


def _insert(rig: Rig, batch: Sequence[Row]) -> None:
    with rig.store.write() as connection:
        if rig.store.sqlite:
            connection.exec_driver_sql(
                "INSERT INTO load_floor VALUES (?, ?) ON CONFLICT DO NOTHING", list(batch)
            )
        else:
            connection.exec_driver_sql(
                "INSERT INTO load_floor SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING",
                tuple(list(column) for column in zip(*batch, strict=True)),
            )


def publish(plan: LoadPlan, count: int) -> None:
    """Publish as fast as the broker acknowledges; made before, so that making costs nothing here."""
    traffic, now = Traffic(plan.cameras, plan.seed, session=f"{plan.session}-floor"), utc(SystemClock().now())
    payloads = [encode(traffic.draw(now).alert) for _ in range(count)]
    link = Link(plan.broker, f"floor-{plan.session}-from-{time.time_ns():x}", [f"{TOPIC}-nothing"])
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(link, selectors.EVENT_READ)
            sent = 0
            while sent < count or link.unacknowledged or link.wants_to_write:
                while sent < count and link.unacknowledged < _WINDOW:
                    link.publish(f"{TOPIC}/{sent % 64}".encode(), payloads[sent])
                    sent += 1
                link.flush()
                selector.select(0.001)
                for _ in link.read():
                    pass
    finally:
        link.close()


if __name__ == "__main__":
    publish(load_plan(Path(sys.argv[1])), int(sys.argv[2]))
