"""Redaction of files: a picture or a clip in, a picture or an MP4 out."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge.detect.pictures import PictureError, read_picture
from edge.redact.clip import redact_clip
from edge.redact.clipfile import open_clip
from edge.redact.encode import ClipWriter
from edge.redact.image import FILE_TYPES
from edge.redact.redactor import Redactor
from edge.redact.regions import Counts
from placewatch.errors import RedactionError, UsageError

CLIP_TYPES = (".mp4",)
"""Endings of clips that are written."""

Progress = Callable[[float, float], None]
"""Called with the seconds of a clip that are done and, 0 when unknown, its length."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """What was done.

    Attributes:
        media: What the file was, by its content.
        width: Pixels.
        height: Pixels.
        pictures: 1, or the clip's.
        seconds: Length of the clip, 0 for a picture.
        counts: Regions covered; in a clip the sum over its pictures.
        damaged: Packets of the clip that could not be decoded, and are not in the result.
    """

    media: Literal["picture", "clip"]
    width: int
    height: int
    pictures: int
    seconds: float
    counts: Counts
    damaged: int = 0


def redact_file(source: Path, target: Path, redactor: Redactor, progress: Progress | None = None) -> Redacted:
    """Redact a picture or a clip; what it is, its content decides.

    The target appears whole or not at all. Metadata, sound and subtitles are left out.

    Args:
        source: Any picture or video file that OpenCV or FFmpeg reads.
        target: ``.jpg``, ``.png``, ``.webp`` for a picture, ``.mp4`` for a clip.
        redactor: Finds and covers.
        progress: Told how far a clip is.

    Raises:
        UsageError: The target is the source, or its ending does not fit.
        RedactionError: The source cannot be read, the search failed, or the target cannot be written.
    """
    check_paths(source, target)
    try:
        image = read_picture(source)
    except PictureError as error:
        if not _has_content(source):
            raise RedactionError(error.message, where=str(source), remedy=error.remedy) from error
        return _redact_clip(source, target, redactor, progress or (lambda _done, _total: None))
    _check_ending(target, FILE_TYPES, "a picture")
    redacted = redactor.redact(image)
    with _whole(target) as part:
        part.write_bytes(redacted.file(target.suffix))
    return Redacted("picture", redacted.width, redacted.height, 1, 0.0, redacted.counts)


def check_paths(source: Path, target: Path) -> None:
    """Refuse what can be told from the paths alone, before models are loaded.

    Raises:
        UsageError: The target is the source, or no known ending.
        RedactionError: The source, or the target's folder, is not there.
    """
    _check_ending(target, FILE_TYPES + CLIP_TYPES, "the result")
    if not source.exists():
        raise RedactionError("no such file", where=str(source))
    if source.is_dir():
        raise RedactionError("is a folder", where=str(source), remedy="give one picture or clip")
    if target.is_dir():
        raise RedactionError("is a folder", where=str(target), remedy="name the file to write")
    if not target.parent.is_dir():
        raise RedactionError("no such folder", where=str(target.parent), remedy="make it, or choose another")
    if target.exists() and source.samefile(target):
        raise UsageError(
            "the result would replace its source", where=str(target), remedy="give OUT another name"
        )


def _check_ending(target: Path, endings: tuple[str, ...], what: str) -> None:
    if target.suffix.lower() not in endings:
        raise UsageError(
            f"{what} is not written as {target.suffix or 'a file without ending'}",
            where=str(target),
            remedy=f"end OUT in {', '.join(endings)}",
        )


def _has_content(source: Path) -> bool:
    """Whether a file that is no picture may still be a clip: it can be read and is not empty."""
    return os.access(source, os.R_OK) and source.stat().st_size > 0


def _redact_clip(source: Path, target: Path, redactor: Redactor, progress: Progress) -> Redacted:
    with open_clip(source) as clip:
        _check_ending(target, CLIP_TYPES, "a clip")
        size, counts, pictures, end = (0, 0), Counts(), 0, 0.0
        with _whole(target) as part, ClipWriter(part, fps=clip.fps, aspect=clip.aspect) as writer:
            for frame in redact_clip(clip.frames(), redactor):
                writer.write(frame.image, frame.time)
                size = (frame.image.width, frame.image.height)
                counts, pictures, end = counts + frame.image.counts, pictures + 1, frame.time
                progress(end, clip.length)
        return Redacted("clip", *size, pictures, end + 1 / clip.fps, counts, clip.damaged)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A file beside the target that takes its place once it is whole, and goes when something fails."""
    part = target.with_name(f".{target.name}.part")
    try:
        yield part
        part.replace(target)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RedactionError(
            f"cannot be written: {reason}", where=str(target), remedy="check the folder and its rights"
        ) from error
    finally:
        part.unlink(missing_ok=True)
