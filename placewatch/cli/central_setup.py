"""``placewatch central setup``: everything that a fresh centre needs around it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer


def setup(
    host: Annotated[
        list[str], typer.Option(metavar="NAME", help="Name by which boxes reach it; first the one to use.")
    ],
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where it all goes.")] = Path("/etc/placewatch"),
    broker_user: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="Account that Mosquitto runs as; asks for root.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="The city's.")] = "Asia/Shanghai",
    containers: Annotated[
        bool, typer.Option("--containers", help="For deploy/containers/compose.central.yaml.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Make authority, the broker's and the database's settings, a password and central.yaml.

    What is there already is kept. install.sh --role central --host NAME runs it.

    Example: placewatch central setup --host centre.example --broker-user mosquitto
    """
    from central.installation import Centre, central_yaml, postgresql_conf, postgresql_sql
    from central.trust.setup import Listener, make_trust
    from placewatch.files import write_file
    from placewatch.paths import shipped

    folder = folder.resolve()
    centre = Centre(host[0], timezone=timezone, containers=containers)
    made: list[str] = []

    def keep(path: Path, content: bytes, *, secret: bool = False) -> None:
        if not path.exists():
            write_file(path, content, secret=secret)
            made.append(str(path))

    if not (folder / "trust" / "ca.key").exists():
        hosts = [*host, *(["mosquitto"] if containers else ["localhost"])]
        make_trust(folder / "trust", "Placewatch root", hosts, Listener(8883, broker_user), datetime.now(UTC))
        made.append(str(folder / "trust"))
    keep(folder / "postgresql" / "postgresql.conf", postgresql_conf(centre).encode())
    if not containers:
        keep(folder / "postgresql" / "setup.sql", postgresql_sql().encode())
        _password(folder / "secrets.env")
    for name in ("city.yaml", "grids.geojson", "units.yaml"):
        keep(folder / name, (shipped("configs") / "demo" / name).read_bytes())
    keep(folder / "central.yaml", central_yaml(centre, folder).encode())
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "made": made}))
        return
    for path in made or ["nothing: all was there already"]:
        typer.echo(path)
    key = folder / "trust" / "ca.key"
    typer.echo(f"Keep a copy of {key} in a safe. Next: broker and database, in docs/field.md.")


def _password(path: Path) -> None:
    """A password for the database, made here; what else stands in the file stays."""
    import secrets

    from placewatch.files import write_file

    known = path.read_text(encoding="utf-8") if path.exists() else ""
    if "DB_PASSWORD=" not in known:
        write_file(path, f"{known}DB_PASSWORD={secrets.token_hex(24)}\n".encode(), secret=True)
