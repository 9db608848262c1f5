"""``placewatch central update``: which software boxes are told to run, for whoever has the machine."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from placewatch.cli.fleet import AsJson, actor, fleet_of, reported
from placewatch.cli.trust import Box, Config, box_named

app = typer.Typer(
    help="Which version boxes are told to run: signed, fetched by the box, tried, taken back when it fails.",
    no_args_is_help=True,
)


@app.command("order")
def order(
    box: Box,
    bundle: Annotated[Path, typer.Option(metavar="FILE", help="A bundle of 'placewatch bundle build'.")],
    config: Config,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Release key (.pub) that must have signed it.")
    ] = None,
    downgrade: Annotated[bool, typer.Option("--downgrade", help="An older version may come back.")] = False,
    note: Annotated[str, typer.Option(max=500, help="Why, for the record.")] = "",
    seen: Annotated[
        int | None, typer.Option(metavar="ORDER", help="Only if this order is still the newest; 0 for none.")
    ] = None,
    expires_hours: Annotated[
        float, typer.Option(min=0.01, help="A box that was away longer does not begin.")
    ] = 168.0,
    as_json: AsJson = False,
) -> None:
    """Sign an order to run a bundle's version; a running centre brings it to the box, which fetches it.

    The box believes the bundle by its own release key alone. Exit 1 when the bundle is not sound, or somebody
    was faster (--seen).

    Example: placewatch central update order city-east/box-1 --bundle placewatch-0.2.0-linux-x86_64.run
    --key release-key.pub --config central.yaml
    """
    from central.config import CentralConfig
    from central.fleet.bundles import Bundles
    from central.fleet.desired import Software, Wish
    from placewatch.bundle.manifest import read_bundle, read_public_key
    from placewatch.config import load
    from placewatch.errors import UsageError

    trust = load(config, CentralConfig).trust
    if trust is None:
        raise UsageError("has no section 'trust'", where=str(config), remedy="see docs/fleet.md")
    version = read_bundle(bundle, None if key is None else read_public_key(key)).version
    now = datetime.now(UTC)
    with fleet_of(config) as fleet:
        sha256, size = Bundles(trust.bundles).put(bundle)
        wish = Wish(box_named(box), actor(), note, now + timedelta(hours=expires_hours), seen)
        software = Software(version=version, sha256=sha256, size=size, downgrade=downgrade)
        row = fleet.update(wish, software, now)
        gone = Bundles(trust.bundles).prune(trust.bundles_keep, fleet.bundles_wanted(now))
    if as_json:
        made = {"box": box, "order": row.version, "software": version, "sha256": sha256, "bytes": size}
        made["removed"] = gone
        typer.echo(json.dumps(made))
    else:
        typer.echo(
            f"{box}: {version}, order {row.version}; "
            f"'placewatch central update show {box}' tells what becomes of it"
        )


@app.command("bundles")
def bundles(
    config: Config,
    keep: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Remove all but the newest N and those in demand.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bundles that this centre keeps for boxes to fetch, newest first; with --keep old ones are removed.

    Each order keeps the newest 'trust.bundles_keep' (5) by itself. What a box may still fetch always stays.

    Example: placewatch central update bundles --keep 2 --config central.yaml
    """
    from central.config import CentralConfig
    from central.fleet.bundles import Bundles
    from placewatch.bundle.manifest import peek
    from placewatch.config import load
    from placewatch.errors import UsageError

    trust = load(config, CentralConfig).trust
    if trust is None:
        raise UsageError("has no section 'trust'", where=str(config), remedy="see docs/fleet.md")
    shelf, now = Bundles(trust.bundles), datetime.now(UTC)
    with fleet_of(config) as fleet:
        wanted = fleet.bundles_wanted(now)
    gone = [] if keep is None else shelf.prune(keep, wanted)
    rows = [
        {
            "sha256": path.stem,
            "version": peek(path),
            "bytes": path.stat().st_size,
            "wanted": path.stem in wanted,
        }
        for path in shelf.kept()
    ]
    if as_json:
        typer.echo(json.dumps({"folder": str(trust.bundles), "bundles": rows, "removed": gone}))
        return
    for row in rows:
        asked = "  a box is told to run it" if row["wanted"] else ""
        typer.echo(f"{row['version']}  {row['sha256']}  {int(str(row['bytes'])) / 1e6:.0f} MB{asked}")
    for digest in gone:
        typer.echo(f"{digest}  removed")


@app.command("show")
def show(box: Box, config: Config, as_json: AsJson = False) -> None:
    """Which software a box was told to run, and what it says became of that.

    Exit 1 until it runs it.

    Example: placewatch central update show city-east/box-1 --config central.yaml
    """
    from central.fleet.desired import Software
    from central.store.models_fleet import OrderKind
    from messages import decode

    with fleet_of(config) as fleet:
        row = fleet.newest(box_named(box), OrderKind.UPDATE)
        said = reported(fleet, box_named(box), "update")
    wanted = None if row is None else decode(row.content.encode(), Software)
    became = said if said is not None and row is not None and said["version"] == row.version else None
    done = became is not None and became["state"] == "done"
    if as_json:
        desired = row and wanted and {"order": row.version, "software": wanted.version, "actor": row.actor}
        typer.echo(json.dumps({"desired": desired, "reported": said, "in_step": done}))
    elif row is None or wanted is None:
        typer.echo(f"{box} was told: nothing yet")
    else:
        typer.echo(f"{box} was told: {wanted.version}, order {row.version} of {row.at:%Y-%m-%d %H:%M}")
        state = "it has said nothing of that" if became is None else f"it says: {became['state']}"
        reason = became.get("reason") if became else ""
        typer.echo(f"{state}{f': {reason}' if reason else ''}")
    if not done:
        raise typer.Exit(1)
