"""One round of looking: what several cameras want looked at, on canvases that they share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edge.detect.detections import Detections, Image
from edge.detect.family import OnnxDetector
from edge.detect.registry import Detector
from edge.eye import Eye
from edge.gate.looks import in_turn
from edge.gate.packing import Canvases, Order, Packing, pack
from edge.gate.pictures import draw_canvases
from edge.gate.unpacking import Found, unpack

_FILL = 114
"""Value beside the regions for a detector that does not say what it was trained with."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round showed.

    Attributes:
        orders: Per camera that was served, its order as it was served.
        found: Per camera that was served, what was seen.
        packing: What lay where.
    """

    orders: dict[str, Order]
    found: dict[str, Found]
    packing: Packing


@dataclass(frozen=True, slots=True)
class CanvasDetector:
    """A detector that is shown canvases at their own size.

    Attributes:
        detector: It.
        canvases: What a round may cost.
    """

    detector: Detector
    canvases: Canvases

    @classmethod
    def of(cls, detector: Detector, side: int, most: int = 4) -> "CanvasDetector":
        """For rounds of at most ``most`` canvases of ``side`` pixels, or of the network's own fixed size."""
        if isinstance(detector, OnnxDetector):
            trim = detector.session.fixed_size is None
            return cls(detector, Canvases(side=detector.input_size, most=most, trim=trim))
        return cls(detector, Canvases(side=side, most=most))

    @property
    def fill(self) -> int:
        """Value beside the regions."""
        return self.detector.family.fill if isinstance(self.detector, OnnxDetector) else _FILL

    def detect(self, canvases: Sequence[Image]) -> list[Detections]:
        """Objects in pixels of each canvas."""
        detector = self.detector
        if not isinstance(detector, OnnxDetector):
            return detector.detect(canvases)
        return [
            replace(detector, input_size=max(canvas.shape[:2])).detect([canvas])[0] for canvas in canvases
        ]


def look_round(eyes: Mapping[str, Eye], detector: CanvasDetector, now: float) -> Round:
    """Serve as many of the cameras that wait as the canvases hold, whoever waits longest first.

    Args:
        eyes: Cameras with a waiting sample.
        detector: What looks.
        now: The steady clock.

    Raises:
        ModelError: The detector failed.
    """
    names = in_turn({name: eye.turn for name, eye in eyes.items()}, now)
    orders = {name: eyes[name].order(now) for name in names}
    packing = pack(list(orders.values()), detector.canvases)
    pictures = {name: sample.frame for name in packing.served if (sample := eyes[name].sample)}
    found: list[Detections] = []
    if packing.canvases:
        found = detector.detect(draw_canvases(packing, pictures, detector.fill))
    return Round(
        {name: _as_served(orders[name], packing) for name in packing.served}, unpack(packing, found), packing
    )


def _as_served(order: Order, packing: Packing) -> Order:
    """The order with the regions that were placed for it: a full look may have taken their place."""
    rects = tuple(placement.rect for placement in packing.placements if placement.camera == order.camera)
    return replace(order, regions=rects)
