"""A redacted evidence clip on its way: in parts, because slow links do not like large messages."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from messages.fields import Count, Instant, Name, Token

MAX_CLIP_PART = 64 * 1024
"""Most bytes of the file that one part carries."""

MAX_CLIP_PARTS = 128
"""Most parts of a clip: 8 MiB."""


class ClipPart(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a redacted MP4; every part says what the whole is.

    Attributes:
        id: Dedupe key: of the clip and the part's number.
        clip: The clip's id, unique within the box; the last level of its topic.
        alert_id: The episode whose opening it shows.
        place: Place id.
        camera: Camera id.
        media_type: Always MP4 (H.264, no sound).
        part: Number of this part, from 0.
        parts: How many there are.
        size: Bytes of the whole file.
        sha256: Of the whole file, hexadecimal.
        width: Pixels.
        height: Pixels.
        started: Capture time of the first picture.
        seconds: From the first picture to the last.
        blurred: How many regions redaction covered, summed over the pictures.
        content: The part's bytes (base64 on the wire).
    """

    id: Token
    clip: Name
    alert_id: Token
    place: Name
    camera: Name
    media_type: Literal["video/mp4"] = "video/mp4"
    part: Annotated[int, Meta(ge=0, lt=MAX_CLIP_PARTS)]
    parts: Annotated[int, Meta(ge=1, le=MAX_CLIP_PARTS)]
    size: Annotated[int, Meta(ge=1, le=MAX_CLIP_PARTS * MAX_CLIP_PART)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    width: Annotated[int, Meta(ge=1, le=16384)]
    height: Annotated[int, Meta(ge=1, le=16384)]
    started: Instant
    seconds: Annotated[float, Meta(ge=0.0, le=600.0)]
    blurred: Count
    content: Annotated[bytes, Meta(min_length=1, max_length=MAX_CLIP_PART)]


def split(content: bytes, whole: ClipPart) -> list[ClipPart]:
    """A file as parts.

    Args:
        content: The whole file.
        whole: What every part says; its id, part, parts and content are replaced.

    Raises:
        ValueError: It has no bytes, or more than `MAX_CLIP_PARTS` parts hold.
    """
    pieces = [content[at : at + MAX_CLIP_PART] for at in range(0, len(content), MAX_CLIP_PART)]
    if not 1 <= len(pieces) <= MAX_CLIP_PARTS:
        msg = f"a clip of {len(content)} bytes"
        raise ValueError(msg)
    return [
        structs.replace(whole, id=f"{whole.clip}-{number}", part=number, parts=len(pieces), content=piece)
        for number, piece in enumerate(pieces)
    ]
