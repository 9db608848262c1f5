"""``placewatch bench edge``: what a box costs and sees on recordings, beside the plain pipeline."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from placewatch.bench.box.measured import Tell
    from placewatch.bench.box.report import Floor, Report, Run


def bench_edge(
    footage: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of recordings; each sub-folder is a set.")
    ],
    streams: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Cameras at once; one a recording unless given.")
    ] = None,
    search: Annotated[
        bool,
        typer.Option(
            "--find-max", help="Raise the number of cameras until the delay or the floor of looks breaks."
        ),
    ] = False,
    reference: Annotated[
        bool,
        typer.Option(
            "--reference",
            help="Measure the plain pipeline too: every picture decoded, each look whole; compare alerts.",
        ),
    ] = False,
    via: Annotated[Literal["rtsp", "files"], typer.Option(help="How cameras are read.")] = "rtsp",
    only: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME", help="This set; may be repeated.")
    ] = None,
    clips: Annotated[str, typer.Option(metavar="PATTERN", help="Only recordings of this name.")] = "*",
    seconds: Annotated[
        float | None,
        typer.Option(
            min=2, help="How long is measured; a round of the longest recording (30 s with --find-max)."
        ),
    ] = None,
    warm_s: Annotated[float, typer.Option(min=0, help="Seconds before the measurement begins.")] = 30.0,
    repeat: Annotated[
        int, typer.Option(min=1, max=99, help="Measure the box so often; its CPU is the median.")
    ] = 1,
    model: Annotated[str | None, typer.Option(help="The detector; the box's default unless given.")] = None,
    one_core: Annotated[bool, typer.Option("--one-core", help="The box may use one core alone.")] = False,
    beside: Annotated[
        bool,
        typer.Option(
            "--beside",
            help="With --reference: both pipelines at the same time, each on a core of its own.",
        ),
    ] = False,
    within_s: Annotated[
        float | None,
        typer.Option(min=1, help="Seconds for everything: what does not fit is left out, and said."),
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report as JSON.")] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw cost against activity and cameras (.png, .svg).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Measure a box on recordings: CPU, delay, memory, and which events it tells, beside the plain pipeline.

    The box runs in a process of its own, the cameras in another; cameras with the same recording show
    different moments of it. What is to be watched comes from the truth file beside a recording (see
    docs/truth.md); without one, anybody and any vehicle anywhere.

    Example: placewatch bench edge --footage ~/footage --set active10 --streams 16 --reference
    """
    import msgspec
    from rich.console import Console

    from placewatch.bench.box.edge import EdgeBench, Wish, usual_setting
    from placewatch.bench.box.plot import check
    from placewatch.bench.box.plot import plot as draw
    from placewatch.bench.box.recordings import read_sets

    if plot is not None:
        check(plot)
    errors = Console(stderr=True)
    sets = read_sets(footage, only or (), clips)
    setting = usual_setting(via, model=model, one_core=one_core, warm_s=warm_s)
    with _progress(errors) as tell:
        wish = Wish(
            setting, streams, search, reference, seconds, repeat, beside=beside, within_s=within_s or inf
        )
        bench = EdgeBench(wish, tell, errors.print)
        for name, recordings in sets.items():
            bench.add(name, recordings)
    found = bench.report()
    written = msgspec.json.format(msgspec.json.encode(found), indent=2)
    if report is not None:
        report.write_bytes(written + b"\n")
    if plot is not None:
        draw(found, plot)
    if as_json:
        typer.echo(written.decode())
    else:
        console = Console(highlight=False, width=None if errors.is_terminal else 120)
        for table in _tables(found):
            console.print(table)
    if not found.runs:
        raise typer.Exit(1)


def bench_plot(
    reports: Annotated[list[Path], typer.Argument(metavar="REPORT...", help="Reports of bench edge.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The picture, .png or .svg.")],
) -> None:
    """Draw one plot of several reports of `bench edge`.

    Example: placewatch bench plot idle.json active.json --out cost.png
    """
    from placewatch.bench.box.merge import read_reports
    from placewatch.bench.box.plot import check, plot

    check(out)
    plot(read_reports(reports), out)
    typer.echo(str(out))


@contextmanager
def _progress(console: "Console") -> "Iterator[Tell]":
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        task = bars.add_task("", total=1.0)
        yield lambda what, share: bars.update(task, description=what, completed=share)


def _tables(report: "Report") -> "list[Table]":
    """Cost, and what was told: two tables, for one would not fit on a terminal."""
    floors = {each.set: each for each in report.keyframe_floor}
    ratios = {each.set: each.cpu for each in report.ratio}
    cost = _table("Cost of a camera", _COST)
    told = _table("What was told", _TOLD)
    for pipeline, runs in (("plain", report.reference), ("placewatch", report.runs)):
        for run in runs:
            ratio = None if pipeline == "plain" else ratios.get(run.set)
            head = (run.set, pipeline, str(run.cameras))
            cost.add_row(*head, *_cost(run, floors.get(run.set), ratio))
            told.add_row(*head, *_told(run))
    return [cost, told]


def _table(title: str, columns: tuple[str, ...]) -> "Table":
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for name in ("set", "pipeline"):
        table.add_column(name, no_wrap=True)
    for name in ("cameras", *columns):
        table.add_column(name, justify="right", overflow="fold", min_width=_LEAST)
    return table


_LEAST = 6
"""Characters of the narrowest column: a figure is never broken, whatever becomes of its heading."""

_COST = ("CPU ms/s", "x floor", "x file floor", "less CPU", "per core", "MiB", "infer. a look")
_TOLD = ("awake p95 s", "idle p95 s", "lost", "events", "recall", "prec.")


def _cost(run: "Run", floor: "Floor | None", ratio: float | None) -> list[str]:
    cost = run.cpu_s_per_camera_s
    return [
        f"{1000 * cost:.1f}",
        _over(cost, floor.cpu_s_per_camera_s if floor else None),
        _over(cost, floor.files_cpu_s_per_camera_s if floor else None),
        f"{ratio:.1f}x" if ratio else "",
        f"{run.cameras_per_core:.1f}",
        f"{run.rss_mb_per_camera:.1f}",
        f"{run.detail.canvases_per_look:.3f}",
    ]


def _told(run: "Run") -> list[str]:
    return [
        _number(run.latency_s.awake["p95"], 2),
        _number(run.latency_s.idle["p95"], 2),
        str(run.packets_dropped),
        str(run.detail.events),
        _number(run.event_recall, 3),
        _number(run.event_precision, 3),
    ]


def _over(cost: float, floor: float | None) -> str:
    return f"{cost / floor:.2f}" if floor else ""


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
