"""What a JPEG file says of itself."""

_NOT_FRAMES = frozenset({0xC4, 0xC8, 0xCC})


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height that a JPEG file's frame header gives (ITU-T T.81, B.2.2).

    Raises:
        ValueError: No frame header in it.
    """
    at = 2
    while at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in _NOT_FRAMES:
            return int.from_bytes(jpeg[at + 7 : at + 9]), int.from_bytes(jpeg[at + 5 : at + 7])
        at += 2 + length
    msg = "a JPEG file without a frame header"
    raise ValueError(msg)
