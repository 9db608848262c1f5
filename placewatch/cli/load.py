"""``placewatch bench central`` and ``placewatch chaos``: city-size load, measured and broken on purpose."""

import json
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from placewatch.loadtest.bench import Sample

_Broker = Annotated[
    str,
    typer.Option("--broker", metavar="URL", help="mqtt://host:1883; without it, a broker is started here."),
]
_Database = Annotated[
    str,
    typer.Option(
        "--db",
        metavar="URL",
        help="An empty database: postgresql+psycopg://..., or 'postgresql' or 'sqlite' to start one here.",
    ),
]
_Report = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Write the figures as JSON.")]
_Work = Annotated[
    Path | None,
    typer.Option("--work", metavar="DIR", help="Keep files and logs here; else they are removed."),
]


def bench_central(
    cameras: Annotated[int, typer.Option("--cameras", min=1, max=1_000_000, help="16 to a box.")] = 100_000,
    rate: Annotated[float, typer.Option("--rate", min=1, max=1e6, help="Mean alerts a second.")] = 5000,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="How long.")] = 60,
    broker: _Broker = "",
    database: _Database = "",
    aggregators: Annotated[int, typer.Option("--aggregators", min=1, max=32, help="Processes.")] = 1,
    desks: Annotated[int, typer.Option("--desks", min=0, max=100, help="Desks that follow live.")] = 1,
    pictures: Annotated[
        float, typer.Option("--pictures", min=0, max=1, help="Share of openings with a picture.")
    ] = 0.0,
    burst: Annotated[float, typer.Option("--burst", min=1, max=8, help="Times the mean; 1 for none.")] = 2.0,
    seed: Annotated[int, typer.Option("--seed", help="Of the traffic.")] = 1,
    floor: Annotated[
        bool, typer.Option(help="Also measure what broker and database carry alone, afterwards.")
    ] = True,
    report: _Report = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw its course (PNG).")
    ] = None,
    work: _Work = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Load an aggregator as a city does, and count what was committed, when, and at what cost.

    Starts broker, database and aggregators here unless their addresses are given; a load run invents alerts,
    so the database must be empty. Exit code 1 if an alert is neither stored nor refused in the end.

    Example: placewatch bench central --rate 5000 --seconds 60 --report out.json --plot out.png
    """
    import time

    from rich.console import Console

    from placewatch.loadtest import bench
    from placewatch.loadtest.plan import LoadPlan
    from placewatch.loadtest.plot import plot as draw
    from placewatch.loadtest.rig import RigSpec, rig

    console = Console(stderr=True)
    spec = RigSpec(cameras=cameras, broker=broker, database=database, aggregators=aggregators)
    with (
        _workplace(work) as folder,
        console.status("starting broker, database and aggregators ...") as status,
        rig(spec, folder) as running,
    ):
        plan = LoadPlan(
            broker=running.address,
            cameras=cameras,
            rate=rate,
            seconds=seconds,
            seed=seed,
            session=f"s{int(time.time()):x}",
            pictures=pictures,
            burst=burst,
        )
        found, samples = bench.run(
            plan,
            running,
            folder,
            desks=desks,
            floor=floor,
            tell=lambda sample: status.update(_line(sample, seconds)),
        )
    if report is not None:
        bench.write_report(report, found, samples)
    if plot is not None:
        draw(plot, found, samples)
    if as_json:
        typer.echo(json.dumps(found, indent=1))
    else:
        _show(found)
    if found["untraced"]:
        typer.echo(f"{found['untraced']} alerts were sent and are neither stored nor refused", err=True)
        raise typer.Exit(1)


def bench_queries(
    events: Annotated[int, typer.Option("--events", min=1000, help="How many, 2 in 100 open.")] = 1_000_000,
    entries: Annotated[int, typer.Option("--entries", min=1, max=50, help="Timeline rows of each.")] = 5,
    times: Annotated[int, typer.Option("--times", min=3, help="Each question is asked so often.")] = 40,
    database: _Database = "",
    seed: Annotated[int, typer.Option("--seed", help="Of the questions.")] = 1,
    report: _Report = None,
    work: _Work = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Time what desks ask of a store with many events: lists, filters, text, one event, the board.

    The events are written by the database itself into an empty one. Timed from the question to the view as
    JSON, without HTTP.

    Example: placewatch bench queries --events 1000000 --db postgresql --report queries.json
    """
    from rich.console import Console

    from placewatch.loadtest.questions import run

    console = Console(stderr=True)
    with _workplace(work) as folder, console.status("starting the database ...") as status:
        found = run(
            database, folder, events=events, entries=entries, times=times, seed=seed, tell=status.update
        )
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(found, indent=1))
        return
    for name, took in found["seconds"].items():
        typer.echo(f"{name:28} p50 {took['p50'] * 1e3:8.1f} ms   p95 {took['p95'] * 1e3:8.1f} ms")


