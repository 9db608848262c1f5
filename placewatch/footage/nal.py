"""NAL units of H.264 and H.265 byte streams, and the parameter sets among them."""

from collections.abc import Generator, Iterator, Sequence

PARAMETER_TYPES = {"h264": (7, 8), "hevc": (32, 33, 34)}
"""NAL types of parameter sets in the order in which they are sent (SPS, PPS; VPS, SPS, PPS)."""

_DELIMITER = {"h264": 9, "hevc": 35}
"""NAL type of the access unit delimiter, which stays first in its picture."""


def split_nals(stream: bytes) -> Iterator[bytes]:
    """NAL units of a byte stream with start codes (ITU-T H.264 annex B)."""
    begin = stream.find(b"\x00\x00\x01")
    while begin >= 0:
        end = stream.find(b"\x00\x00\x01", begin + 3)
        nal = stream[begin + 3 : end if end >= 0 else len(stream)]
        if end >= 0 and nal.endswith(b"\x00"):
            nal = nal[:-1]  # the next start code has four bytes
        if nal:
            yield nal
        begin = end


def header_nals(codec: str, header: bytes) -> Iterator[bytes]:
    """NAL units of a container's codec header: a byte stream, or an avcC or hvcC record.

    What is broken ends early. The records are those of ISO/IEC 14496-15 §5.3.3.1 and §8.3.3.1.
    """
    if header.startswith((b"\x00\x00\x01", b"\x00\x00\x00\x01")):
        yield from split_nals(header)
    elif codec == "h264":
        at = 5
        for mask in (0x1F, 0xFF):
            count, at = int.from_bytes(header[at : at + 1]) & mask, at + 1
            at = yield from _sized_nals(header, at, count)
    else:
        at = 23
        for _ in range(int.from_bytes(header[22:23])):
            count = int.from_bytes(header[at + 1 : at + 3])
            at = yield from _sized_nals(header, at + 3, count)


def _sized_nals(header: bytes, at: int, count: int) -> Generator[bytes, None, int]:
    """``count`` NAL units with two bytes of size each; returns where they end."""
    for _ in range(count):
        size = int.from_bytes(header[at : at + 2])
        at += 2 + size
        if not size or at > len(header):
            break
        yield header[at - size : at]
    return at


def nal_type(codec: str, nal: bytes) -> int:
    """The NAL unit's type number (H.264 table 7-1, H.265 table 7-1)."""
    return nal[0] & 0x1F if codec == "h264" else (nal[0] >> 1) & 0x3F


class ParameterSets:
    """The parameter sets in force, so that every keyframe can carry them.

    A client that joins, or that lost packets, can begin at any keyframe only if they travel with it; many
    files have them once, at the beginning or in the container's header.

    Args:
        codec: ``h264`` or ``hevc``.
        header: NAL units of the container's header.
    """

    def __init__(self, codec: str, header: Sequence[bytes] = ()) -> None:
        self._codec = codec
        self._kinds = PARAMETER_TYPES[codec]
        self._held: dict[int, tuple[bytes, ...]] = {}
        self._note(header)

    @property
    def held(self) -> tuple[bytes, ...]:
        """All of them, in sending order."""
        return tuple(nal for kind in self._kinds for nal in self._held.get(kind, ()))

    def complete(self, nals: tuple[bytes, ...], *, key: bool) -> tuple[bytes, ...]:
        """The picture's NAL units; a keyframe's with the parameter sets it lacks."""
        found = self._note(nals)
        missing = tuple(nal for kind in self._kinds if kind not in found for nal in self._held.get(kind, ()))
        if not key or not missing:
            return nals
        delimited = nal_type(self._codec, nals[0]) == _DELIMITER[self._codec]
        return (*nals[:delimited], *missing, *nals[delimited:])

    def _note(self, nals: Sequence[bytes]) -> dict[int, tuple[bytes, ...]]:
        found: dict[int, tuple[bytes, ...]] = {}
        for nal in nals:
            kind = nal_type(self._codec, nal)
            if kind in self._kinds and nal not in found.get(kind, ()):
                found[kind] = (*found.get(kind, ()), nal)
        self._held |= found
        return found
