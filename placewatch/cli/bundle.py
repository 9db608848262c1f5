"""``placewatch bundle`` and ``placewatch update``: one file that installs without a network."""

import json
import platform
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from placewatch.bundle.update import Site

app = typer.Typer(
    help="Build and check files that install Placewatch without a network.", no_args_is_help=True
)

_UNITS = Path("/etc/systemd/system")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


@app.command("keygen")
def keygen(
    name: Annotated[Path, typer.Argument(metavar="NAME", help="Makes NAME (secret) and NAME.pub.")],
) -> None:
    """Make the key pair that signs releases; the .pub goes to every machine, the other one into a safe.

    Example: placewatch bundle keygen release-key
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from placewatch.errors import UsageError
    from placewatch.files import write_file

    if name.exists():
        raise UsageError("there is a key already", where=str(name), remedy="choose another name")
    key = Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_file(name, secret, secret=True)
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    write_file(name.with_name(f"{name.name}.pub"), public)
    typer.echo(f"{name} (keep it in a safe), {name}.pub (give it to every machine)")


@app.command("build")
def build(
    arch: Annotated[str, typer.Option(help="x86_64 or aarch64.")] = platform.machine(),
    python: Annotated[
        list[str] | None, typer.Option(metavar="X.Y", help="Python versions to serve; this one unless given.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="Key that signs it.")] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the file goes.")] = Path("dist"),
    checkout: Annotated[Path, typer.Option(metavar="DIR", help="The project's clone.")] = Path(),
    wheel: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="A wheel in the place of the locked one of its package and version."
        ),
    ] = None,
    accept_gpl: Annotated[
        list[str] | None, typer.Option(metavar="PACKAGE", help="A package that may bring GPL parts.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Build a bundle: locked wheels, models, configuration, units, list of parts, checksums, signature.

    PyAV's wheel of the index carries GPL libraries and is refused; scripts/build_av.py makes one without.

    Example: placewatch bundle build --wheel dist/av/av-*.whl --python 3.11 --key release-key
    """
    import sys
    from dataclasses import replace

    from rich.console import Console

    from placewatch.bundle.build import ARCHES, PYTHONS, recipe
    from placewatch.bundle.build import build as run
    from placewatch.bundle.manifest import read_private_key
    from placewatch.errors import UsageError

    pythons = python or [f"{sys.version_info.major}.{sys.version_info.minor}"]
    for name, given, known in (("--arch", [arch], ARCHES), ("--python", pythons, PYTHONS)):
        for value in given:
            if value not in known:
                raise UsageError(f"{value} is not served", where=name, remedy=f"one of {', '.join(known)}")
    signer = None if key is None else read_private_key(key)
    console = Console(stderr=True)
    what = recipe(checkout.resolve(), arch, pythons)
    what = replace(what, wheels=tuple(wheel or ()), accepted=tuple(accept_gpl or ()))
    with console.status("building ...") as status:
        made = run(what, out, signer, lambda text: status.update(f"{text} ..."))
    size = made.stat().st_size
    if as_json:
        typer.echo(json.dumps({"file": str(made), "bytes": size, "signed": key is not None}))
    else:
        typer.echo(f"{made}: {size / 1e6:.0f} MB{'' if key else ', not signed'}")


@app.command("verify")
def verify(
    bundle: Annotated[
        Path, typer.Argument(metavar="FILE", help="A bundle, or the folder of an unpacked one.")
    ],
    key: Annotated[Path, typer.Option(metavar="FILE", help="Release key (.pub) that must have signed it.")],
    as_json: AsJson = False,
) -> None:
    """Check signature and every checksum; exit 1 when anything is wrong.

    Example: placewatch bundle verify placewatch-0.1.0-linux-x86_64.run --key release-key.pub
    """
    from placewatch.bundle.manifest import read_bundle, read_public_key

    manifest = read_bundle(bundle, read_public_key(key))
    said = {
        "version": manifest.version,
        "arch": manifest.arch,
        "pythons": manifest.pythons,
        "commit": manifest.commit,
    }
    typer.echo(
        json.dumps(said)
        if as_json
        else f"good: Placewatch {manifest.version} for {manifest.arch}, Python {', '.join(manifest.pythons)}"
    )


