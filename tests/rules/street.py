"""The true paths of a real street (PETS09-S2L1), as a detector sees them and as they lie on the ground."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edge.config_shapes import GroundPoint
from edge.detect.detections import Detections
from edge.rules.geometry import Points
from edge.rules.scene import Scene
from edge.track.tracker import Tracker
from tests.parts import shared

SIZE = (768, 576)
FRAMES, VIDEO_FPS = 795, 10


@dataclass(frozen=True, slots=True)
class Walker:
    """One person in one frame: id, box in pixels, place on the ground in metres."""

    who: int
    box: tuple[float, float, float, float]
    metres: tuple[float, float]

    @property
    def feet(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, self.box[3]


def street() -> dict[int, list[Walker]]:
    """Everybody in each frame; skips without the file."""
    frames: dict[int, list[Walker]] = defaultdict(list)
    with shared("media/vtest_gt.csv").open(encoding="utf-8") as file:
        for frame, who, *numbers in csv.reader(file):
            x, y, w, h, _, across, along, _ = map(float, numbers)
            frames[int(frame) - 1].append(Walker(int(who), (x, y, x + w, y + h), (across, along)))
    return frames


def paths(frames: dict[int, list[Walker]]) -> dict[int, Points]:
    """Ground points of each person in pixels, in the order of frames."""
    ways: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for frame in sorted(frames):
        for walker in frames[frame]:
            ways[walker.who].append(walker.feet)
    return {who: np.array(way, np.float64) for who, way in ways.items()}


def calibration(frames: dict[int, list[Walker]]) -> tuple[GroundPoint, ...]:
    """Four walkers far from each other, as an installer would measure four marks on the ground."""
    walkers = [walker for frame in frames.values() for walker in frame]
    feet = np.array([walker.feet for walker in walkers]) / SIZE
    corners = ((0.1, 0.9), (0.9, 0.9), (0.85, 0.25), (0.2, 0.35))
    nearest = [int(np.hypot(*(feet - corner).T).argmin()) for corner in corners]
    return tuple(
        GroundPoint(at=(float(feet[n, 0]), float(feet[n, 1])), metres=walkers[n].metres) for n in nearest
    )


def looks(
    frames: dict[int, list[Walker]], *, every: int, missed: float = 0.0, jitter: float = 0.0, seed: int = 0
) -> Iterator[tuple[int, float, Scene]]:
    """Frame number, time and what the tracker makes of it when boxes are missed and jitter."""
    rng, tracker = np.random.default_rng(seed), Tracker()
    for frame in range(0, FRAMES, every):
        boxes = np.array([walker.box for walker in frames[frame]], np.float64).reshape(-1, 4)
        boxes += rng.normal(0, jitter, boxes.shape) * (boxes[:, 3:4] - boxes[:, 1:2])
        seen = boxes[rng.random(len(boxes)) >= missed].astype(np.float32)
        count = len(seen)
        now = frame / VIDEO_FPS
        found = Detections(seen, np.full(count, 0.7, np.float32), np.zeros(count, np.int32))
        yield frame, now, Scene(SIZE, tracker.update(found, now))
