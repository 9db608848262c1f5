"""`RedactedClip`: the only kind of clip that may leave a box, and the only place where one is made."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from io import BytesIO
from typing import final

from edge.frame import Frame
from edge.redact.clip import Finds, redact_clip
from edge.redact.draw import Polygon
from edge.redact.encode import ClipWriter
from edge.redact.regions import Counts
from edge.redact.sealed import DOOR, Sealed
from edge.redact.sparing import Sparing
from placewatch.errors import RedactionError

LOOKS_PER_S = 5.0
"""Searches per second of an evidence clip; the hold covers the pictures between two."""

LOOK_AHEAD_BYTES = 96 * 1024 * 1024
"""Most memory of the raw pictures that wait for the hold: a second of 1280x720 at 15 a second has 41 MB."""

MOST_BYTES = 8 * 1024 * 1024
"""A clip that became larger is not sent: ten seconds of 1280x720 have one to two."""


@final
class RedactedClip(Sealed):
    """A short H.264 MP4 whose every picture was covered (see `edge.redact.sealed`)."""

    __slots__ = ("_counts", "_mp4", "_pictures", "_size", "_span")
    _mp4: bytes
    _size: tuple[int, int]
    _span: tuple[float, float]
    _pictures: int
    _counts: Counts

    def __init__(
        self,
        mp4: bytes,
        *,
        size: tuple[int, int],
        span: tuple[float, float],
        pictures: int,
        counts: Counts,
        door: object,
    ) -> None:
        super().__init__(door, _mp4=mp4, _size=size, _span=span, _pictures=pictures, _counts=counts)

    def __repr__(self) -> str:
        return f"RedactedClip({self.width}x{self.height}, {self.seconds:.1f} s, {len(self._mp4)} bytes)"

    @property
    def mp4(self) -> bytes:
        """The file: H.264, no sound, no metadata, its index in front."""
        return self._mp4

    @property
    def sha256(self) -> str:
        """Of the file, hexadecimal."""
        return sha256(self._mp4).hexdigest()

    @property
    def width(self) -> int:
        """Pixels."""
        return self._size[0]

    @property
    def height(self) -> int:
        """Pixels."""
        return self._size[1]

    @property
    def started(self) -> float:
        """Capture time of the first picture, Unix seconds."""
        return self._span[0]

    @property
    def seconds(self) -> float:
        """From the first picture to the last."""
        return self._span[1] - self._span[0]

    @property
    def pictures(self) -> int:
        """How many."""
        return self._pictures

    @property
    def counts(self) -> Counts:
        """Regions covered, summed over the pictures."""
        return self._counts


def make_clip(
    frames: Iterable[Frame],
    redactor: Finds,
    *,
    fps: float,
    zones: Sequence[Polygon] = (),
    pause: Callable[[float], None] = lambda _time: None,
) -> RedactedClip:
    """Redact and encode pictures that follow one another.

    Args:
        frames: Raw pictures with rising times, all of one size; read as they are needed.
        redactor: Finds what must be covered.
        fps: Nominal rate; the pictures' own times are kept.
        zones: Drawn on every picture; normalised coordinates.
        pause: Told the time of each picture that is done, on this thread: may wait, or raise to give up.

    Raises:
        RedactionError: No picture, one that could not be searched, no encoder, or too large a result: the
            clip must not leave.
    """
    file = BytesIO()
    counts, pictures, size = Counts(), 0, (0, 0)
    first = last = 0.0
    covered = redact_clip(frames, Sparing(redactor), looks_per_s=LOOKS_PER_S, most_bytes=LOOK_AHEAD_BYTES)
    with ClipWriter(file, fps=fps) as writer:
        for frame in covered:
            image = frame.image.annotated(zones) if zones else frame.image
            writer.write(image, frame.time)
            if file.tell() > MOST_BYTES:
                raise RedactionError(f"the clip is over {MOST_BYTES // 2**20} MiB")
            first, last = (frame.time, frame.time) if pictures == 0 else (first, frame.time)
            counts, pictures, size = counts + frame.image.counts, pictures + 1, (image.width, image.height)
            pause(frame.time)
    if not pictures:
        raise RedactionError("no picture of the clip could be decoded")
    return RedactedClip(
        file.getvalue(), size=size, span=(first, last), pictures=pictures, counts=counts, door=DOOR
    )
