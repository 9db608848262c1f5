"""`Detections`, the common language of detectors, tracker, rules and redaction."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A raw picture, H x W x 3, BGR, 0..255. Raw pictures never leave the process (see edge/redact)."""

Boxes = NDArray[np.float32]
"""N x 4, ``x1 y1 x2 y2`` in pixels of the full picture, origin top left; may reach outside the picture."""


@dataclass(frozen=True, slots=True)
class Detections:
    """Parallel arrays of N objects in one picture.

    Attributes:
        boxes: N x 4 float32, pixels of the full picture, not clipped.
        scores: N float32, 0..1.
        classes: N int32, index into the model's class names (COCO-80 for the default model).
    """

    boxes: Boxes
    scores: NDArray[np.float32]
    classes: NDArray[np.int32]

    def __post_init__(self) -> None:
        count = len(self.boxes)
        if self.boxes.shape != (count, 4) or len(self.scores) != count or len(self.classes) != count:
            msg = f"parallel arrays differ: {self.boxes.shape}, {self.scores.shape}, {self.classes.shape}"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.boxes)

    @classmethod
    def empty(cls) -> Self:
        """No objects."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int32))

    def where(self, mask: NDArray[np.bool_] | NDArray[np.intp]) -> "Detections":
        """The objects that a boolean mask or an index array selects."""
        return Detections(self.boxes[mask], self.scores[mask], self.classes[mask])

    def of_classes(self, classes: frozenset[int]) -> "Detections":
        """The objects of these classes."""
        return self.where(np.isin(self.classes, list(classes)))
