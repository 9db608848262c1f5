"""The redacted still of an alert, or the reason why there is none."""

from dataclasses import dataclass
from typing import Protocol

from edge.config import Camera
from edge.detect.detections import Detections, Image
from edge.frame import Frame
from edge.redact.image import RedactedImage
from edge.redact.jpeg import jpeg_size
from edge.rules.scene import Transition
from messages import Evidence
from placewatch.clock import utc
from placewatch.errors import PlacewatchError
from placewatch.logs import get_logger


class Redacts(Protocol):
    """What makes a picture fit to leave (see `edge.redact`)."""

    def redact(self, image: Image, detections: Detections) -> RedactedImage:
        """The picture with faces, heads and plates covered.

        Raises:
            RedactionError: It must not leave.
        """
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A raw picture and what was found in it; it stays inside the process.

    Attributes:
        frame: The picture.
        detections: Everything in it that might be a person or vehicle.
    """

    frame: Frame
    detections: Detections


@dataclass(frozen=True, slots=True)
class Still:
    """Evidence, or why it is missing: exactly one of the two.

    Attributes:
        evidence: A redacted still.
        missing: One sentence.
    """

    evidence: Evidence | None = None
    missing: str | None = None


BUSY = "the box had more alerts than it could take pictures for"


class Stills:
    """The stills of one look: its picture is redacted once, when the first alert wants it.

    Args:
        redactor: The only door by which a picture leaves.
        camera: Whose zones are drawn.
        picture: The picture that decided, or why it is not at hand.
    """

    def __init__(self, redactor: Redacts, camera: Camera, picture: Picture | str) -> None:
        self._redactor = redactor
        self._camera = camera
        self._picture = picture
        self._redacted: RedactedImage | None = None

    def of(self, transition: Transition) -> Still:
        """The picture with the zone and the objects that hold the condition drawn on it.

        Returns:
            The still; after any failure of the redaction the reason instead, never the picture.
        """
        if isinstance(self._picture, str):
            return Still(missing=self._picture)
        try:
            return Still(self._evidence(self._picture, transition))
        except PlacewatchError as error:
            return Still(missing=f"the picture could not be redacted: {error.message}"[:500])
        except Exception as error:
            # Whatever went wrong, the fact must go out and the picture must not.
            logger = get_logger(camera=self._camera.id)
            logger.exception("redaction_failed")
            return Still(missing=f"the picture could not be redacted: {type(error).__name__}")

    def _evidence(self, picture: Picture, transition: Transition) -> Evidence:
        if self._redacted is None:
            self._redacted = self._redactor.redact(picture.frame.image, picture.detections)
        zones = [area for name, area in self._camera.drawn() if name == transition.zone]
        jpeg = self._redacted.annotated(zones, transition.boxes).jpeg()
        width, height = jpeg_size(jpeg)  # it may be smaller than the picture, to fit a message
        captured = utc(picture.frame.time)
        blurred = self._redacted.blurred
        return Evidence(width=width, height=height, jpeg=jpeg, captured=captured, blurred=blurred)
