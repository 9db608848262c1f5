"""Measure region packing on a labelled clip: person AP50 and canvases per look, against full-frame detection.

Several cameras play the clip, each from another moment on (and around its end, which is a hard cut), and
share the detector as the cameras of a box do: motion and what was found before give regions, regions share
canvases, and every so many looks the whole picture is looked at. The reference looks at every whole picture.
The truth is a MOTChallenge file (see `scripts.measure_detector`).

Example:
    python -m scripts.measure_packing --clip vtest.avi --truth vtest_gt.csv
    python -m scripts.measure_packing --clip vtest.avi --truth vtest_gt.csv --cameras 1 --fps 5 --side 512
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from edge.detect.coco import COCO
from edge.detect.detections import Boxes, Detections, Image
from edge.detect.family import OnnxDetector
from edge.detect.registry import load_detector
from edge.gate.attention import Attention, AttentionPolicy
from edge.gate.boxes import NOWHERE
from edge.gate.looks import LookPolicy, Turn
from edge.gate.luma import Luma, small_luma
from edge.gate.motion import MotionDetector
from edge.gate.packing import Canvases, Order, pack
from edge.gate.pictures import BgrPicture, draw_canvases
from edge.gate.regions import RegionPolicy
from edge.gate.unpacking import Found, unpack
from placewatch.errors import PlacewatchError
from placewatch.eval.average_precision import Scored, average_precision, hits
from scripts.measure_detector import read_truth

_PERSON = frozenset({COCO.index("person")})
_SCORE = 0.35
_WEAK = _SCORE / 2
"""Least score of what is remembered from look to look, as in the edge worker; scored is everything."""


@dataclass(frozen=True, slots=True)
class Still:
    """One looked-at picture of the clip."""

    number: int
    image: Image
    luma: Luma
    truth: Boxes


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way of looking reached and cost.

    Attributes:
        ap50: Person AP50 of all looks.
        recall: Share of all people found with at least the score that the edge worker asks for.
        looks: Pictures that were looked at.
        canvases: Inferences.
        pixels: Pixels that went through the network.
        fill: Share of them that showed something.
    """

    ap50: float
    recall: float
    looks: int
    canvases: int
    pixels: int
    fill: float

    def line(self, name: str, side: int) -> str:
        """For people."""
        per_look = self.pixels / self.looks / side**2
        return (
            f"{name}: person AP50 {self.ap50:.4f}, recall {self.recall:.4f} at {_SCORE:g}, "
            f"{self.canvases / self.looks:.3f} inferences and "
            f"{per_look:.3f} canvases of {side} x {side} per look (fill {self.fill:.2f}, {self.looks} looks)"
        )


def stills(clip: Path, truth: dict[int, Boxes], fps: float) -> tuple[list[Still], float]:
    """The pictures that are looked at, and the real number of them per second."""
    found: list[Still] = []
    with av.open(str(clip)) as container:
        rate = float(container.streams.video[0].average_rate or 25)
        step = max(1, round(rate / fps))
        for number, frame in enumerate(container.decode(video=0)):
            if number % step:
                continue
            image = np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)
            luma = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
            found.append(Still(number, image, small_luma(luma), truth.get(number, NOWHERE)))
    return found, rate / step


def full_frame(detector: OnnxDetector, pictures: Sequence[Still], side: int) -> Figures:
    """The reference: every picture whole."""
    scored = []
    height, width = pictures[0].image.shape[:2]
    placement = detector.family.place(width, height, side, square=False)
    for still in track(pictures, "full-frame", console=Console(stderr=True), transient=True):
        (found,) = detector.detect([still.image])
        scored.append(_scored(found, still.truth))
    pixels = placement.canvas[0] * placement.canvas[1]
    fill = placement.width * placement.height / pixels
    looks = len(scored)
    return Figures(average_precision(scored), _recall(scored), looks, looks, pixels * looks, fill)


@dataclass(slots=True)
class Player:
    """One camera: the clip from some moment on, once around."""

    name: str
    stills: Sequence[Still]
    first: int
    motion: MotionDetector
    attention: Attention
    turn: Turn

    def still(self, index: int) -> Still:
        """The picture of a round."""
        return self.stills[(self.first + index) % len(self.stills)]

    def order(self, index: int, now: float) -> Order:
        """What this camera wants looked at."""
        seen = self.motion.observe(self.still(index).luma, now)
        self.attention.observe(seen, now)
        return self.attention.order(now, full=self.turn.wants_all(now, seen.doubt))


@dataclass(slots=True)
class Tally:
    """What packing cost so far."""

    canvases: int = 0
    pixels: int = 0
    shown: float = 0.0


def packed(
    detector: OnnxDetector, players: Sequence[Player], canvases: Canvases, rounds: int, fps: float
) -> Figures:
    """All cameras share canvases, one look each a round."""
    tally = Tally()
    scored = []
    for index in track(range(rounds), "packing", console=Console(stderr=True), transient=True):
        scored += list(_round(detector, players, canvases, tally, index, index / fps))
    fill = tally.shown / tally.pixels if tally.pixels else 0.0
    looks = len(scored)
    return Figures(average_precision(scored), _recall(scored), looks, tally.canvases, tally.pixels, fill)


