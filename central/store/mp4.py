"""Is it really an MP4 with one H.264 picture track and nothing else besides?

Walks the boxes of ISO/IEC 14496-12 without decoding pictures. Besides broken files it refuses what a redacted
clip has no use for: sound, subtitles, further tracks, metadata.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_SIDE = 4096
"""Pixels of a side that are taken."""

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"})
_TOP = frozenset({b"ftyp", b"moov", b"mdat", b"free"})
_METADATA = frozenset({b"udta", b"meta", b"uuid", b"ilst", b"iods"})
_DEEPEST = 8
_EMPTY_UDTA = 53


class Mp4Error(ValueError):
    """Not a clip that is taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Mp4:
    """What a clip is.

    Attributes:
        width: Pixels.
        height: Pixels.
    """

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    body: memoryview


def inspect_mp4(data: bytes) -> Mp4:
    """Size of a sound redacted clip.

    Args:
        data: The whole file.

    Raises:
        Mp4Error: It is not an MP4 of one H.264 track, is cut short, or carries anything else.
    """
    if data[4:8] != b"ftyp":
        raise Mp4Error("not an MP4")
    found = list(_boxes(memoryview(data), 0))
    top = [box.kind for box in _children(memoryview(data))]
    if set(top) - _TOP or top.count(b"moov") != 1 or b"mdat" not in top:
        raise Mp4Error(f"holds {_named(set(top) - _TOP) or 'no pictures'}")
    full = (box for box in found if not (box.kind == b"udta" and _is_empty(box)))
    if extra := {box.kind for box in full} & _METADATA:
        raise Mp4Error(f"carries metadata ({_named(extra)}), which a redacted clip must not")
    kinds = [bytes(box.body[8:12]) for box in found if box.kind == b"hdlr" and len(box.body) >= 12]
    if kinds != [b"vide"]:
        raise Mp4Error("does not hold one picture track and nothing else")
    return _size([box for box in found if box.kind == b"stsd"])


def _is_empty(udta: _Box) -> bool:
    """Whether it is the empty list of tags that FFmpeg writes when there are none."""
    return len(udta.body) == _EMPTY_UDTA and bytes(udta.body[-8:]) == b"\x00\x00\x00\x08ilst"


def _size(descriptions: list[_Box]) -> Mp4:
    if len(descriptions) != 1 or len(descriptions[0].body) < 8 + 36:
        raise Mp4Error("has no description of its pictures")
    body = descriptions[0].body
    if body[12:16] not in {b"avc1", b"avc3"}:
        raise Mp4Error("is not H.264")
    entry = body[8:]
    width, height = int.from_bytes(entry[32:34], "big"), int.from_bytes(entry[34:36], "big")
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Mp4Error(f"is {width} x {height}; at most {MAX_SIDE} a side")
    return Mp4(width, height)


def _boxes(data: memoryview, depth: int) -> Iterator[_Box]:
    """Every box, and what is inside those that hold others."""
    for box in _children(data):
        yield box
        if box.kind in _CONTAINERS:
            if depth >= _DEEPEST:
                raise Mp4Error("is nested too deep")
            yield from _boxes(box.body, depth + 1)


def _children(data: memoryview) -> Iterator[_Box]:
    at = 0
    while at < len(data):
        size, header = int.from_bytes(data[at : at + 4], "big"), 8
        kind = bytes(data[at + 4 : at + 8])
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        if size < header or at + size > len(data):
            raise Mp4Error("is cut short")
        yield _Box(kind, data[at + header : at + size])
        at += size


def _named(kinds: set[bytes]) -> str:
    return ", ".join(sorted(kind.decode("ascii", "replace") for kind in kinds))
