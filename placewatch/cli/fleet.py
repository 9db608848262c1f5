"""``placewatch central config``: what boxes are told to run, for whoever has the machine."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placewatch.cli.trust import Box, Config, box_named

if TYPE_CHECKING:
    from central.fleet.desired import Fleet
    from central.store.orders import OrderRow
    from messages.topics import BoxTopics

app = typer.Typer(
    help="What boxes are told to run: kept by version, signed, taken by the box after a trial.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@app.command("push")
def push(
    box: Box,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML: keys of box.yaml that a centre may set.")
    ],
    config: Config,
    note: Annotated[str, typer.Option(max=500, help="Why, for the record.")] = "",
    seen: Annotated[
        int | None, typer.Option(metavar="VERSION", help="Only if this is still the newest; 0 for none.")
    ] = None,
    expires_hours: Annotated[
        float | None, typer.Option(min=0.01, help="A box that has not taken it until then does not.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sign a configuration as the box's next version; a running centre brings it to the box within seconds.

    Exit 1 when somebody was faster (--seen), 2 when the configuration cannot be meant.

    Example: placewatch central config push city-east/box-1 gate.yaml --note "new zone" --config central.yaml
    """
    from central.fleet.desired import Wish
    from placewatch.errors import UsageError

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot be read: {error}", where=str(file), remedy="check the path") from error
    now = datetime.now(UTC)
    expires = None if expires_hours is None else now + timedelta(hours=expires_hours)
    with fleet_of(config) as fleet:
        row = fleet.configure(Wish(box_named(box), actor(), note, expires, seen), text, now)
    if as_json:
        typer.echo(json.dumps({"box": box, "version": row.version, "sha256": row.sha256}))
    else:
        typer.echo(
            f"{box}: version {row.version}; 'placewatch central config show {box}' tells what becomes of it"
        )


@app.command("show")
def show(
    box: Box,
    config: Config,
    version: Annotated[int | None, typer.Option(help="One of its versions; the newest unless given.")] = None,
    text: Annotated[bool, typer.Option("--text", help="Print the YAML alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """What a box was told to run, and what it says that it runs.

    Exit 1 when it was told nothing, or does not run what it was told.

    Example: placewatch central config show city-east/box-1 --config central.yaml
    """
    with fleet_of(config) as fleet:
        topics = box_named(box)
        row = fleet.newest(topics) if version is None else fleet.version(topics, version)
        said = reported(fleet, topics)
    if text and row is not None:
        typer.echo(row.content, nl=False)
        return
    runs = (said or {}).get("version"), (said or {}).get("state")
    in_step = row is not None and runs == (row.version, "applied")
    if as_json:
        typer.echo(json.dumps({"desired": _row(row), "reported": said, "in_step": in_step}))
    else:
        typer.echo(_told(box, row, said))
    if not in_step:
        raise typer.Exit(1)


@app.command("history")
def history(box: Box, config: Config, as_json: AsJson = False) -> None:
    """Every configuration of a box: who, when, why.

    Example: placewatch central config history city-east/box-1 --config central.yaml
    """
    from rich.console import Console
    from rich.table import Table

    with fleet_of(config) as fleet:
        rows = fleet.versions(box_named(box))
    if as_json:
        typer.echo(json.dumps([_row(row) for row in rows]))
        return
    table = Table("version", "when", "who", "why", "sha256")
    for row in rows:
        table.add_row(str(row.version), f"{row.at:%Y-%m-%d %H:%M}", row.actor, row.note, row.sha256[:12])
    Console().print(table)


@app.command("diff")
def diff(
    box: Box,
    config: Config,
    old: Annotated[
        int | None, typer.Option("--from", help="The one version; the one before unless given.")
    ] = None,
    new: Annotated[int | None, typer.Option("--to", help="The other; the newest unless given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Two configurations of a box compared.

    Example: placewatch central config diff city-east/box-1 --from 3 --to 5 --config central.yaml
    """
    from central.fleet.desired import difference
    from placewatch.errors import UsageError

    with fleet_of(config) as fleet:
        topics = box_named(box)
        later = fleet.newest(topics) if new is None else fleet.version(topics, new)
        if later is None:
            raise UsageError("was never told that", where=box, remedy="placewatch central config history")
        earlier = fleet.version(topics, later.version - 1 if old is None else old)
    lines = difference(earlier, later)
    if as_json:
        typer.echo(
            json.dumps({"old": earlier.version if earlier else 0, "new": later.version, "lines": lines})
        )
    else:
        typer.echo("\n".join(lines))


@contextmanager
def fleet_of(path: Path) -> "Iterator[Fleet]":
    """What boxes are told, over the database that a centre's configuration names."""
    from central.config import CentralConfig
    from central.store.engine import Store
    from central.store.migrate import migrate
    from central.trust.setup import open_fleet
    from placewatch.boxcheck import check_box_config
    from placewatch.config import load

    settings = load(path, CentralConfig)
    store = Store(settings.database)
    try:
        migrate(store)
        yield open_fleet(settings.trust, store, check_box_config)
    finally:
        store.close()


def actor() -> str:
    """Who gives orders at this machine."""
    return f"cli:{getpass.getuser()}"


def reported(fleet: "Fleet", box: "BoxTopics", part: str = "config") -> dict[str, Any] | None:
    """What a box said last of its configuration or, ``update``, of its software; None if nothing."""
    from central.store.boxes import health_of

    with fleet.store.read() as connection:
        found: dict[str, Any] | None = health_of(connection, box).get(part)
    return found


def _row(row: "OrderRow | None") -> dict[str, Any] | None:
    if row is None:
        return None
    names = ("version", "sha256", "actor", "note")
    shown: dict[str, Any] = {name: getattr(row, name) for name in names}
    expires = row.expires.isoformat() if row.expires else None
    return {**shown, "at": row.at.isoformat(), "expires": expires, "config": row.content}


def _told(box: str, row: "OrderRow | None", reported: dict[str, Any] | None) -> str:
    wanted = (
        "nothing yet" if row is None else f"version {row.version} of {row.at:%Y-%m-%d %H:%M} by {row.actor}"
    )
    if reported is None:
        return f"{box} was told: {wanted}\nit has said nothing of that"
    runs = f"version {reported['version']}" if reported["version"] else "its own file"
    became = {
        "own": "",
        "probation": f"; version {reported['wanted']} is on probation",
        "applied": "",
        "refused": f"; it refused version {reported['wanted']}: {reported['reason']}",
        "rolled_back": f"; it took version {reported['wanted']} back: {reported['reason']}",
    }[reported["state"]]
    lines = [f"{box} was told: {wanted}", f"it runs: {runs}{became}"]
    if reported["disbelieved"]:
        lines.append(f"orders that it did not believe: {reported['disbelieved']} ({reported['disbelief']})")
    return "\n".join(lines)
