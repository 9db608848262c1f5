"""``placewatch central``: the aggregator."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from placewatch.cli import audit, fleet, software, tables, trust, users
from placewatch.cli.central_setup import setup
from placewatch.cli.retention import retention

if TYPE_CHECKING:
    from central.people.first import FirstPassword, OneTime

app = typer.Typer(
    help="The aggregator: alerts in, graded grid events out.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)

app.add_typer(trust.app, name="trust")
app.add_typer(users.app, name="user")
app.add_typer(audit.app, name="audit")
app.add_typer(tables.app, name="tables")
app.add_typer(fleet.app, name="config")
app.add_typer(software.app, name="update")
app.command("setup")(setup)
app.command(epilog="Example: [bold]placewatch central retention --config central.yaml --dry-run[/bold]")(
    retention
)

_CONFIG = typer.Option(
    ..., "--config", "-c", metavar="FILE", help="Central's configuration.", show_default=False
)


@app.command(
    epilog="Example: [bold]placewatch central serve --config configs/demo/central.yaml[/bold]",
)
def serve(
    config: Path = _CONFIG,
    as_json: bool = typer.Option(False, "--json", help="Say that it is ready as one JSON line on stdout."),
    verbose: bool = typer.Option(False, "--verbose", "-v", help="Log more."),
) -> None:
    """Run the aggregator, its API and its page until Ctrl-C or SIGTERM.

    Makes its directories, migrates its database, then prints its address. While nobody administers the city,
    it makes an administrator with a one-time password: shown this once at a terminal, else (systemd) put
    into a file beside the evidence that only its account and root can read; the first sign-in removes it.
    """
    from central.people.first import OneTime
    from central.serve import Address, first_password
    from central.serve import serve as run
    from central.setup import load_central
    from edge.redact.upload import UploadDoor
    from placewatch import logs
    from placewatch.boxcheck import check_box_config, rule_forms

    settings, city = load_central(config)
    logs.configure(fmt=settings.log_format, verbose=verbose)

    def ready(address: Address, admin: OneTime | None) -> None:
        if as_json:
            first = {"first_admin": {"name": admin.name, "password": admin.secret}} if admin else {}
            typer.echo(json.dumps({"ready": True, "url": address.url, "pid": os.getpid(), **first}))
            return
        if admin and sys.stdout.isatty():
            typer.echo(f"First administrator: name {admin.name}, one-time password {admin.secret}")
            typer.echo("It is not shown again; the first sign-in asks for a new one.")
        elif admin:
            _keep(first_password(settings), admin)
        typer.echo(f"Placewatch central: {address.url}  (Ctrl-C stops it)")

    run(settings, city, ready, door=UploadDoor(), check=check_box_config, rule_forms=rule_forms())


def _keep(place: "FirstPassword", admin: "OneTime") -> None:
    """Standard output is a log: it names the file, not the password."""
    from placewatch.errors import PlacewatchError

    try:
        place.keep(admin)
    except PlacewatchError as error:
        typer.echo(f"First administrator: name {admin.name}; the password cannot be kept: {error}")
        typer.echo(f"Make another one: placewatch central user passwd {admin.name} --config FILE")
    else:
        typer.echo(f"First administrator: name {admin.name}, one-time password in {place.path}")
        typer.echo("The file goes with the first sign-in, which asks for a new one.")


@app.command(epilog="Example: [bold]placewatch central migrate --config central.yaml[/bold]")
def migrate(
    config: Path = _CONFIG,
    to: str = typer.Option("head", "--to", help="A revision, or 'base' to drop every table and all data."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask before dropping data."),
    as_json: bool = typer.Option(False, "--json", help="Print the revisions as JSON."),
) -> None:
    """Bring the database's schema to this version; 'serve' does so by itself."""
    from central.config import CentralConfig
    from central.store.engine import Store
    from central.store.migrate import migrate as run
    from placewatch.config import load

    settings = load(config, CentralConfig)
    if to == "base" and not yes:
        typer.confirm("This drops every table of Placewatch with all its data. Go on?", abort=True)
    store = Store(settings.database)
    try:
        before, after = run(store, to)
    finally:
        store.close()
    if as_json:
        typer.echo(json.dumps({"before": before, "after": after}))
    else:
        typer.echo(f"schema: {before or 'empty'} -> {after or 'empty'}")
