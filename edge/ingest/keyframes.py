"""Which packets a decoder may really begin with.

FFmpeg also calls an H.264 picture a keyframe that merely has a recovery point (ITU-T H.264 D.2.8): with
intra refresh these are P pictures, whole only after many more. From such a one alone nothing can be seen.
"""

from collections.abc import Iterator

from edge.ingest.source import VideoPacket

_READ = 8192
"""Bytes of a packet in which its first slice begins: parameter sets and messages before it are short."""

_IDR, _SLICE = 5, 1
_PREDICTED = frozenset({0, 1, 3, 5, 6, 8})
"""P, B and SP slices (ITU-T H.264 table 7-6)."""


class Keyframes:
    """Tells the keyframes of one stream.

    Args:
        codec: FFmpeg's name, such as ``h264``.
        header: The stream's codec header (extradata); an avcC record says that NAL units have lengths before
            them instead of start codes.
    """

    def __init__(self, codec: str, header: bytes | None) -> None:
        self._h264 = codec == "h264"
        self._length = (header[4] & 3) + 1 if header and len(header) > 4 and header[0] == 1 else 0

    def is_one(self, packet: VideoPacket) -> bool:
        """Whether decoding may begin with this packet and its picture is whole."""
        if not packet.is_keyframe or packet.is_corrupt:
            return False
        return not self._h264 or is_intra(bytes(memoryview(packet)[:_READ]), self._length)


def is_intra(picture: bytes, length: int = 0) -> bool:
    """Whether the first slice of an H.264 picture needs no other picture; True when it is not found.

    Args:
        picture: The beginning of its NAL units.
        length: Bytes of the length before each; 0 when they have start codes.
    """
    for nal in _nals(picture, length):
        kind = nal[0] & 0x1F
        if kind == _IDR:
            return True
        if kind == _SLICE:
            return _slice_type(nal) not in _PREDICTED
    return True


def _slice_type(nal: bytes) -> int:
    """Second number of a slice's header (ITU-T H.264 7.3.3)."""
    bits = "".join(f"{byte:08b}" for byte in nal[1:9])
    _, at = _golomb(bits, 0)
    return _golomb(bits, at)[0]


def _golomb(bits: str, at: int) -> tuple[int, int]:
    """An ue(v) number (ITU-T H.264 9.1) and where it ends; -1 where it is cut off."""
    one = bits.find("1", at)
    zeros = one - at
    end = one + zeros + 1
    return (-1, at) if one < 0 or end > len(bits) else (int(bits[one:end], 2) - 1, end)


def _nals(picture: bytes, length: int) -> Iterator[bytes]:
    """The first bytes of each NAL unit."""
    at = 0
    while at < len(picture):
        if length:
            begin = at + length
            at = begin + int.from_bytes(picture[at:begin])
        else:
            begin = at = picture.find(b"\x00\x00\x01", at) + 3
            if begin < 3:
                return
        if begin < len(picture):
            yield picture[begin : begin + 16]