def _recall(pictures: Sequence[Scored]) -> float:
    found = sum(int(hits(picture, 0.5)[picture.scores >= _SCORE].sum()) for picture in pictures)
    return found / max(1, sum(len(picture.truth) for picture in pictures))


def _round(
    detector: OnnxDetector,
    players: Sequence[Player],
    canvases: Canvases,
    tally: Tally,
    index: int,
    now: float,
) -> Iterator[Scored]:
    orders = [player.order(index, now) for player in players]
    waiting = {player.name: (player, order) for player, order in zip(players, orders, strict=True)}
    while waiting:
        packing = pack([order for _, order in waiting.values()], canvases)
        tally.canvases += len(packing.canvases)
        tally.pixels += packing.pixels
        tally.shown += packing.fill * packing.pixels
        pictures = {name: BgrPicture(player.still(index).image) for name, (player, _) in waiting.items()}
        answers = _detect(detector, draw_canvases(packing, pictures, detector.family.fill))
        strong = unpack(packing, [a.where(a.scores >= _WEAK) for a in answers])
        faint = unpack(packing, [a.where(a.scores < _WEAK) for a in answers])
        for name in packing.served:
            player, order = waiting.pop(name)
            rects = tuple(p.rect for p in packing.placements if p.camera == name)
            served = replace(order, regions=rects)
            everything = player.attention.settle(served, strong[name], now)
            player.turn.looked(now, full=served.full)
            yield _scored(_both(everything, faint[name]), player.still(index).truth)


def _detect(detector: OnnxDetector, canvases: Sequence[Image]) -> list[Detections]:
    """Each canvas at its own size: nothing is scaled again."""
    return [replace(detector, input_size=max(canvas.shape[:2])).detect([canvas])[0] for canvas in canvases]


def _both(first: Detections, second: Found) -> Detections:
    other = second.detections
    return Detections(
        np.concatenate((first.boxes, other.boxes)),
        np.concatenate((first.scores, other.scores)),
        np.concatenate((first.classes, other.classes)),
    )


def _scored(found: Detections, truth: Boxes) -> Scored:
    people = found.of_classes(_PERSON)
    people = people.where(np.argsort(-people.scores, kind="stable"))
    return Scored(people.boxes, people.scores, truth)


def players_of(args: argparse.Namespace, pictures: Sequence[Still]) -> list[Player]:
    """The cameras, spread evenly over the clip."""
    height, width = pictures[0].image.shape[:2]
    policy = AttentionPolicy(side=args.side, region=RegionPolicy(margin=args.margin), hold_s=args.hold)
    look = LookPolicy(fps=args.fps, full_every=args.full_every, full_s=1e9)
    return [
        Player(
            f"c{index}",
            pictures,
            index * len(pictures) // args.cameras,
            MotionDetector(),
            Attention(f"c{index}", (width, height), policy),
            Turn(look, 0.0),
        )
        for index in range(args.cameras)
    ]


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clip", type=Path, required=True, help="the clip")
    parser.add_argument("--truth", type=Path, required=True, help="its MOTChallenge truth")
    parser.add_argument("--model", default="nanodet_m_416", help="manifest name or FAMILY:FILE (%(default)s)")
    parser.add_argument("--size", type=int, default=416, help="side of a canvas (%(default)s)")
    parser.add_argument("--cameras", type=int, default=8, help="cameras that share canvases (%(default)s)")
    parser.add_argument("--fps", type=float, default=2.0, help="looks per second and camera (%(default)s)")
    parser.add_argument("--side", type=int, default=464, help="longer side of a picture on a canvas")
    parser.add_argument("--margin", type=float, default=0.12, help="of regions (%(default)s)")
    parser.add_argument("--hold", type=float, default=5.0, help="seconds without another look (%(default)s)")
    parser.add_argument("--full-every", type=int, default=50, help="looks between full ones (%(default)s)")
    parser.add_argument("--most", type=int, default=4, help="canvases of one round (%(default)s)")
    return parser.parse_args(argv)


def _measure(args: argparse.Namespace) -> None:
    detector = load_detector(args.model, input_size=args.size, score=0.01)
    pictures, fps = stills(args.clip, read_truth(args.truth), args.fps)
    reference = full_frame(detector, pictures, args.size)
    print(reference.line("full-frame", args.size))
    trim = detector.session.fixed_size is None
    canvases = Canvases(side=args.size, most=args.most, trim=trim)
    ours = packed(detector, players_of(args, pictures), canvases, len(pictures), fps)
    print(ours.line(f"packed, {args.cameras} cameras at {fps:g} looks/s", args.size))
    inferences = (reference.canvases / reference.looks) / (ours.canvases / ours.looks)
    pixels = (reference.pixels / reference.looks) / (ours.pixels / ours.looks)
    print(f"{inferences:.1f}x fewer inferences, {pixels:.1f}x fewer pixels through the network")


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each way of looking, and the ratio."""
    args = _arguments(argv)
    cv2.setNumThreads(1)
    try:
        _measure(args)
    except (PlacewatchError, OSError, ValueError, TypeError, av.FFmpegError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
