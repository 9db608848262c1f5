"""Does the gate see what moves? Clips with truth (`moves`) in replay: what was missed, what woke for nothing.

    python -m scripts.measure_gate ~/footage/wind ~/footage/night ~/footage/noise

A visit is seen when at least one look shows a moment of it. One that is longer than the keyframe interval
must be; of shorter ones the share is told. Awake without cause counts the looks in full decoding while
nothing was there, beyond the seconds after a visit in which a camera stays awake anyhow.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2

from edge.ingest.source import open_source
from edge.replay import Replay
from placewatch.bench.box.recordings import Recording, read_sets
from placewatch.errors import PlacewatchError, UsageError


@dataclass(frozen=True, slots=True)
class Gate:
    """What became of one clip.

    Attributes:
        long: Visits longer than the keyframe interval.
        long_missed: Those that no look shows.
        short: The others.
        short_missed: Those that no look shows.
        delay_s: From the beginning of each visit that was seen to the first look that shows it.
        awake_quiet: Share of the quiet time in which every picture was decoded.
    """

    long: int
    long_missed: int
    short: int
    short_missed: int
    delay_s: tuple[float, ...]
    awake_quiet: float


def looks_of(recording: Recording) -> list[float]:
    """Seconds of all looks in replay.

    Raises:
        UsageError: There is no truth file beside it.
    """
    truth = recording.truth
    if truth is None:
        raise UsageError("no truth file beside it", where=str(recording.path), remedy="see docs/truth.md")
    replay = Replay.load(truth.config, truth.camera, recording.path)
    with open_source(str(recording.path)) as source:
        return [step.position_s for step in replay.steps(source)]


def judge(
    looks: Sequence[float],
    moves: Sequence[tuple[float, float]],
    *,
    gop_s: float,
    seconds: float,
    calm_s: float = 3.0,
) -> Gate:
    """Compare looks with visits.

    Args:
        looks: Seconds, rising.
        moves: From, to.
        gop_s: Keyframe interval.
        seconds: Length of the clip.
        calm_s: A camera stays awake so long after the last motion.
    """
    delays, missed = [], {True: 0, False: 0}
    for begin, end in moves:
        seen = next((look for look in looks if begin <= look <= end), None)
        if seen is None:
            missed[end - begin > gop_s] += 1
        else:
            delays.append(seen - begin)
    long = sum(end - begin > gop_s for begin, end in moves)
    # Looks closer together than keyframes come from a camera that is awake.
    awake = sum(
        after - before
        for before, after in pairwise(looks)
        if after - before < 0.5 * gop_s and not _explained(before, moves, gop_s + calm_s)
    )
    quiet = seconds - sum(end - begin + gop_s + calm_s for begin, end in moves)
    return Gate(
        long,
        missed[True],
        len(moves) - long,
        missed[False],
        tuple(delays),
        max(0.0, awake / max(quiet, 1e-9)),
    )


def _explained(time: float, moves: Sequence[tuple[float, float]], after_s: float) -> bool:
    """Whether a camera may be awake: something is there, comes soon, or was just there."""
    learning = time < 2 * after_s
    return learning or any(begin - after_s <= time <= end + after_s for begin, end in moves)


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each clip."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", type=Path, help="folders of clips with truth files")
    args = parser.parse_args(argv)
    cv2.setNumThreads(1)
    try:
        for folder in args.sets:
            for name, recordings in read_sets(folder).items():
                for recording in recordings:
                    _tell(name, recording)
    except PlacewatchError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    return 0


def _tell(name: str, recording: Recording) -> None:
    moves = () if recording.truth is None else recording.truth.spec.moves
    gop = max((b - a for a, b in pairwise(recording.keys)), default=1) * recording.step
    gate = judge(looks_of(recording), moves, gop_s=gop, seconds=recording.seconds)
    delay = f"{max(gate.delay_s):.1f} s at most" if gate.delay_s else "-"
    print(
        f"{name}/{recording.name}: {gate.long - gate.long_missed} of {gate.long} visits longer than"
        f" {gop:g} s seen, {gate.short - gate.short_missed} of {gate.short} shorter ones; first look after"
        f" {delay}; awake without cause {100 * gate.awake_quiet:.0f} % of the quiet time",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
