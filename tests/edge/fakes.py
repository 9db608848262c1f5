"""A detector for the synthetic clips: finds them by their colours, so that tests need no model."""

import time
from collections.abc import Sequence

import cv2
import numpy as np

from edge.detect.coco import COCO
from edge.detect.detections import Detections, Image
from tests.edge.clips import CAR_BGR, PERSON_BGR

_CLASSES = ((PERSON_BGR, COCO.index("person")), (CAR_BGR, COCO.index("car")))


class ColorDetector:
    """Stands in for an ONNX detector: same protocol, sees colours.

    Args:
        fail_at: Pictures after which it breaks, if any.
        delay_s: Time that it takes for each.
    """

    name = "color"
    version = "1"
    classes = COCO

    def __init__(self, fail_at: int | None = None, *, delay_s: float = 0.0) -> None:
        self.seen = 0
        self._fail_at = fail_at
        self._delay_s = delay_s

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """One result a picture."""
        return [self._detect(image) for image in images]

    def _detect(self, image: Image) -> Detections:
        self.seen += 1
        time.sleep(self._delay_s)
        if self._fail_at is not None and self.seen > self._fail_at:
            msg = "the detector broke"
            raise RuntimeError(msg)
        boxes, classes = [], []
        for color, index in _CLASSES:
            near = np.abs(image.astype(np.int16) - np.array(color, np.int16)).max(axis=2) < 60
            count, _, parts, _ = cv2.connectedComponentsWithStats(near.astype(np.uint8))
            for x, y, width, height, area in parts[1:count].tolist():
                if area > 100:
                    boxes.append((x, y, x + width, y + height))
                    classes.append(index)
        return Detections(
            np.array(boxes, np.float32).reshape(-1, 4),
            np.full(len(boxes), 0.9, np.float32),
            np.array(classes, np.int32),
        )
