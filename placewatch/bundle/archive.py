"""The bundle's file: a shell script that unpacks what follows it, and a tar archive that follows it."""

import io
import shutil
import tarfile
from pathlib import Path, PurePosixPath

from placewatch.errors import TrustError

_MARK = b"\n__PLACEWATCH_ARCHIVE__\n"

MAX_BYTES = 4 * 1024**3
"""Most bytes that a bundle may unpack to."""

MAX_FILES = 5000

_HEADER = """#!/bin/sh
# Placewatch {version} for {arch}. Install: sudo sh {name}   (sh {name} --help shows the options)
set -eu
umask 022
folder=$(mktemp -d "${{TMPDIR:-/tmp}}/placewatch.XXXXXX")
trap 'rm -rf "$folder"' EXIT HUP INT TERM
start=$(($(grep -a -n -m1 '^__PLACEWATCH_ARCHIVE__$' "$0" | cut -d: -f1) + 1))
tail -n +"$start" "$0" | tar -xf - -C "$folder"
sh "$folder/install.sh" "$@"
exit $?"""


def write_archive(folder: Path, target: Path, *, version: str, arch: str, epoch: int) -> None:
    """Pack an unpacked bundle; the same bytes for the same files.

    Args:
        folder: The unpacked bundle.
        target: The file to write.
        version: Said in its head.
        arch: Said in its head.
        epoch: Unix time that every member gets.
    """
    with target.open("wb") as out:
        out.write(_HEADER.format(version=version, arch=arch, name=target.name).encode() + _MARK)
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    with path.open("rb") as content:
                        member = _member(path, path.relative_to(folder).as_posix(), epoch)
                        archive.addfile(member, content)
    target.chmod(0o755)


def _member(path: Path, name: str, epoch: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = path.stat().st_size
    info.mtime = epoch
    info.mode = 0o755 if name.endswith(".sh") else 0o644
    return info


def unpack(source: Path, folder: Path) -> None:
    """Unpack a bundle's file into an empty folder, running nothing of it.

    Raises:
        TrustError: Not a bundle, damaged, too large, or with members that would land elsewhere.
    """
    try:
        with source.open("rb") as file:
            head = file.read(64 * 1024)
            mark = head.find(_MARK)
            if mark < 0:
                raise _bad(source, "is not a bundle of Placewatch")
            file.seek(mark + len(_MARK))
            with tarfile.open(fileobj=io.BufferedReader(file.raw), mode="r|") as archive:
                _extract(archive, source, folder)
    except (OSError, tarfile.TarError, EOFError) as error:
        raise _bad(source, f"cannot be unpacked: {error}") from error


def _extract(archive: tarfile.TarFile, source: Path, folder: Path) -> None:
    size = count = 0
    for member in archive:
        size, count = size + member.size, count + 1
        if not member.isfile():
            raise _bad(source, f"holds {member.name!r}, which is not a plain file")
        if size > MAX_BYTES or count > MAX_FILES:
            raise _bad(source, "is larger than any bundle")
        _write(archive, member, folder / _inside(member.name, source))


def _inside(name: str, source: Path) -> PurePosixPath:
    """Where a member lands: absolute names do so inside, too.

    By hand, because `tarfile` has its filters since Python 3.11.4 alone, and Debian 12 has 3.11.2.
    """
    path = PurePosixPath(name.lstrip("/"))
    if not path.parts or ".." in path.parts or "\0" in name:
        raise _bad(source, f"holds {name!r}, which would land elsewhere")
    return path


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    content = archive.extractfile(member)
    if content is None:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        shutil.copyfileobj(content, file, 1 << 20)
    target.chmod(0o755 if member.mode & 0o100 else 0o644)


def _bad(source: Path, what: str) -> TrustError:
    return TrustError(what, where=str(source), remedy="fetch it again from where it was published")
