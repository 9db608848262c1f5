"""Redaction of pictures that follow one another, with a look-ahead: what is missed in one stays covered."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from edge.detect.detections import Image
from edge.frame import Frame
from edge.redact.hold import Hold
from edge.redact.image import RedactedImage, seal
from edge.redact.regions import Regions

HOLD_S = 1.0
"""Seconds that a region stays covered before it is first and after it was last found."""

LOOKS_PER_S = 12.5
"""Searches per second of a clip: a walker moves a third of a head between two, and the hold joins them."""

MOST_BYTES = 256 * 1024 * 1024
"""Most memory of the look-ahead: one second of 1080p25 takes 155 MB; beyond it the look-ahead is shorter."""


class Finds(Protocol):
    """What finds regions to cover (`edge.redact.redactor.Redactor`)."""

    def find(self, image: Image) -> Regions:
        """Regions of one picture.

        Raises:
            RedactionError: The search failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class RedactedFrame:
    """A picture of a redacted clip.

    Attributes:
        image: It.
        time: Seconds, as the raw frame's.
    """

    image: RedactedImage
    time: float


def redact_clip(
    frames: Iterable[Frame],
    redactor: Finds,
    *,
    hold_s: float = HOLD_S,
    looks_per_s: float = LOOKS_PER_S,
    most_bytes: int = MOST_BYTES,
) -> Iterator[RedactedFrame]:
    """Redact pictures in order, each after the ``hold_s`` that follow it were searched.

    Args:
        frames: Raw pictures with rising times; read as the result is asked for.
        redactor: Finds what must be covered.
        hold_s: Seconds that a region is held before and after.
        looks_per_s: Searches per second of the clip; pictures between two searches are covered by the hold.
        most_bytes: Bound on the raw pictures that wait.

    Raises:
        RedactionError: One picture could not be searched: the clip must not leave.
    """
    hold = Hold(hold_s)
    waiting: deque[Frame] = deque()
    held_bytes = 0
    looked = float("-inf")
    for frame in frames:
        waiting.append(frame)
        held_bytes += frame.image.nbytes
        if frame.time - looked >= 0.999 / looks_per_s or held_bytes > most_bytes:
            hold.look(frame.time, redactor.find(frame.image))
            looked = frame.time
        while waiting[0].time <= looked - hold_s or held_bytes > most_bytes:
            ready = waiting.popleft()
            held_bytes -= ready.image.nbytes
            yield _covered(ready, hold)
            if not waiting:
                break
    if waiting and waiting[-1].time > looked:
        hold.look(waiting[-1].time, redactor.find(waiting[-1].image))
    for ready in waiting:
        yield _covered(ready, hold)


def _covered(frame: Frame, hold: Hold) -> RedactedFrame:
    picture = seal(frame.image, hold.at(frame.time))
    hold.forget(frame.time)
    return RedactedFrame(picture, frame.time)
