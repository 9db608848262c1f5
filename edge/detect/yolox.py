"""YOLOX (Megvii, Apache-2.0): anchor-free, three levels, outputs not decoded in the graph."""

from dataclasses import dataclass

import numpy as np

from edge.detect.detections import Detections
from edge.detect.family import cells, expect_outputs, expect_points, pick
from edge.detect.letterbox import Placement, fit
from edge.detect.sessions import Outputs, Session

_STRIDES = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class Yolox:
    """Output (batch, points, 5 + classes): x, y, log w, log h in strides, objectness, class scores."""

    fill: int = 114
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    rgb: bool = False
    iou: float = 0.6

    def place(self, width: int, height: int, side: int, *, square: bool) -> Placement:
        """Letterbox, picture at the top left."""
        return fit(width, height, side, _STRIDES[-1], square=square)

    def candidates(self, outputs: Outputs, canvas: tuple[int, int], score: float) -> list[Detections]:
        """Boxes in canvas pixels."""
        grid = cells(_STRIDES, canvas)
        expect_points(outputs[0].shape[1], len(grid), "YOLOX")
        found = []
        for rows in outputs[0]:
            points, best, classes = pick(rows[:, 4:5] * rows[:, 5:], score)
            stride = grid[points, 2:3]
            centres = (rows[points, :2] + grid[points, :2]) * stride
            halves = np.exp(rows[points, 2:4]) * stride / 2
            boxes = np.concatenate([centres - halves, centres + halves], axis=1)
            found.append(Detections(boxes, best, classes))
        return found

    def class_count(self, session: Session) -> int | None:
        """Channels less box and objectness."""
        expect_outputs(session, "YOLOX", [None])
        channels = session.outputs[0][1][-1]
        return None if channels is None else channels - 5
