"""Footage for `placewatch bench edge`: sets of clips with known shares of activity; night, noise and wind.

    python -m scripts.make_footage --out ~/footage      # every set in the usual formats: about half an hour
    python -m scripts.make_footage --out /tmp/small --seconds 20 --sets idle --formats 720p25-h265-crf-gop50

Real recordings (the development media, and vtest as `placewatch footage fetch` brings it) are put together
to clips of a fixed camera with 25 pictures a second, with a sensor's noise, and encoded as cameras do. A
truth file lies beside each clip: when something is there, zones, rules, and what these should say. Clips that
are there already are not made again.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import av
import cv2
import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from placewatch.errors import PlacewatchError, UsageError
from placewatch.eval.clips import find_clip
from scripts.footagesets.formats import FORMATS, FPS, SIZES, USUAL, Format, writing
from scripts.footagesets.pictures import Recording, picture_at
from scripts.footagesets.scenes import SCENES, Scene
from scripts.footagesets.sets import SETS, FootageSet
from scripts.footagesets.timeline import plan
from scripts.footagesets.truths import write_truth

TRUTH = Path(__file__).parent.parent / "tests" / "truth"


@dataclass(frozen=True, slots=True)
class Job:
    """Clips of one set, scene and size: drawn once, encoded in several formats.

    Attributes:
        footage: The set.
        scene: The scene.
        formats: Of one size.
        seconds: Length.
        out: Folder of all sets.
    """

    footage: FootageSet
    scene: Scene
    formats: tuple[Format, ...]
    seconds: float
    out: Path

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.footage.name}/{self.scene.name} {self.formats[0].size}"

    def clip(self, form: Format) -> Path:
        """Where a clip lies."""
        return self.out / self.footage.name / f"{self.scene.name}-{form.name}.mp4"


def jobs(args: argparse.Namespace, forms: Sequence[Format]) -> Iterator[Job]:
    """What is still to be made."""
    out, seconds = args.out, args.seconds
    for footage in SETS:
        if footage.name not in args.sets:
            continue
        for scene in footage.scenes:
            if scene.name not in args.scenes:
                continue
            for _, group in groupby(forms, key=lambda form: form.size):
                job = Job(footage, scene, tuple(group), seconds, out)
                missing = tuple(form for form in job.formats if not job.clip(form).exists())
                if missing:
                    yield Job(footage, scene, missing, seconds, out)


def make(job: Job, progress: Progress) -> None:
    """Make the clips of a job and their truth files.

    Raises:
        PlacewatchError: The recording is not here.
    """
    labelled = TRUTH / job.scene.truth
    pieces = plan(job.scene, job.footage.share, job.seconds)
    recording = Recording.read(find_clip(job.scene.clip, labelled), pieces, job.scene.crop)
    size = SIZES[job.formats[0].size]
    seed = hashlib.sha256(f"{job.footage.name} {job.scene.name}".encode()).digest()
    chance = np.random.default_rng(int.from_bytes(seed[:8]))
    effects = job.footage.weather(size, chance)
    with ExitStack() as stack:
        writers = [stack.enter_context(writing(job.clip(form), form)) for form in job.formats]
        for number in progress.track(range(round(job.seconds * FPS)), description=job.name):
            second = number / FPS
            picture = picture_at(recording, pieces, second, size)
            for effect in effects:
                picture = effect(picture, second, chance)
            for writer in writers:
                writer.add(picture)
    for form in job.formats:
        write_truth(job.clip(form).with_suffix(".yaml"), labelled, job.scene, pieces, job.footage.about)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [footage.name for footage in SETS]
    parser.add_argument("--out", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--sets", nargs="+", choices=names, default=names, help="which (all)")
    scenes = [scene.name for scene in SCENES]
    parser.add_argument("--scenes", nargs="+", choices=scenes, default=scenes, help="which (all)")
    parser.add_argument(
        "--formats",
        nargs="+",
        default=["usual"],
        metavar="FORMAT",
        help=f"usual, all, or some of: {', '.join(form.name for form in FORMATS)} (usual)",
    )
    parser.add_argument("--seconds", type=float, default=120.0, help="length of a clip (%(default)s)")
    return parser.parse_args(argv)


def _formats(wanted: Sequence[str]) -> list[Format]:
    known = {form.name: (form,) for form in FORMATS} | {"usual": USUAL, "all": FORMATS}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UsageError(f"no format {unknown[0]!r}", where="--formats", remedy="see --help for the names")
    chosen = {form for name in wanted for form in known[name]}
    return [form for form in FORMATS if form in chosen]


def _run(args: argparse.Namespace) -> None:
    if args.seconds < 4.0:
        raise UsageError("too short", where="--seconds", remedy="4 seconds and more make a clip")
    todo = list(jobs(args, _formats(args.formats)))
    bars = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*bars, console=Console(stderr=True)) as progress:
        overall = progress.add_task("all", total=len(todo))
        for job in todo:
            make(job, progress)
            progress.advance(overall)
    made = sum(len(job.formats) for job in todo)
    print(f"{made} clips made in {args.out}" if made else f"every clip is in {args.out} already")


def main(argv: Sequence[str] | None = None) -> int:
    """Make what is missing."""
    args = _arguments(argv)
    cv2.setNumThreads(1)
    try:
        _run(args)
    except PlacewatchError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except (OSError, av.FFmpegError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
