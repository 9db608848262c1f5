"""``placewatch central audit``: whether what is written down is still what was written."""

import json
from dataclasses import asdict
from pathlib import Path

import typer

app = typer.Typer(help="Check that timelines are as they were written.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command(epilog="Example: [bold]placewatch central audit verify --config central.yaml[/bold]")
def verify(
    config: Path = typer.Option(
        ..., "--config", "-c", metavar="FILE", help="Central's configuration.", show_default=False
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the result as JSON."),
) -> None:
    """Follow the hash chains of every event's timeline and of the audit log; exit 1 when one does not fit.

    An entry that was changed, dropped, moved or added afterwards breaks its chain.
    """
    from rich.console import Console
    from rich.progress import Progress

    from central.config import CentralConfig
    from central.store import people_log
    from central.store.audit import verify as run
    from central.store.engine import Store
    from placewatch.config import load

    store = Store(load(config, CentralConfig).database)
    try:
        store.check()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("timelines")
            found = run(store, lambda done, of: progress.update(task, completed=done, total=of))
        deeds, torn = people_log.verify(store)
    finally:
        store.close()
    sound = not found.breaks and torn is None
    if as_json:
        log = {"entries": deeds, "first_break": torn}
        typer.echo(json.dumps({"ok": sound, **asdict(found), "audit_log": log}))
    else:
        for broken in found.breaks:
            typer.echo(f"event {broken.number}: entry {broken.entry} does not fit the chain")
        typer.echo(
            f"{found.events} timelines with {found.entries} entries: "
            + (f"{len(found.breaks)} do not fit" if found.breaks else "all fit")
            + (f"; {found.dropped} older ones are past their time and dropped" if found.dropped else "")
        )
        fits = "all fit" if torn is None else f"entry {torn} does not fit the chain, or is missing"
        typer.echo(f"audit log with {deeds} entries: {fits}")
    if not sound:
        raise typer.Exit(1)
