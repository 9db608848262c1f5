"""Whether video can be decoded and encoded here, tried on pictures, not looked up in a list."""

from collections.abc import Iterator
from io import BytesIO
from typing import Literal

import av
import numpy as np
from av.codec import Codec
from av.container import OutputContainer
from av.video.stream import VideoStream

from edge.ingest.hardware import Hardware, fallback, missing
from placewatch.doctor.finding import Finding, fail, ok, warn

_REINSTALL = "pip install --force-reinstall av (its wheels carry the codecs)"
ENCODERS = (("h264", ("libx264", "libopenh264"), True), ("hevc", ("libx265",), False))
"""Codec, encoders that it can be tried with, and whether footage has to be transcoded with it."""

_FRAMES = 5
_SIZE = 64


def codecs() -> Iterator[Finding]:
    """H.264 and H.265 decoders, and the H.264 encoder that footage is transcoded with."""
    for name, encoders, needed in ENCODERS:
        encoder = next((each for each in encoders if _has(each, "w")), "")
        if not _has(name, "r"):
            yield fail("codecs", f"no {name} decoder", _REINSTALL)
        elif not encoder:
            text = f"{name}: there is a decoder; untried, for there is no encoder ({', '.join(encoders)})"
            yield (
                warn("codecs", text, "footage cannot be transcoded here; " + _REINSTALL)
                if needed
                else ok("codecs", text)
            )
        elif (frames := _round_trip(encoder)) == _FRAMES:
            yield ok("codecs", f"{name}: {_FRAMES} pictures encoded and decoded again")
        else:
            yield fail("codecs", f"{name}: of {_FRAMES} pictures {frames} came back", _REINSTALL)


def hardware(wanted: Hardware) -> Iterator[Finding]:
    """Whether the configured hardware decoder can be used."""
    why = missing(wanted)
    if not why:
        yield ok("decode", f"{wanted} opens")
        return
    remedy = "check driver and device; a PyAV built against the system's FFmpeg may know more kinds"
    yield warn("decode", fallback(wanted, why), remedy)


def _has(name: str, mode: Literal["r", "w"]) -> bool:
    try:
        Codec(name, mode)
    except av.codec.codec.UnknownCodecError:
        return False
    return True


def _round_trip(encoder: str) -> int:
    """How many of a few grey pictures survive encoding and decoding."""
    file = BytesIO()
    with av.open(file, "w", format="mpegts") as out:
        stream = _stream(out, encoder)
        for level in range(_FRAMES):
            grey = np.full((_SIZE, _SIZE, 3), 40 * level, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        out.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as container:
        return sum(1 for _ in container.decode(video=0))


def _stream(out: OutputContainer, encoder: str) -> VideoStream:
    stream = out.add_stream(encoder, rate=25, options={"x265-params": "log-level=none"})
    if not isinstance(stream, VideoStream):
        msg = f"{encoder} is no video encoder"
        raise TypeError(msg)
    stream.width = stream.height = _SIZE
    stream.pix_fmt = "yuv420p"
    return stream
