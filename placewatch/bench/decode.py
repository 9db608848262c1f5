"""CPU time of reading, of keyframes alone, and of decoding every picture, per second of video."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.ingest.decode import Decoder
from edge.ingest.source import open_source
from placewatch.bench.clips import BenchClip

REPEATS = 3


@dataclass(frozen=True, slots=True)
class DecodeFigures:
    """CPU milliseconds per second of video, the best of `REPEATS`, one thread.

    Attributes:
        clip: Name.
        format: Codec, size and rate.
        seconds: Length of the clip.
        packets_ms: Reading packets without decoding.
        keyframes_ms: Decoding keyframes alone.
        full_ms: Decoding every picture.
        cameras_a_core: How many such cameras one core decodes in full.
    """

    clip: str
    format: str
    seconds: float
    packets_ms: float
    keyframes_ms: float
    full_ms: float
    cameras_a_core: float


def measure(clip: BenchClip) -> DecodeFigures:
    """Measure one clip."""
    with open_source(str(clip.path)) as source:
        info = source.info
    seconds = info.duration_s
    full = _best(lambda: _full(clip.path), seconds)
    return DecodeFigures(
        clip=clip.name,
        format=f"{info.codec} {info.width}x{info.height} {info.fps:.3g} fps",
        seconds=round(seconds, 2),
        packets_ms=_best(lambda: _packets(clip.path), seconds),
        keyframes_ms=_best(lambda: keyframes(str(clip.path)), seconds),
        full_ms=full,
        cameras_a_core=round(1000 / full, 1),
    )


def _best(work: Callable[[], object], seconds: float) -> float:
    """Process time, which other programs on the machine do not lengthen much."""
    times: list[float] = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return round(1000 * min(times) / seconds, 2)


def _packets(path: Path) -> None:
    with open_source(str(path)) as source:
        for _ in source.packets():
            pass


def keyframes(url: str, shown: Callable[[], object] = lambda: None) -> None:
    """Read a clip or a camera to its end and decode its keyframes alone, with what PyAV gives and no more.

    Args:
        url: Path or address.
        shown: Called with the first picture.
    """
    with open_source(url) as source:
        source.stream.codec_context.skip_frame = "NONKEY"
        decoder = Decoder(source)
        packets = source.packets()
        for packet in packets:
            if decoder.decode(packet):
                shown()
                break
        for packet in packets:
            decoder.decode(packet)


def _full(path: Path) -> None:
    with open_source(str(path)) as source:
        decoder = Decoder(source)
        for packet in source.packets():
            decoder.decode(packet)