def chaos(
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="How long faults happen.")] = 2,
    seed: Annotated[int, typer.Option("--seed", help="Of faults and traffic.")] = 1,
    boxes: Annotated[int, typer.Option("--boxes", min=1, max=1000, help="With a real spool each.")] = 16,
    rate: Annotated[float, typer.Option("--rate", min=1, help="Alerts a second of all boxes.")] = 150,
    every: Annotated[float, typer.Option("--every", min=0.05, help="Mean seconds between two faults.")] = 1.5,
    aggregators: Annotated[int, typer.Option("--aggregators", min=1, max=32, help="Processes.")] = 1,
    database: Annotated[
        str, typer.Option("--db", help="postgresql or sqlite, started here; without it the best installed.")
    ] = "",
    report: _Report = None,
    work: _Work = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Kill, cut off and fill up the parts of a loaded city at random moments, then count.

    Boxes' processes, broker, aggregators and database are killed with SIGKILL, networks are cut, alerts are
    delivered twice and late, disks take nothing for a while. Exit code 1 if anything was lost, counted twice,
    altered or missed.

    Example: placewatch chaos --minutes 2 --seed 7 --report chaos.json
    """
    from rich.console import Console

    from placewatch.loadtest import chaos as breaking
    from placewatch.loadtest.city import CAMERAS_PER_BOX
    from placewatch.loadtest.rig import RigSpec, rig

    console = Console(stderr=True)
    spec = RigSpec(
        cameras=boxes * CAMERAS_PER_BOX,
        database=database,
        aggregators=aggregators,
        ingest={"batch_ms": 200, "linger_ms": 50},
        gated=True,
        hurried=True,
    )
    seconds = minutes * 60
    plan = breaking.ChaosPlan(
        seconds=seconds,
        seed=seed,
        boxes=boxes,
        rate=rate,
        every_s=every,
        settle_s=max(300.0, seconds / 8),
    )
    with (
        _workplace(work) as folder,
        console.status("starting broker, database and aggregators ...") as status,
        rig(spec, folder) as running,
    ):
        found = breaking.run(plan, running, folder, status.update)
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(found, indent=1))
    else:
        _show(found)
    if not breaking.sound(found):
        typer.echo(f"not sound; again with: placewatch chaos --minutes {minutes:g} --seed {seed}", err=True)
        raise typer.Exit(1)


_SHOWN = {"commit_latency_s", "stream_latency_s", "cpu", "memory_mib", "cpu_us", "floor"}


def _line(sample: "Sample", seconds: float) -> str:
    sent = sample.sender
    cores = ", ".join(f"{part} {used:.2f}" for part, used in sample.cores.items())
    return (
        f"{sent.elapsed_s:.0f} of {seconds:.0f} s: {sent.published:,} published,"
        f" {sent.backlog:,} without receipt, receipt p99 {sent.latency_s.p99:.2f} s; cores: {cores}"
    )


@contextmanager
def _workplace(work: Path | None) -> "Iterator[Path]":
    """A folder to work in; whoever asks for an end gets one that leaves no server running."""
    before = {number: signal.signal(number, _end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        if work is not None:
            work.mkdir(parents=True, exist_ok=True)
            yield work
            return
        with tempfile.TemporaryDirectory(prefix="placewatch-load-") as made:
            Path(made).chmod(0o755)  # PostgreSQL runs as somebody else when we are root
            yield Path(made)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _show(found: dict[str, Any]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    for name, value in found.items():
        if isinstance(value, dict) and name in _SHOWN:
            table.add_row(name, ", ".join(f"{key} {each}" for key, each in value.items()))
        elif isinstance(value, bool | str):
            table.add_row(name, str(value))
        elif isinstance(value, int | float):
            table.add_row(name, f"{value:,}")
    Console(highlight=False).print(table)
