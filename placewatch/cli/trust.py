"""``placewatch central trust``: the centre's authority, and which boxes it believes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from central.trust.registrar import Registrar
    from messages.topics import BoxTopics

app = typer.Typer(help="Which boxes are believed: authority, invitations, revocation.", no_args_is_help=True)

Config = Annotated[
    Path, typer.Option("--config", "-c", metavar="FILE", help="Central's configuration.", show_default=False)
]
Box = Annotated[str, typer.Argument(metavar="SITE/BOX", help="Site and id of the box.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@app.command("init")
def init(
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where keys and certificates go.")],
    host: Annotated[
        list[str],
        typer.Option(metavar="NAME", help="Name or address of broker and centre; give all of them."),
    ],
    city: Annotated[str, typer.Option(help="What the authority is called.")] = "Placewatch root",
    broker_port: Annotated[int, typer.Option(help="The broker's TLS port.")] = 8883,
    broker_user: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="Account that Mosquitto runs as; asks for root.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the city's authority, certificates of broker and centre, and Mosquitto's configuration.

    Example: placewatch central trust init --folder /etc/placewatch/trust --host centre.example
    """
    from central.trust.setup import Listener, make_trust

    folder = folder.resolve()
    broker = Listener(broker_port, broker_user)
    fingerprint = make_trust(folder, city, host, broker, datetime.now(UTC))
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "fingerprint": fingerprint}))
        return
    typer.echo(f"authority: {folder / 'ca.crt'}  SHA-256 {fingerprint}")
    typer.echo(f"broker:    mosquitto -c {folder / 'broker' / 'mosquitto.conf'}")
    typer.echo("Keep a copy of ca.key in a safe: without it no further box can be enrolled.")


@app.command("orders-key")
def orders_key(
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where the authority's keys lie.")],
    as_json: AsJson = False,
) -> None:
    """Make the key by which the centre signs configurations and updates, where 'init' has not done so.

    Boxes that are enrolled already get it with their next renewal.

    Example: placewatch central trust orders-key --folder /etc/placewatch/trust
    """
    from central.trust.signing import make_signer

    public = make_signer(folder.resolve()).public
    typer.echo(json.dumps({"key": public}) if as_json else f"boxes will believe: {public}")


@app.command("invite")
def invite(
    box: Box,
    config: Config,
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 30, help="How long the token is good.")] = 24.0,
    as_json: AsJson = False,
) -> None:
    """Print a one-time token with which a box enrols.

    Example: placewatch central trust invite city-east/box-1 --config central.yaml
    """
    now = datetime.now(UTC)
    for registrar in _open(config):
        token = registrar.invite(box_named(box), now, timedelta(hours=hours)).text
        expires = (now + timedelta(hours=hours)).isoformat(timespec="seconds")
        typer.echo(json.dumps({"box": box, "token": token, "expires": expires}) if as_json else token)


@app.command("revoke")
def revoke(
    box: Box,
    config: Config,
    reason: Annotated[str, typer.Option(max=200, help="Why, for the record.")],
    as_json: AsJson = False,
) -> None:
    """Believe a box no more: stolen, retired, replaced. Takes effect within seconds where the centre runs.

    Example: placewatch central trust revoke city-east/box-1 --reason stolen --config central.yaml
    """
    for registrar in _open(config):
        count = registrar.revoke(box_named(box), reason, datetime.now(UTC))
        typer.echo(
            json.dumps({"box": box, "revoked": count}) if as_json else f"{box}: {count} certificates revoked"
        )


@app.command("list")
def show(config: Config, as_json: AsJson = False) -> None:
    """Every certificate that was given: to whom, until when, revoked why.

    Example: placewatch central trust list --config central.yaml
    """
    from rich.console import Console
    from rich.table import Table

    from central.store.trust import certificates

    rows = []
    for registrar in _open(config):
        with registrar.store.read() as connection:
            rows = [dict(row._mapping) for row in certificates(connection)]  # noqa: SLF001 - SQLAlchemy's public name
    if as_json:
        typer.echo(json.dumps(rows, default=lambda moment: moment.isoformat()))
        return
    table = Table("box", "serial", "until", "revoked")
    for row in rows:
        revoked = f"{row['revoked']:%Y-%m-%d %H:%M} {row['reason']}" if row["revoked"] else ""
        table.add_row(
            f"{row['site']}/{row['box']}", str(row["serial"])[:16], f"{row['expires']:%Y-%m-%d}", revoked
        )
    Console().print(table)


def box_named(text: str) -> "BoxTopics":
    """Whom SITE/BOX names.

    Raises:
        UsageError: It is not of that form.
    """
    from messages.topics import ROOT, BoxTopics, parse
    from placewatch.errors import UsageError

    site, _, box = text.partition("/")
    if parse(f"{ROOT}/{site}/{box}/state") is None:
        raise UsageError(
            "not SITE/BOX", where=text, remedy="write it as in box.yaml, such as city-east/box-1"
        )
    return BoxTopics(site, box)


def _open(config: Path) -> "Iterator[Registrar]":
    from central.config import CentralConfig
    from central.store.engine import Store
    from central.store.migrate import migrate
    from central.trust.setup import open_registrar
    from placewatch.config import load
    from placewatch.errors import UsageError

    settings = load(config, CentralConfig)
    if settings.trust is None:
        raise UsageError("'trust' is not configured", where=str(config), remedy="see docs/field.md")
    store = Store(settings.database)
    try:
        migrate(store)
        yield open_registrar(settings.trust, store)
    finally:
        store.close()
