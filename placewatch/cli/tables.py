"""``placewatch central tables``: the city's tables in the database of a centre."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from central.shelf import Shelf
    from central.store.engine import Store

app = typer.Typer(help="The city's tables: what is in force, and loading new ones.", no_args_is_help=True)

_CONFIG = typer.Option(
    ..., "--config", "-c", metavar="FILE", help="Central's configuration.", show_default=False
)
_JSON = typer.Option(False, "--json", help="Print JSON.")


@contextmanager
def _open(config: Path) -> "Iterator[tuple[Store, Shelf]]":
    from central.setup import load_central
    from central.shelf import Shelf
    from central.store.engine import Store
    from central.store.migrate import migrate

    settings, tables = load_central(config)
    store = Store(settings.database)
    try:
        migrate(store)
        yield store, Shelf(store, settings, tables)
    finally:
        store.close()


@app.command(epilog="Example: [bold]placewatch central tables load grading.yaml --config central.yaml[/bold]")
def load(
    file: Path = typer.Argument(..., help="The new table.", show_default=False),
    config: Path = _CONFIG,
    form: str = typer.Option("", "--as", help="Which table it is; recognised by its keys if not given."),
    as_json: bool = _JSON,
) -> None:
    """Put a table in force, in every running centre of the database and at every later start.

    It is checked together with all the others; exit 2 with each fault's line, and what was in force stays so.
    """
    from central.setup import TABLES
    from placewatch.config_forms import check
    from placewatch.errors import ConfigError, ConfigProblem, UsageError

    name = form or check(file).form
    if name not in TABLES:
        names = ", ".join(TABLES)
        raise UsageError(
            f"{name or 'it'} is no table of the city", where=str(file), remedy=f"--as one of {names}"
        )
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(
            [ConfigProblem(str(file), 0, "", f"cannot be read: {error.strerror}", "check the path")]
        ) from error
    with _open(config) as (_, shelf):
        now = datetime.now(UTC)
        shelf.open(now)
        made = shelf.load(name, data, str(file), f"{getpass.getuser()} (command line)", now)
    if as_json:
        typer.echo(json.dumps(asdict(made), default=str))
    else:
        typer.echo(f"{made.name} version {made.number} is in force ({made.hash[:16]})")


@app.command("list", epilog="Example: [bold]placewatch central tables list --config central.yaml[/bold]")
def list_(
    config: Path = _CONFIG,
    name: str = typer.Option("", "--of", help="Every version of this table."),
    as_json: bool = _JSON,
) -> None:
    """Show what is in force, or every version of one table."""
    from central.store import table_versions

    with _open(config) as (store, _), store.read() as connection:
        found = (
            table_versions.versions(connection, name, None, 1000)
            if name
            else list(table_versions.in_force(connection).values())
        )
    if as_json:
        typer.echo(json.dumps([asdict(version) for version in found], default=str))
        return
    for version in found:
        typer.echo(
            f"{version.name:15} {version.number:4}  {version.at:%Y-%m-%d %H:%M}  {version.hash[:12]}"
            f"  {version.author:24} {version.file}"
        )
