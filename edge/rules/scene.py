"""What a rule sees (`Scene`) and what it says (`Transition`)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.detect.detections import Boxes
from edge.vision.view import View
from messages import Fault, Kind, Phase


@dataclass(frozen=True, slots=True)
class Tracks:
    """Parallel arrays of the N tracks that are alive in one camera; ids stay inside the process.

    Attributes:
        ids: N int64, unique within this camera and run.
        boxes: N x 4 float32, pixels of the full picture, not clipped.
        scores: N float32, 0..1, latest detection's.
        classes: N int32, COCO index, the majority over the track's life.
        seen: N bool, whether the track was matched in this very frame (else it is predicted).
        born: N float64, Unix seconds of the first detection.
    """

    ids: NDArray[np.int64]
    boxes: Boxes
    scores: NDArray[np.float32]
    classes: NDArray[np.int32]
    seen: NDArray[np.bool_]
    born: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.ids)

    def where(self, keep: NDArray[np.bool_]) -> "Tracks":
        """Those of a mask (N)."""
        return Tracks(
            self.ids[keep],
            self.boxes[keep],
            self.scores[keep],
            self.classes[keep],
            self.seen[keep],
            self.born[keep],
        )


@dataclass(frozen=True, slots=True)
class Scene:
    """One look at one camera.

    Attributes:
        size: Width and height of the picture in pixels.
        tracks: Who and what is there now.
        view: The picture itself, for rules that look at it; None where only tracks are at hand.
    """

    size: tuple[int, int]
    tracks: Tracks
    view: View | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of an episode of one zone and kind.

    Attributes:
        phase: Opened, updated or closed.
        kind: The rule's kind.
        zone: Zone id.
        count: Objects that hold the condition now.
        limit: Limit on ``count``, where the rule has one.
        confidence: Strongest object's score, 0..1 (of the episode's last active moment when closing).
        started: Unix seconds when the condition began (the object's entry, not the end of the dwell time).
        ended: Unix seconds when the condition ended; only when closed.
        boxes: N x 4 float32 pixels, the objects that hold the condition, for the evidence picture.
        fault: What is (when closing: was) wrong with the camera; only for ``camera_health``.
    """

    phase: Phase
    kind: Kind
    zone: str
    count: int
    limit: int | None
    confidence: float
    started: float
    ended: float | None
    boxes: Boxes
    fault: Fault | None = None
