"""``placewatch bench``: what decoding, detection and whole boxes cost on this machine."""

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placewatch.cli.bench_day import bench_day
from placewatch.cli.bench_edge import bench_edge, bench_plot
from placewatch.cli.load import bench_central, bench_queries

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from rich.table import Table


app = typer.Typer(help="Measure what Placewatch costs on this machine.", invoke_without_command=True)

_Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@app.callback(invoke_without_command=True)
def bench(context: typer.Context, as_json: _Json = False) -> None:
    """Measure what Placewatch costs on this machine; without a command: decode and infer.

    Example: placewatch bench --json
    """
    if context.invoked_subcommand is None:
        _measure(("decode", "infer"), as_json=as_json)


@app.command("all")
def bench_all(as_json: _Json = False) -> None:
    """Measure decoding and detection.

    Example: placewatch bench all
    """
    _measure(("decode", "infer"), as_json=as_json)


@app.command("decode")
def bench_decode(as_json: _Json = False) -> None:
    """Measure decoding: CPU per second of video, with the conditions.

    Example: placewatch bench decode --json
    """
    _measure(("decode",), as_json=as_json)


@app.command("infer")
def bench_infer(as_json: _Json = False) -> None:
    """Measure detection: time per look, with the conditions.

    Example: placewatch bench infer
    """
    _measure(("infer",), as_json=as_json)


app.command("central")(bench_central)
app.command("day")(bench_day)
app.command("queries")(bench_queries)
app.command("edge")(bench_edge)
app.command("plot")(bench_plot)


def _measure(what: Sequence[str], *, as_json: bool) -> None:
    from rich.console import Console

    from placewatch.bench.conditions import Conditions

    errors = Console(stderr=True)
    conditions = Conditions.here()
    found: dict[str, Any] = {"conditions": asdict(conditions)}
    with errors.status("measuring ...") as status:
        if "decode" in what:
            found["decode"] = _decode(status.update)
        if "infer" in what:
            found["infer"] = _infer(status.update)
    if as_json:
        rows = {name: _plain(value) for name, value in found.items()}
        typer.echo(json.dumps(rows, indent=2))
        return
    console = Console(highlight=False, width=None if errors.is_terminal else 120)
    console.print(conditions.line(), soft_wrap=True)
    titles = {
        "decode": "Decoding: CPU ms per second of video, one thread",
        "infer": "Detection: ms per look at a 1280x720 picture",
    }
    for name, title in titles.items():
        if name in found:
            console.print(_table(title, found[name]))


def _decode(tell: Callable[[str], None]) -> "list[DataclassInstance]":
    from placewatch.bench.clips import bench_clips
    from placewatch.bench.decode import measure

    with tempfile.TemporaryDirectory(prefix="placewatch-bench-") as folder:
        tell("drawing clips ...")
        figures = []
        for clip in bench_clips(Path(folder)):
            tell(f"decoding {clip.name} ...")
            figures.append(measure(clip))
        return list(figures)


def _infer(tell: Callable[[str], None]) -> "list[DataclassInstance]":
    from placewatch.bench.infer import SIZES, measure, providers

    figures = []
    for provider in providers():
        for size in SIZES:
            tell(f"looking at {size} on {provider} ...")
            figures.append(measure(provider, size))
    return list(figures)


def _plain(value: object) -> object:
    return [asdict(row) for row in value] if isinstance(value, list) else value


def _table(title: str, rows: "Sequence[DataclassInstance]") -> "Table":
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE)
    columns = list(asdict(rows[0]))
    for name in columns:
        numeric = isinstance(getattr(rows[0], name), int | float)
        table.add_column(name.replace("_", " "), justify="right" if numeric else "left", no_wrap=not numeric)
    for row in rows:
        table.add_row(*(f"{getattr(row, name)}" for name in columns))
    return table
