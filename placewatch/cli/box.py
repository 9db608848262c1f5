"""``placewatch box``: a box's own certificate."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from messages import Enrolled

app = typer.Typer(help="Enrol a box at its centre, and keep its certificate fresh.", no_args_is_help=True)

Folder = Annotated[
    Path, typer.Option("--folder", metavar="DIR", help="Where key and certificate lie.", show_default=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
_FOLDER = Path("/etc/placewatch/identity")


@app.command("enrol")
def enrol(
    token: Annotated[
        str,
        typer.Option(
            envvar="PLACEWATCH_TOKEN",
            help="What 'placewatch central trust invite' printed; - reads it from stdin.",
        ),
    ],
    folder: Folder = _FOLDER,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Begin this box.yaml, unless it is there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key on this box, have the centre certify it, and print the lines that box.yaml needs.

    The centre is believed by the fingerprint in the token, so the way there may be watched or wrong.

    Example: placewatch box enrol --token - < token.txt
    """
    import sys

    from edge.enrol import CA, PAIR
    from edge.enrol import enrol as run

    answer = run(sys.stdin.readline() if token == "-" else token, folder)  # noqa: S105 - "-" is no secret
    begun = config is not None and not config.exists()
    if config is not None and begun:
        _begin(config, folder.resolve(), answer)
    if as_json:
        broker = {"host": answer.broker_host, "port": answer.broker_port}
        typer.echo(
            json.dumps({"site": answer.site, "box": answer.box, "broker": broker, "folder": str(folder)})
        )
        return
    if begun:
        typer.echo(
            f"enrolled; {config} is begun. Next: placewatch cameras discover --add {config} --place ID"
        )
        return
    typer.echo(f"# enrolled; this belongs into box.yaml:\nsite: {answer.site}\nbox: {answer.box}\nbroker:")
    typer.echo(f"  host: {answer.broker_host}\n  port: {answer.broker_port}\n  tls:")
    typer.echo(f"    ca: {folder.resolve() / CA}\n    certificate: {folder.resolve() / PAIR}")
    if answer.orders_key is not None:
        typer.echo(
            f"managed:\n  identity: {folder.resolve()}\n  folder: {folder.resolve().parent / 'managed'}"
        )


def _begin(config: Path, folder: Path, answer: "Enrolled") -> None:
    """A configuration that lacks its cameras alone; the spool lies beside the identity."""
    from edge.drawing.boxfile import BoxFile
    from edge.enrol import CA, PAIR
    from placewatch.files import write_file

    file = BoxFile(config)
    tls = {"ca": str(folder / CA), "certificate": str(folder / PAIR)}
    broker = {"host": answer.broker_host, "port": answer.broker_port, "tls": tls}
    more: dict[str, object] = {"spool": {"path": str(folder.parent / "spool.sqlite")}, "status_port": 9464}
    if answer.orders_key is not None:
        more["managed"] = {"identity": str(folder), "folder": str(folder.parent / "managed")}
    file.begin(answer.site, answer.box, broker, more)
    write_file(config, file.text().encode())


@app.command("renew")
def renew(
    folder: Folder = _FOLDER,
    force: Annotated[
        bool, typer.Option("--force", help="Even if more than a third of its life is left.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Get the next certificate, with a new key, when the one at hand nears its end; a timer runs this daily.

    A running box uses it from its next connection on; nothing is interrupted.

    Example: placewatch box renew --folder /etc/placewatch/identity
    """
    from edge.enrol import read_identity
    from edge.enrol import renew as run

    now = datetime.now(UTC)
    due = force or read_identity(folder).due(now)
    if due:
        run(folder, now)
    until = read_identity(folder).certificate.not_valid_after_utc
    if as_json:
        typer.echo(json.dumps({"renewed": due, "until": until.isoformat()}))
    else:
        typer.echo(f"{'renewed' if due else 'not due'}; valid until {until:%Y-%m-%d %H:%M} UTC")
