"""CenterFace (Xu et al., arXiv 1911.03599, MIT): faces to be blurred, anchor-free, one level at stride 4."""

from dataclasses import dataclass

import numpy as np

from edge.detect.detections import Image
from edge.detect.letterbox import as_bgr, draw, enlarge, to_blob
from edge.detect.regions import Regions
from edge.detect.sessions import Outputs, Session

_STRIDE = 4
_MULTIPLE = 32
_IOU = 0.3


@dataclass(frozen=True, slots=True)
class CenterFace:
    """A loaded face detector. Its landmarks are thrown away: a face is a place to blur."""

    session: Session

    @property
    def version(self) -> str:
        """Eight digits of the weights' sha256."""
        return self.session.version

    def detect(self, image: Image, *, score: float = 0.35, scale: float = 1.0) -> Regions:
        """Find faces.

        Args:
            image: H x W x 3 BGR uint8, any size; grey and BGRA are converted.
            score: Least score.
            scale: Enlarge (or shrink) the picture by this first. Faces below about 12 pixels need 2 and more.

        Raises:
            ValueError: Not a picture of 8 bits per channel.
            ModelError: The inference failed.
        """
        bgr = as_bgr(image)
        height, width = bgr.shape[:2]
        placement = enlarge(width, height, scale, _MULTIPLE)
        blob = to_blob(draw(bgr, placement, 0), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), rgb=True)
        found = decode(self.session.run(blob), score)
        boxes = placement.to_picture(found.boxes)
        return Regions(boxes, found.scores).settled(_IOU).clipped(width, height)


def decode(outputs: Outputs, score: float) -> Regions:
    """Faces in canvas pixels, overlaps and all, from heatmap, scale and offset of one picture."""
    heatmap, scale, offset = (output[0] for output in outputs[:3])
    rows, columns = np.nonzero(heatmap[0] > score)
    heights, widths = np.exp(scale[:, rows, columns]) * _STRIDE
    y = (rows + offset[0, rows, columns] + 0.5) * _STRIDE
    x = (columns + offset[1, rows, columns] + 0.5) * _STRIDE
    boxes = np.stack([x - widths / 2, y - heights / 2, x + widths / 2, y + heights / 2], axis=1)
    return Regions(boxes.astype(np.float32), heatmap[0, rows, columns])
