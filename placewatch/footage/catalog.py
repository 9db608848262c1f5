"""A folder of recorded clips as cameras."""

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from placewatch.errors import PlacewatchError, StreamError
from placewatch.footage.demux import CODECS, packets, probe, unreadable
from placewatch.footage.progress import Progress
from placewatch.footage.transcode import ENCODING, transcode
from placewatch.paths import cache_dir

SUFFIXES = frozenset(
    {".264", ".265", ".3g2", ".3gp", ".asf", ".avi", ".divx", ".flv", ".h264", ".h265", ".hevc", ".m2ts"}
    | {".m2v", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv"}
    | {".rm", ".ts", ".vob", ".webm", ".wmv", ".y4m"}
)


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a folder offers.

    Attributes:
        clips: Stream name to a file in H.264 or H.265.
        problems: One line for each file that cannot be served.
    """

    clips: dict[str, Path]
    problems: list[str]


def read_folder(folder: Path, progress: Progress) -> Catalog:
    """Every video of ``folder`` and below it; other codecs are transcoded once and kept in the user's cache.

    Args:
        folder: Where the clips lie; or one video file. Names come from the files, ``a/b.mp4`` is served as
            ``a/b``.
        progress: Told about transcoding.

    Raises:
        StreamError: No such folder, or nothing in it can be served.
    """
    if not folder.exists():
        raise StreamError("no such folder", where=str(folder), remedy="give a folder with video files")
    base = folder if folder.is_dir() else folder.parent
    files = (
        sorted(path for path in folder.rglob("*") if _video(path, folder)) if folder.is_dir() else [folder]
    )
    clips: dict[str, Path] = {}
    problems: list[str] = []
    for file in files:
        try:
            playable = _playable(file, progress)
        except PlacewatchError as error:
            problems.append(str(error))
            continue
        clips[_free_name(file.relative_to(base), clips)] = playable
    if not clips:
        raise StreamError(
            "no video that could be served" + (f": {problems[0]}" if problems else ""),
            where=str(folder),
            remedy="put MP4, MKV, AVI or TS files there, or run: placewatch footage fetch",
        )
    return Catalog(clips, problems)


def _video(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return not hidden and path.suffix.lower() in SUFFIXES and path.is_file()


def _free_name(relative: Path, taken: dict[str, Path]) -> str:
    name = relative.with_suffix("").as_posix()
    return name if name not in taken else relative.as_posix()


def _playable(file: Path, progress: Progress) -> Path:
    if probe(file).codec not in CODECS:
        return _transcoded(file, progress)
    if not any(packet.key for packet in packets(file)):
        raise unreadable(file, "it has no keyframe")
    return file


def _transcoded(file: Path, progress: Progress) -> Path:
    state = file.stat()
    identity = f"{file.resolve()}|{state.st_size}|{state.st_mtime_ns}|{ENCODING}"
    folder = cache_dir() / "transcoded"
    folder.mkdir(exist_ok=True)
    target = folder / f"{file.stem[:40]}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.mp4"
    if not target.exists():
        transcode(file, target, progress=partial(progress, f"{file.name}: H.264"))
    return target
