"""Is it really a JPEG, of the size it says, and nothing else besides?

Walks the segments of ITU-T T.81 (annex B) without decoding pixels. Besides broken files it refuses what a
redacted picture has no use for: metadata segments, which may hold a thumbnail of the picture before
redaction, and bytes after the end of the image.
"""

import re
from dataclasses import dataclass

MAX_PIXELS = 40_000_000
"""Largest picture taken."""

_SOI, _EOI, _SOS, _APP0, _COM = 0xD8, 0xD9, 0xDA, 0xE0, 0xFE
_METADATA = frozenset({*range(0xE1, 0xEE), 0xEF, _COM})  # APP14 (Adobe) only says how colours are coded
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended, progressive: what browsers show
_OTHER_FRAMES = frozenset(range(0xC3, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


class JpegError(ValueError):
    """Not a picture that is taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int


def inspect(data: bytes) -> Size:
    """Width and height of a sound JPEG.

    Args:
        data: The whole file.

    Raises:
        JpegError: It is not a JPEG, is cut short, too large, carries metadata, or goes on after its end.
    """
    if data[:2] != bytes((0xFF, _SOI)):
        raise JpegError("not a JPEG")
    position = 2
    size: Size | None = None
    scans = 0
    while True:
        marker, position = _marker(data, position)
        if marker == _EOI:
            break
        segment, position = _segment(data, position)
        size = _frame(marker, segment, size)
        if marker == _SOS:
            scans += 1
            position = _end_of_scan(data, position)
    if size is None or not scans:
        raise JpegError("holds no picture")
    if position != len(data):
        raise JpegError(f"{len(data) - position} bytes follow its end")
    return size


def _frame(marker: int, segment: bytes, known: Size | None) -> Size | None:
    if marker in _METADATA:
        raise JpegError("carries metadata, which a redacted picture must not")
    if marker in _OTHER_FRAMES:
        raise JpegError("a kind of JPEG that browsers do not show")
    if marker not in _FRAMES:
        return known
    if known is not None:
        raise JpegError("has two frame headers")
    return _size(segment)


def _marker(data: bytes, position: int) -> tuple[int, int]:
    if position + 2 > len(data):
        raise JpegError("is cut short")
    if data[position] != 0xFF:
        raise JpegError(f"has no marker at byte {position}")
    while position + 1 < len(data) and data[position + 1] == 0xFF:  # fill bytes
        position += 1
    if position + 2 > len(data):
        raise JpegError("is cut short")
    marker = data[position + 1]
    if marker in {0x00, 0x01, _SOI} or 0xD0 <= marker <= 0xD7:
        raise JpegError(f"has a misplaced marker at byte {position}")
    return marker, position + 2


def _segment(data: bytes, position: int) -> tuple[bytes, int]:
    length = int.from_bytes(data[position : position + 2], "big")
    end = position + length
    if length < 2 or end > len(data):
        raise JpegError("is cut short")
    return data[position + 2 : end], end


def _size(segment: bytes) -> Size:
    if len(segment) < 6 or segment[0] != 8 or segment[5] not in {1, 3}:
        raise JpegError("is neither 8-bit grey nor 8-bit colour")
    size = Size(int.from_bytes(segment[3:5], "big"), int.from_bytes(segment[1:3], "big"))
    if not (size.width and size.height):
        raise JpegError("has no size")
    if size.width * size.height > MAX_PIXELS:
        raise JpegError(f"is {size.width} x {size.height}, over {MAX_PIXELS // 1_000_000} megapixels")
    return size


def _end_of_scan(data: bytes, position: int) -> int:
    found = _MARKER.search(data, position)
    if found is None:
        raise JpegError("is cut short")
    return found.start()
