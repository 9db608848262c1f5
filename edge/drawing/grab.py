"""One picture of a camera, for a person to draw on."""

from dataclasses import dataclass

from edge.detect.detections import Image
from edge.ingest.decode import DecodedPixels, Decoder
from edge.ingest.errors import no_picture
from edge.ingest.source import Transport, open_source

MOST_PACKETS = 1500
"""A minute of video: what has shown no sound picture by then will not."""

READ_S = 10.0


@dataclass(frozen=True, slots=True)
class Grabbed:
    """A camera's picture and what its stream is.

    Attributes:
        image: H x W x 3 BGR, raw.
        codec: Such as ``h264``.
        fps: As the stream declares it; 0 when it does not.
    """

    image: Image
    codec: str
    fps: float

    @property
    def told(self) -> str:
        """The stream in words."""
        height, width = self.image.shape[:2]
        rate = f", {self.fps:.3g} pictures a second" if self.fps else ""
        return f"{self.codec} {width}x{height}{rate}"


def grab(url: str, *, transport: Transport = "tcp", where: str = "") -> Grabbed:
    """Open a camera or clip, take its first undamaged picture, and hang up.

    Args:
        url: Its address.
        transport: How RTP travels.
        where: Camera id for error lines.

    Raises:
        StreamError: It cannot be opened, or shows no picture.
    """
    with open_source(url, transport=transport, where=where, read_s=READ_S) as source:
        decoder = Decoder(source)
        began = False
        for number, packet in enumerate(source.packets()):
            began = began or packet.is_keyframe
            errors = decoder.errors
            pictures = decoder.decode(packet) if began else []
            if pictures and decoder.errors == errors:
                image = DecodedPixels(pictures[0]).bgr()
                return Grabbed(image, source.info.codec, source.info.fps)
            if number > MOST_PACKETS:
                break
    raise no_picture(url, where=where)
