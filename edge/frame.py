"""A decoded picture on its way through the worker."""

from dataclasses import dataclass

from edge.detect.detections import Image


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of one camera.

    Attributes:
        image: H x W x 3 BGR, raw: only edge/redact may let it out.
        time: Capture time, Unix seconds UTC (replay: virtual).
        index: 0-based number of the decoded picture in this stream.
    """

    image: Image
    time: float
    index: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]
