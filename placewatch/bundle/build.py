"""Builds a bundle from a checkout: locked wheels, our own, units, list of parts, manifest, signature.

Runs on a maintainer's machine, with a package index. The bundle itself needs none.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from placewatch.bundle.archive import write_archive
from placewatch.bundle.given import Replacement, lock_with, replace
from placewatch.bundle.licences import refuse_gpl
from placewatch.bundle.manifest import FORMAT, MANIFEST, SIGNATURE, Manifest, digest, sign
from placewatch.bundle.sbom import sbom
from placewatch.errors import PlacewatchError

ARCHES = ("x86_64", "aarch64")
PYTHONS = ("3.11", "3.12", "3.13")

_GLIBC = (28, 27, 26, 24, 17)
"""manylinux_2_N tags, newest first: 2.28 is older than what Debian 11 and Ubuntu 20.04 have."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to build.

    Attributes:
        checkout: The project's root.
        version: The project's version.
        arch: One of `ARCHES`.
        pythons: Some of `PYTHONS`.
        epoch: Unix time of all files, so that the same commit gives the same bytes.
        commit: Where it comes from.
        wheels: Wheels that take the places of locked ones (`placewatch.bundle.given`).
        accepted: Packages that may bring GPL parts.
    """

    checkout: Path
    version: str
    arch: str
    pythons: tuple[str, ...]
    epoch: int
    commit: str
    wheels: tuple[Path, ...] = ()
    accepted: tuple[str, ...] = ()


def recipe(checkout: Path, arch: str, pythons: Sequence[str]) -> Recipe:
    """What a checkout gives at its present commit.

    Raises:
        PlacewatchError: It is not a checkout.
    """
    if not (checkout / "deploy" / "install.py").exists():
        raise PlacewatchError(
            "not a checkout of Placewatch",
            where=str(checkout),
            remedy="run this in a clone of the repository",
        )
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or _git(checkout, "log", "-1", "--format=%ct") or "315532800"
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return Recipe(
        checkout,
        str(project["version"]),
        arch,
        tuple(pythons),
        int(epoch),
        _git(checkout, "rev-parse", "HEAD"),
    )


_PICTURES = (
    *(
        f"images/{name}.svg"
        for name in ("edge-status", "field-discover", "field-doctor", "wiring-en", "wiring-zh")
    ),
    *("screens/devices-en.webp", "screens/devices-zh.webp"),
)
"""What the guide for installers shows."""


def build(what: Recipe, target: Path, key: Ed25519PrivateKey | None, tell: Callable[[str], None]) -> Path:
    """Make the bundle's file.

    Args:
        what: The recipe.
        target: Folder that gets it.
        key: Signs it; None leaves it unsigned.
        tell: Told what goes on.

    Returns:
        The file.

    Raises:
        PlacewatchError: A wheel cannot be had, the project's cannot be built, a given one replaces none, or
            something under the GPL would come in that was not accepted.
    """
    target.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="pw-bundle-") as temporary:
        folder = Path(temporary) / "bundle"
        wheels = folder / "wheels"
        wheels.mkdir(parents=True)
        tell("building the project's own wheel")
        own = build_wheel(what, wheels)
        lock = what.checkout / "requirements" / "run.lock"
        for python in what.pythons:
            tell(f"fetching wheels for Python {python} on {what.arch}")
            fetch(lock, what.arch, python, wheels)
        replaced = replace(wheels, what.wheels)
        tell("reading licences, those of libraries inside the wheels too")
        everything = sorted(wheels.iterdir())
        accepted = sorted({each.package for each in refuse_gpl(everything, what.accepted)})
        _lay_out(what, folder, own, replaced)
        tell("writing the list of parts")
        notes = {each.wheel.name: each.note for each in replaced}
        parts = sbom(what.version, everything, notes=notes, accepted=accepted)
        (folder / "sbom.cdx.json").write_text(parts, encoding="utf-8")
        write_manifest(folder, what)
        if key is not None:
            sign(folder, key)
        name = f"placewatch-{what.version}-linux-{what.arch}.run"
        tell("packing")
        write_archive(folder, target / name, version=what.version, arch=what.arch, epoch=what.epoch)
        return target / name


def build_wheel(what: Recipe, target: Path) -> Path:
    """The project's wheel; the same bytes for the same commit."""
    env = {**os.environ, "SOURCE_DATE_EPOCH": str(what.epoch)}
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(target)]
    _run([*command, str(what.checkout)], "the project's wheel cannot be built", env)
    return next(target.glob("placewatch-*.whl"))


def fetch(lock: Path, arch: str, python: str, target: Path) -> None:
    """Wheels of every locked package for one Python on one machine; nothing is built from source."""
    platforms = [f"--platform=manylinux_2_{glibc}_{arch}" for glibc in _GLIBC]
    platforms += [f"--platform=manylinux2014_{arch}", f"--platform=linux_{arch}"]
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"),
        *("--require-hashes", "--implementation=cp", "--abi", f"cp{python.replace('.', '')}", "--abi=abi3"),
        *("--abi=none", "--python-version", python, *platforms, "--dest", str(target), "-r", str(lock)),
    ]
    _run(command, f"a wheel for Python {python} on {arch} cannot be had", dict(os.environ))


def _lay_out(what: Recipe, folder: Path, own: Path, replaced: Sequence[Replacement]) -> None:
    deploy = what.checkout / "deploy"
    for name in ("install.py", "install.sh"):
        shutil.copy(deploy / name, folder / name)
    shutil.copytree(deploy / "systemd", folder / "systemd")
    shutil.copytree(deploy / "examples", folder / "examples")
    shutil.copytree(deploy / "containers", folder / "containers")
    (folder / "docs").mkdir()
    for name in ("field.md", "field.zh.md", "licences.md"):
        shutil.copy(what.checkout / "docs" / name, folder / "docs" / name)
    for name in _PICTURES:
        (folder / "docs" / name).parent.mkdir(exist_ok=True)
        shutil.copy(what.checkout / "docs" / name, folder / "docs" / name)
    for name in ("LICENSE", "NOTICE"):
        shutil.copy(what.checkout / name, folder / name)
    pin = f"placewatch=={what.version} --hash=sha256:{digest(own)}\n"
    locked = (what.checkout / "requirements" / "run.lock").read_text(encoding="utf-8")
    (folder / "requirements.lock").write_text(lock_with(locked, replaced) + pin, encoding="utf-8")


def write_manifest(folder: Path, what: Recipe) -> None:
    """List every file of an unpacked bundle."""
    files = {
        path.relative_to(folder).as_posix(): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in {MANIFEST, SIGNATURE}
    }
    manifest = Manifest(
        format=FORMAT,
        version=what.version,
        commit=what.commit,
        arch=what.arch,
        pythons=what.pythons,
        created=datetime.fromtimestamp(what.epoch, UTC).isoformat(),
        files=files,
    )
    encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    (folder / MANIFEST).write_bytes(encoded + b"\n")


def _git(checkout: Path, *arguments: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    done = subprocess.run([git, "-C", checkout, *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(command: Sequence[str], failure: str, env: dict[str, str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)  # noqa: S603 - our own
    if done.returncode:
        last = [line for line in done.stderr.splitlines() if "ERROR" in line] or done.stderr.splitlines()
        raise PlacewatchError(
            f"{failure}: {last[-1] if last else 'no message'}",
            where="bundle",
            remedy="check the package index, requirements/run.lock and --python",
        )
