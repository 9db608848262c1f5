"""Compose labelled scenes from real frames: clips and their truth files, the same for the same seed.

What happens is known exactly, because it was put there: cars that stop, people who walk, bags left behind,
patches of sun, and what may befall a camera. Needs the development clips and what `placewatch footage fetch`
fetches.

Example:
    python -m scripts.make_scenes --out out/scenes --seed 7
    placewatch eval --truth out/scenes --report out.json --html out.html
"""

import argparse
import sys
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import numpy as np
import yaml
from rich.progress import track

from edge.detect.detections import Image
from placewatch.errors import PlacewatchError
from scripts.scenes.compose import FPS, frames
from scripts.scenes.stories import STORIES, Scene

GOP = 2 * FPS


def write_clip(path: Path, pictures: Iterable[Image]) -> None:
    """Encode pictures as H.264, as a camera of modest quality does."""
    images = iter(pictures)
    first = next(images)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS)
        stream.height, stream.width = first.shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = GOP
        stream.codec_context.options = {"preset": "veryfast", "bf": "0", "crf": "24", "threads": "1"}
        for image in (first, *images):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        out.mux(stream.encode(None))


def truth_of(name: str, scene: Scene, seed: int) -> str:
    """The truth file's text."""
    document = {
        "clip": f"{name}.mp4",
        "about": f"{scene.about} (composed from real frames, seed {seed})",
        "tolerance_s": scene.tolerance_s,
        "place": {"id": name, **scene.place},
        "camera": scene.camera,
        "events": scene.events,
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def make(name: str, seed: int, out: Path) -> None:
    """Write one scene's clip and truth.

    Raises:
        StreamError: A clip that it is made of is not on this machine.
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    scene = STORIES[name](rng)
    (out / f"{name}.yaml").write_text(truth_of(name, scene, seed), encoding="utf-8")
    write_clip(out / f"{name}.mp4", frames(scene.staging, rng))


def main(argv: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for clips and truth files")
    parser.add_argument("--seed", type=int, default=7, help="another seed, other scenes (%(default)s)")
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="names that contain a word")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    arguments = parser.parse_args(argv)
    chosen = [name for name in STORIES if not arguments.only or any(word in name for word in arguments.only)]
    if arguments.list or not chosen:
        print("\n".join(STORIES))
        return 0 if chosen else 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    try:
        for name in track(chosen, "composing", transient=True):
            make(name, arguments.seed, arguments.out)
    except PlacewatchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{len(chosen)} scenes in {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
