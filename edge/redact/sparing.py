"""A picture of a clip in which nothing changed since the last search is not searched again."""

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Image
from edge.redact.clip import Finds
from edge.redact.regions import Regions

BLOCK = 4
"""Pixels of a block's sides: a face of 12 pixels has nine of them."""

CHANGED = 12.0
"""Grey levels by which a block's mean brightness must differ for a picture to count as changed.

A sensor's noise and an encoder's stay below; what stays below could not be told from the ground.
"""

MOST_SPARED = 3
"""Pictures in a row that may go without a search: what was missed is looked for again within a second."""


class Sparing:
    """Finds what another finder finds, and asks it only of pictures that changed. For one clip.

    Compared is with the picture that was last searched, not with the last one, so that nothing creeps in.

    Args:
        finder: It.
    """

    def __init__(self, finder: Finds) -> None:
        self._finder = finder
        self._shown: NDArray[np.uint8] | None = None
        self._found = Regions.empty()
        self._spared = 0

    def find(self, image: Image) -> Regions:
        """Regions of one picture.

        Raises:
            RedactionError: The search failed.
        """
        shown = _blocks(image)
        if self._spared < MOST_SPARED and self._shown is not None and not _changed(self._shown, shown):
            self._spared += 1
            return self._found
        self._shown = None  # a search that fails leaves nothing to go by
        self._found = self._finder.find(image)
        self._shown, self._spared = shown, 0
        return self._found


def _blocks(image: Image) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    size = (max(1, width // BLOCK), max(1, height // BLOCK))
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _changed(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    return one.shape != other.shape or bool(cv2.absdiff(one, other).max() >= CHANGED)
