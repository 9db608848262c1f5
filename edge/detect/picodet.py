"""PicoDet (PaddleDetection, Apache-2.0): anchor-free, four levels, 8 distance bins per side."""

from dataclasses import dataclass

import numpy as np

from edge.detect.detections import Detections
from edge.detect.distances import boxes_around, expected_distances
from edge.detect.family import cells, expect_outputs, expect_points, pick
from edge.detect.letterbox import Placement, stretch
from edge.detect.sessions import Outputs, Session

_STRIDES = (8, 16, 32, 64)
_BINS = 8


@dataclass(frozen=True, slots=True)
class PicoDet:
    """Outputs: per level (batch, points, classes) scores, then per level (batch, points, 4 x 8) sides."""

    fill: int = 0
    mean: tuple[float, float, float] = (103.53, 116.28, 123.675)
    std: tuple[float, float, float] = (57.375, 57.12, 58.395)
    rgb: bool = False
    iou: float = 0.6

    def place(self, width: int, height: int, side: int, *, square: bool) -> Placement:
        """Plain resize, as the network was trained; ``square`` changes nothing."""
        del square
        return stretch(width, height, side)

    def candidates(self, outputs: Outputs, canvas: tuple[int, int], score: float) -> list[Detections]:
        """Boxes in canvas pixels."""
        grid = cells(_STRIDES, canvas)
        levels = len(_STRIDES)
        scores = np.concatenate(outputs[:levels], axis=1)
        sides = np.concatenate(outputs[levels:], axis=1)
        expect_points(scores.shape[1], len(grid), "PicoDet")
        found = []
        for one_scores, one_sides in zip(scores, sides, strict=True):
            points, best, classes = pick(one_scores, score)
            distances = expected_distances(one_sides[points], _BINS)
            found.append(Detections(boxes_around(grid[points], distances), best, classes))
        return found

    def class_count(self, session: Session) -> int | None:
        """Channels of the first level's scores."""
        levels = len(_STRIDES)
        expect_outputs(session, "PicoDet", [None] * levels + [4 * _BINS] * levels)
        return session.outputs[0][1][-1]
