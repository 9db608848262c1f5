"""``placewatch central user``: people, for whoever has the machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from central.config import CentralConfig
    from central.people.actor import Grant
    from central.setup import Tables
    from central.store.engine import Store

app = typer.Typer(
    help="People who may sign in.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)

_CONFIG = typer.Option(
    ..., "--config", "-c", metavar="FILE", help="Central's configuration.", show_default=False
)
_JSON = typer.Option(False, "--json", help="Print JSON.")


@contextmanager
def _opened(path: Path) -> Iterator[tuple["CentralConfig", "Tables", "Store"]]:
    from central.setup import load_central
    from central.store.engine import Store
    from central.store.migrate import migrate

    config, tables = load_central(path)
    store = Store(config.database)
    try:
        migrate(store)
        yield config, tables, store
    finally:
        store.close()


@app.command(
    epilog="Example: [bold]placewatch central user add li.wei --role operator=willow -c central.yaml[/bold]"
)
def add(
    name: str = typer.Argument(help="Sign-in name: small letters, digits, _ . @ -"),
    config: Path = _CONFIG,
    role: list[str] = typer.Option(
        [], "--role", metavar="ROLE=ORG", help="A role in an org and all below it; may be repeated."
    ),
    display: str = typer.Option("", "--display", help="Name for people."),
    unit: str | None = typer.Option(None, "--unit", help="Unit for which a responder acts."),
    language: str = typer.Option("zh", "--language", help="zh or en."),
    as_json: bool = _JSON,
) -> None:
    """Add somebody, with a one-time password that is printed this once."""
    from central.people import accounts
    from central.people.passwords import Passwords
    from placewatch.clock import SystemClock, utc

    with _opened(config) as (_, tables, store):
        grants = [_grant(text, tables) for text in role]
        made = accounts.add(
            store,
            accounts.NewAccount(name, display or name, tuple(grants), unit, language),
            Passwords(),
            utc(SystemClock().now()),
        )
    _tell(made.name, made.secret, as_json=as_json)


@app.command(epilog="Example: [bold]placewatch central user passwd li.wei -c central.yaml[/bold]")
def passwd(
    name: str = typer.Argument(help="Sign-in name."), config: Path = _CONFIG, as_json: bool = _JSON
) -> None:
    """Give somebody a new one-time password; unlocks the name, ends the sessions, drops the second factor."""
    from central.people import accounts
    from central.people.passwords import Passwords

    with _opened(config) as (_, _, store):
        made = accounts.reset(store, name, Passwords())
    _tell(made.name, made.secret, as_json=as_json)


@app.command("list", epilog="Example: [bold]placewatch central user list -c central.yaml --json[/bold]")
def list_users(config: Path = _CONFIG, as_json: bool = _JSON) -> None:
    """Show everybody with roles and last sign-in."""
    from central.people import book

    with _opened(config) as (_, _, store), store.read() as connection:
        people = book.everybody(connection)
    rows: list[dict[str, Any]] = [
        {
            "name": one.name,
            "display": one.display,
            "roles": [f"{grant.role}={grant.org}" for grant in one.grants],
            "unit": one.unit,
            "disabled": one.disabled,
            "last_sign_in": one.last_sign_in.isoformat() if one.last_sign_in else None,
        }
        for one in people
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = "disabled" if row["disabled"] else f"last here {row['last_sign_in'] or 'never'}"
        typer.echo(f"{row['name']}\t{row['display']}\t{', '.join(row['roles']) or 'no role'}\t{state}")


def _grant(text: str, tables: "Tables") -> "Grant":
    from central.people.actor import Grant, Role
    from placewatch.errors import UsageError

    role, _, org = text.partition("=")
    if role not in list(Role):
        raise UsageError(f"no role {role!r}", where=f"--role {text}", remedy=f"one of {', '.join(Role)}")
    if org not in tables.city.orgs:
        raise UsageError(
            f"no org {org!r}", where=f"--role {text}", remedy="write ROLE=ORG with an id of the city file"
        )
    return Grant(Role(role), org)


def _tell(name: str, secret: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"name": name, "password": secret}))
    else:
        typer.echo(f"{name}: one-time password {secret}")
        typer.echo("It is not shown again; the first sign-in asks for a new one.")