@app.command("licences")
def licences(
    bundle: Annotated[
        Path, typer.Argument(metavar="FILE", help="A bundle, or the folder of an unpacked one.")
    ],
    as_json: AsJson = False,
) -> None:
    """List every package and every library inside it with its licence; exit 1 when one is under the GPL.

    Example: placewatch bundle licences placewatch-0.1.0-linux-x86_64.run
    """
    from tempfile import TemporaryDirectory

    from placewatch.bundle.archive import unpack
    from placewatch.bundle.licences import parts

    with TemporaryDirectory(prefix="pw-licences-") as temporary:
        folder = bundle
        if not bundle.is_dir():
            folder = Path(temporary)
            unpack(bundle, folder)
        found = parts(sorted((folder / "wheels").glob("*.whl")))
    strong = [each for each in found if each.gpl]
    if as_json:
        rows = [{**asdict(each), "gpl": each.gpl} for each in found]
        typer.echo(json.dumps({"parts": rows, "gpl": len(strong)}))
    else:
        for each in found:
            name = f"  {each.library}" if each.library else each.package
            typer.echo(f"{name:<32} {each.licence or 'says nothing'}{'   <- GPL' if each.gpl else ''}")
        typer.echo(f"{len(found)} parts, {len(strong)} under the GPL")
    if strong:
        raise typer.Exit(1)


@app.command("versions")
def versions(
    prefix: Annotated[Path, typer.Option(metavar="DIR", help="Where programs lie.")] = Path(
        "/opt/placewatch"
    ),
    keep: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Remove all but the newest N; never the one in use."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Versions installed on this machine, newest first; with --keep the others are removed.

    An update keeps three by itself.

    Example: placewatch bundle versions --keep 2
    """
    from placewatch.bundle.installed import installed, prune

    gone = [] if keep is None else prune(prefix, keep)
    there = installed(prefix)
    if as_json:
        rows = [{"version": each.version, "in_use": each.in_use, "bytes": each.bytes} for each in there]
        typer.echo(json.dumps({"versions": rows, "removed": [each.version for each in gone]}))
        return
    for each in there:
        typer.echo(f"{each.version}  {each.bytes / 1e6:.0f} MB{'  in use' if each.in_use else ''}")
    for each in gone:
        typer.echo(f"{each.version}  removed")


def update(
    bundle: Annotated[Path | None, typer.Option(metavar="FILE", help="The bundle.")] = None,
    ordered: Annotated[
        bool, typer.Option("--ordered", help="Follow what the centre ordered, if it did.")
    ] = False,
    role: Annotated[str, typer.Option(help="box or central.")] = "box",
    prefix: Annotated[Path, typer.Option(metavar="DIR", help="Where programs lie.")] = Path(
        "/opt/placewatch"
    ),
    config: Annotated[Path, typer.Option(metavar="DIR", help="Configuration.")] = Path("/etc/placewatch"),
    watch_s: Annotated[float, typer.Option(min=0, help="Seconds that the new version must work.")] = 60.0,
    keep: Annotated[int, typer.Option(min=2, help="Versions that stay installed.")] = 3,
    downgrade: Annotated[bool, typer.Option("--downgrade", help="An older version may come back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Install a signed bundle beside the version in use, try it, switch; go back by itself when it fails.

    Exit 1 when the old version is in use again; alerts wait in the spool meanwhile.

    With --ordered, which systemd calls, the order that the worker left is verified, then followed; what
    became of it stands in the box's health.

    Example: placewatch update --bundle placewatch-0.2.0-linux-x86_64.run
    """
    from rich.console import Console

    from placewatch.bundle.update import Site
    from placewatch.bundle.update import update as run
    from placewatch.errors import UsageError

    if role not in {"box", "central"}:
        raise UsageError(f"{role} is not a role", where="--role", remedy="box or central")
    if (bundle is None) is not ordered or (ordered and role != "box"):
        raise UsageError("give one of --bundle and, on a box, --ordered", where="placewatch update")
    unit = "placewatch-edge" if role == "box" else "placewatch-central"
    site = Site(
        prefix,
        config,
        config / f"{role}.yaml",
        ("systemctl", "restart", unit),
        ("systemctl", "is-active", "--quiet", unit),
        watch_s,
        role,
        _UNITS if (_UNITS / f"{unit}.service").exists() else None,
        keep,
    )
    if bundle is None:
        _follow(site, as_json=as_json)
        return
    console = Console(stderr=True)
    with console.status("updating ...") as status:
        done = run(bundle, site, downgrade=downgrade, tell=lambda text: status.update(f"{text} ..."))
    if as_json:
        typer.echo(json.dumps(asdict(done)))
    elif done.returned:
        typer.echo(f"back on {done.after}: {done.returned}")
    else:
        typer.echo(f"{done.before} -> {done.after}")
    if done.returned:
        raise typer.Exit(1)


def _follow(site: "Site", *, as_json: bool) -> None:
    from datetime import UTC, datetime

    from placewatch.bundle.ordered import follow

    done = follow(site, datetime.now(UTC), tell=lambda text: typer.echo(text, err=True))
    if as_json:
        typer.echo(json.dumps(None if done is None else {"state": done.state, "reason": done.reason}))
    elif done is None:
        typer.echo("nothing was ordered")
    else:
        typer.echo(f"{done.software}: {done.state}{f': {done.reason}' if done.reason else ''}")
