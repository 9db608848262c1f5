"""The door by which a picture that somebody sends comes in: covered before it is kept anywhere.

The centre has no detector of its own. Who composes the process hands in the boxes' own redaction
(`edge.redact.upload`), so that there is one way to cover faces, heads and plates.
"""

from typing import Protocol


class CoveredPicture(Protocol):
    """A picture as it may be kept and shown."""

    @property
    def jpeg(self) -> bytes:
        """The file, without metadata."""
        ...

    @property
    def width(self) -> int:
        """Pixels."""
        ...

    @property
    def height(self) -> int:
        """Pixels."""
        ...

    @property
    def blurred(self) -> int:
        """Regions covered: faces, heads and plates together."""
        ...


class PictureDoor(Protocol):
    """Takes the bytes of an uploaded picture and gives back what may be kept of it."""

    def cover(self, content: bytes) -> CoveredPicture:
        """Cover faces, heads and plates. Blocks for a few tenths of a second: call it from a worker thread.

        Args:
            content: The whole file, as it was sent.

        Raises:
            UploadError: It is no picture that is taken; the text names the limit and is meant for the sender.
            RedactionError: It could not be covered, and so must not be kept; not the sender's fault.
        """
        ...
