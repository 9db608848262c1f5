"""Redacted stills for docs/rules.md: what an alert of each kind carries, from composed scenes.

The stills come out of the same door as on a box, with zone and boxes drawn.

Example:
    python -m scripts.make_scenes --out out/scenes
    python -m scripts.make_rule_stills --scenes out/scenes
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.progress import track

from messages import Kind, Phase
from placewatch.errors import PlacewatchError
from placewatch.eval.run import run
from placewatch.eval.truth import load_truth
from scripts.build_rule_docs import DOCS, still_of

SCENES = (
    "blocked-lane", "intruder", "pedestrians", "wrong-way", "gathering", "bicycle-at-the-exit", "left-bag",
    "fallen-load", "moved-hall",
)  # fmt: skip
"""Where the kinds are to be seen."""


def main(argv: Sequence[str] | None = None) -> int:
    """Write one still a kind."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenes", type=Path, required=True, help="folder of make_scenes")
    arguments = parser.parse_args(argv)
    missing = set(Kind)
    try:
        for name in track(SCENES, "looking", transient=True):
            missing -= _stills(arguments.scenes / f"{name}.yaml", missing)
    except PlacewatchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("no still of " + ", ".join(sorted(missing)) if missing else "a still of each kind")
    return int(bool(missing))


def _stills(truth: Path, wanted: set[Kind]) -> set[Kind]:
    """Write those that this scene shows; which these are."""
    found: set[Kind] = set()
    for shown in run(load_truth(truth)).alerts:
        kind = shown.raised.kind
        jpeg = next((jpeg for phase, _, jpeg in shown.jpegs if phase is Phase.OPENED), None)
        if jpeg is not None and kind in wanted - found:
            (DOCS / still_of(kind)).write_bytes(jpeg)
            found.add(kind)
    return found


if __name__ == "__main__":
    sys.exit(main())
