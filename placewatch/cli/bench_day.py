"""``placewatch bench day``: what desks see of a day of city traffic."""

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer


def bench_day(
    desks: Annotated[int, typer.Option("--desks", min=1, max=200, help="Village centres.")] = 4,
    cameras: Annotated[int, typer.Option("--cameras", min=16, max=1600, help="Of each; 16 to a box.")] = 64,
    hours: Annotated[float, typer.Option("--hours", min=0.1, max=48, help="From midnight.")] = 24.0,
    episodes: Annotated[
        float, typer.Option("--episodes", min=0, max=5000, help="Mean episodes of a camera a day.")
    ] = 100.0,
    outages: Annotated[int, typer.Option("--outages", min=0, max=20, help="Boxes away for an hour.")] = 2,
    storm: Annotated[
        bool, typer.Option("--storm/--no-storm", help="At 16:00 all cameras of a desk raise alarms.")
    ] = True,
    hours_before: Annotated[
        float, typer.Option("--hours-before", min=0, max=168, help="They pass first: spots have a past.")
    ] = 24.0,
    seed: Annotated[int, typer.Option("--seed", help="Of all chance.")] = 1,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write the figures as JSON.")
    ] = None,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="Draw the day (PNG).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Let a day of city traffic pass through writer, timekeeper and watchman; count what desks were shown.

    Runs on a clock of its own, many times faster than the day, into a database that is thrown away.

    Example: placewatch bench day --desks 4 --seed 1 --report day.json --plot day.png
    """
    from rich.console import Console
    from rich.progress import Progress

    from placewatch.loadtest.day import Day, DayPlan
    from placewatch.loadtest.day_report import plot as draw
    from placewatch.loadtest.day_report import report_of

    plan = DayPlan(desks, cameras, hours, episodes, seed, outages, storm, hours_before)
    with (
        tempfile.TemporaryDirectory(prefix="placewatch-day-") as folder,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        task = progress.add_task("the day", total=1.0)
        result = Day(plan, Path(folder), lambda share: progress.update(task, completed=share)).run()
    figures = report_of(plan, result)
    if report is not None:
        report.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if plot is not None:
        draw(plot, result)
    if as_json:
        typer.echo(json.dumps(figures))
    else:
        for name, value in figures.items():
            typer.echo(f"{name.replace('_', ' '):28} {value}")
