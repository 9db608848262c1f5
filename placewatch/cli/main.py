"""The ``placewatch`` command: assembles the verbs and turns errors into one line and an exit code."""

import sys

import typer

from placewatch import __version__
from placewatch.cli import (
    bench,
    box,
    bundle,
    cameras,
    central,
    config,
    demo,
    detect,
    doctor,
    edge,
    footage,
    load,
    models,
    redact,
    replay,
)
from placewatch.cli.eval import evaluate
from placewatch.errors import PlacewatchError

app = typer.Typer(
    name="placewatch",
    help="Watches key public places, not people: camera streams in, graded grid events out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)


def _version(show: bool) -> None:
    if show:
        typer.echo(f"placewatch {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


app.add_typer(bench.app, name="bench")
app.add_typer(box.app, name="box")
app.add_typer(bundle.app, name="bundle")
app.command("update")(bundle.update)
app.add_typer(cameras.app, name="cameras")
app.add_typer(central.app, name="central")
app.add_typer(config.app, name="config")
app.add_typer(footage.app, name="footage")
app.add_typer(models.app, name="models")
app.command("chaos")(load.chaos)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("detect")(detect.detect)
app.command("eval")(evaluate)
app.command("redact")(redact.redact)
app.add_typer(edge.app, name="edge")
app.command("replay")(replay.replay)


def run() -> None:
    """Entry point: expected errors end as one line on stderr with their exit code; 130 after Ctrl-C."""
    try:
        app()
    except PlacewatchError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
