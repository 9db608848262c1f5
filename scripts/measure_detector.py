"""Measure a detector: person AP50 on a labelled clip, and latency against a plain export of the same network.

The truth is a MOTChallenge file (frame, id, x, y, width, height, ...; frames count from 1). Every 15th frame
is measured, all boxes down to a score of 0.01, at an IoU of 0.5 and COCO's 101 recalls.

Example:
    python -m scripts.measure_detector --clip vtest.avi --truth vtest_gt.csv
    python -m scripts.measure_detector --clip vtest.avi --truth vtest_gt.csv --model yolox:yolox_nano_416.onnx
    python -m scripts.measure_detector --latency
"""

import argparse
import csv
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np

from edge.detect.coco import COCO
from edge.detect.detections import Boxes, Image
from edge.detect.manifest import verify
from edge.detect.registry import Detector, load_detector
from edge.detect.sessions import open_session
from placewatch.errors import PlacewatchError
from placewatch.eval.average_precision import Scored, average_precision
from scripts.modelbuild.graphs import plain_export

_PERSON = COCO.index("person")


def read_truth(path: Path) -> dict[int, Boxes]:
    """Boxes of each frame, counted from 0, ``x1 y1 x2 y2`` in pixels."""
    rows: dict[int, list[list[float]]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            x, y, width, height = (float(value) for value in row[2:6])
            rows[int(row[0]) - 1].append([x, y, x + width, y + height])
    return {frame: np.array(boxes, np.float32) for frame, boxes in rows.items()}


def every(path: Path, step: int) -> Iterator[tuple[int, Image]]:
    """Number and picture of each ``step``-th frame of a clip."""
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % step == 0:
                yield number, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def person_ap(detector: Detector, clip: Path, truth: dict[int, Boxes], step: int) -> tuple[float, int]:
    """AP50 of the class person, and the number of true boxes."""
    nobody = np.zeros((0, 4), np.float32)
    pictures = []
    for number, image in every(clip, step):
        (found,) = detector.detect([image])
        people = found.of_classes(frozenset({_PERSON}))
        pictures.append(Scored(people.boxes, people.scores, truth.get(number, nobody)))
    return average_precision(pictures), sum(len(picture.truth) for picture in pictures)


def latency(path: Path, size: int, rounds: int) -> tuple[float, float]:
    """Median milliseconds of one inference, one thread: the shipped graph, and its plain export.

    The plain export has the one input size 1 x 3 x size x size and single-precision weights. The two take
    turns, so that whatever else the machine does meets both.
    """
    with tempfile.TemporaryDirectory() as scratch:
        fixed = Path(scratch) / "plain.onnx"
        fixed.write_bytes(plain_export(path.read_bytes(), (1, 3, size, size)))
        sessions = [open_session(path), open_session(fixed)]
        blob = np.random.default_rng(0).normal(size=(1, 3, size, size)).astype(np.float32)
        times: list[list[float]] = [[], []]
        for turn in range(rounds + 3):
            for session, spent in zip(sessions, times, strict=True):
                start = time.perf_counter()
                session.run(blob)
                if turn >= 3:
                    spent.append(1000 * (time.perf_counter() - start))
    return statistics.median(times[0]), statistics.median(times[1])


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="nanodet_m_416", help="manifest name or FAMILY:FILE (%(default)s)")
    parser.add_argument("--size", type=int, default=416, help="input size (%(default)s)")
    parser.add_argument("--clip", type=Path, help="the clip")
    parser.add_argument("--truth", type=Path, help="its MOTChallenge truth")
    parser.add_argument("--step", type=int, default=15, help="measure each STEP-th frame (%(default)s)")
    parser.add_argument("--latency", action="store_true", help="compare with a plain export instead")
    parser.add_argument("--rounds", type=int, default=50, help="inferences per graph (%(default)s)")
    args = parser.parse_args(argv)
    if not args.latency and not (args.clip and args.truth):
        parser.error("give --clip and --truth, or --latency")
    return args


def _print_latency(model: str, size: int, rounds: int) -> None:
    shipped, plain = latency(verify(model), size, rounds)
    print(f"{model} at {size}: {shipped:.1f} ms, plain export {plain:.1f} ms, ratio {shipped / plain:.2f}")


def _print_accuracy(args: argparse.Namespace) -> None:
    detector = load_detector(args.model, input_size=args.size, score=0.01)
    ap, boxes = person_ap(detector, args.clip, read_truth(args.truth), args.step)
    print(f"{args.model} at {args.size}: person AP50 {ap:.4f} ({boxes} boxes, every {args.step}th frame)")


def main(argv: Sequence[str] | None = None) -> int:
    """Print one line of figures."""
    args = _arguments(argv)
    try:
        if args.latency:
            _print_latency(args.model, args.size, args.rounds)
        else:
            _print_accuracy(args)
    except (PlacewatchError, OSError, ValueError, av.FFmpegError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
