"""``placewatch demo``: the whole chain on this machine."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    seconds: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", min=1.0, help="End by itself after this many seconds."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the run's figures as JSON.")
    ] = None,
    footage: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Replay your own clips; each becomes a camera."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=1, max=65535, help="Port of the page; a free one otherwise."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Keep configuration, database, pictures and logs in this new folder."
        ),
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page.")] = False,
) -> None:
    """Replayed cameras, an MQTT broker, a box and a centre, each a process; ends cleanly on Ctrl-C.

    Example: placewatch demo --for 60 --report out.json
    """
    from rich.console import Console

    from placewatch.demo.run import DemoOptions, run_demo
    from placewatch.words import counted

    options = DemoOptions(
        seconds=seconds, report=report, footage=footage, port=port, keep=keep, browser=not no_browser
    )
    figures = run_demo(options, Console())
    if figures:
        first = "none came" if figures.first_alert_s is None else f"after {figures.first_alert_s:.1f} s"
        typer.echo(
            f"{counted(figures.cameras, 'camera')}, {figures.frames_decoded} pictures decoded;"
            f" alerts: {figures.alerts_published} published, {figures.alerts_committed} committed,"
            f" the first {first}; {figures.events} events"
        )
