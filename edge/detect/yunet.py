"""YuNet (Wu, Peng, Yu, 2023, Apache-2.0): faces, for audits of what redaction missed."""

from dataclasses import dataclass

import numpy as np

from edge.detect.detections import Image
from edge.detect.family import cells
from edge.detect.letterbox import as_bgr, draw, enlarge, to_blob
from edge.detect.regions import Regions
from edge.detect.sessions import Outputs, Session

_STRIDES = (8, 16, 32)
_IOU = 0.3


@dataclass(frozen=True, slots=True)
class YuNet:
    """A loaded face detector of the user's own; none ships. Its landmarks are thrown away."""

    session: Session

    @property
    def version(self) -> str:
        """Eight digits of the weights' sha256."""
        return self.session.version

    def detect(self, image: Image, *, score: float = 0.6, scale: float = 1.0) -> Regions:
        """Find faces.

        Args:
            image: H x W x 3 BGR uint8, any size; grey and BGRA are converted.
            score: Least score.
            scale: Enlarge (or shrink) the picture by this first.

        Raises:
            ValueError: Not a picture of 8 bits per channel.
            ModelError: The inference failed.
        """
        bgr = as_bgr(image)
        height, width = bgr.shape[:2]
        placement = enlarge(width, height, scale, _STRIDES[-1])
        blob = to_blob(draw(bgr, placement, 0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), rgb=False)
        found = decode(self.session.run(blob), placement.canvas, score)
        mapped = Regions(placement.to_picture(found.boxes), found.scores)
        return mapped.settled(_IOU).clipped(width, height)


def decode(outputs: Outputs, canvas: tuple[int, int], score: float) -> Regions:
    """Faces of one picture in canvas pixels, overlaps and all, from the levels' classes and boxes."""
    kinds = [np.concatenate([level[0] for level in outputs[start : start + 3]]) for start in (0, 3, 6)]
    sure = np.sqrt(np.clip(kinds[0][:, 0], 0, 1) * np.clip(kinds[1][:, 0], 0, 1))
    kept = np.flatnonzero(sure > score)
    grid, boxes = cells(_STRIDES, canvas)[kept], kinds[2][kept]
    stride = grid[:, 2:]
    centres = (grid[:, :2] + boxes[:, :2]) * stride
    halves = np.exp(boxes[:, 2:]) * stride / 2
    return Regions(np.concatenate([centres - halves, centres + halves], axis=1), sure[kept])
