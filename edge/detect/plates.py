"""Chinese plates to be blurred: RetinaFace style (Deng et al., arXiv 1905.00641), two priors per cell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Image
from edge.detect.family import cells
from edge.detect.letterbox import as_bgr, draw, enlarge, to_blob
from edge.detect.regions import Regions
from edge.detect.sessions import Outputs, Session

_STRIDES = (8, 16, 32)
_SIZES = {8: (24, 48), 16: (96, 192), 32: (384, 768)}
_CENTRE, _SIZE = 0.1, 0.2
_MEAN = (104.0, 117.0, 123.0)
_IOU = 0.4


@dataclass(frozen=True, slots=True)
class Plates:
    """A loaded plate detector. It locates plates; nothing here reads them."""

    session: Session

    @property
    def version(self) -> str:
        """Eight digits of the weights' sha256."""
        return self.session.version

    def detect(self, image: Image, *, score: float = 0.35, scale: float = 1.0) -> Regions:
        """Find plates.

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
        placement = enlarge(width, height, scale, 1)
        blob = to_blob(draw(bgr, placement, 0), _MEAN, (1.0, 1.0, 1.0), rgb=False)
        found = decode(self.session.run(blob), placement.canvas, score)
        corners = None if found.corners is None else placement.to_picture(found.corners)
        mapped = Regions(placement.to_picture(found.boxes), found.scores, corners)
        return mapped.settled(_IOU).clipped(width, height)


def priors(canvas: tuple[int, int]) -> NDArray[np.float32]:
    """Centre x, centre y, size in canvas pixels of every prior, priors x 3."""
    levels = []
    for stride in _STRIDES:
        grid = cells((stride,), canvas)
        centres = np.repeat((grid[:, :2] + 0.5) * stride, 2, axis=0)
        sizes = np.tile(np.array(_SIZES[stride], np.float32), len(grid))
        levels.append(np.column_stack([centres, sizes]))
    return np.concatenate(levels).astype(np.float32)


def decode(outputs: Outputs, canvas: tuple[int, int], score: float) -> Regions:
    """Plates in canvas pixels, overlaps and all, from boxes, scores and corners of one picture."""
    offsets, scores, points = (output[0] for output in outputs)
    kept = np.flatnonzero(scores[:, 1] > score)
    prior = priors(canvas)[kept]
    centre, size = prior[:, :2], prior[:, 2:]
    middle = centre + offsets[kept, :2] * _CENTRE * size
    half = np.exp(offsets[kept, 2:] * _SIZE) * size / 2
    corners = np.tile(centre, 4) + points[kept] * _CENTRE * size
    return Regions(np.concatenate([middle - half, middle + half], axis=1), scores[kept, 1], corners)
