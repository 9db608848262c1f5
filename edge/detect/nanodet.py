"""NanoDet (RangiLyu, Apache-2.0): anchor-free, three levels, 11 distance bins per side."""

from dataclasses import dataclass

from edge.detect.detections import Detections
from edge.detect.distances import boxes_around, expected_distances
from edge.detect.family import cells, expect_outputs, expect_points, pick
from edge.detect.letterbox import Placement, fit
from edge.detect.sessions import Outputs, Session

_STRIDES = (8, 16, 32)
_BINS = 11


@dataclass(frozen=True, slots=True)
class NanoDet:
    """Outputs ``scores`` (batch, points, classes) after the sigmoid, ``sides`` (batch, points, 4 x 11)."""

    fill: int = 0
    mean: tuple[float, float, float] = (103.53, 116.28, 123.675)
    std: tuple[float, float, float] = (57.375, 57.12, 58.395)
    rgb: bool = False
    iou: float = 0.6

    def place(self, width: int, height: int, side: int, *, square: bool) -> Placement:
        """Letterbox; the canvas is no larger than the picture needs."""
        return fit(width, height, side, _STRIDES[-1], square=square)

    def candidates(self, outputs: Outputs, canvas: tuple[int, int], score: float) -> list[Detections]:
        """Boxes in canvas pixels."""
        grid = cells(_STRIDES, canvas)
        expect_points(outputs[0].shape[1], len(grid), "NanoDet")
        found = []
        for scores, sides in zip(*outputs, strict=True):
            points, best, classes = pick(scores, score)
            distances = expected_distances(sides[points], _BINS)
            found.append(Detections(boxes_around(grid[points], distances), best, classes))
        return found

    def class_count(self, session: Session) -> int | None:
        """Channels of ``scores``."""
        expect_outputs(session, "NanoDet", [None, 4 * _BINS])
        return session.outputs[0][1][-1]
