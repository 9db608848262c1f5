"""How cameras encode: sizes, codecs, rate control and keyframe intervals."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from placewatch.footage.scratch import scratch
from scripts.footagesets.pictures import Planes, joined

FPS = 25
SIZES = {"720p25": (1280, 720), "1080p25": (1920, 1080)}
_BITRATES = {"720p25": 2_000_000, "1080p25": 4_000_000}


@dataclass(frozen=True, slots=True)
class Format:
    """One way to encode.

    Attributes:
        size: Key of `SIZES`.
        codec: ``h264`` or ``h265``.
        gop: Pictures from one keyframe to the next.
        cbr: Whether the bit rate is held, as cameras do; else the quality is.
    """

    size: str
    codec: str
    gop: int
    cbr: bool

    @property
    def name(self) -> str:
        """For file names, such as ``720p25-h264-cbr-gop50``."""
        return f"{self.size}-{self.codec}-{'cbr' if self.cbr else 'crf'}-gop{self.gop}"


USUAL = (Format("720p25", "h264", 50, cbr=True), Format("1080p25", "h264", 50, cbr=True))
"""What most cameras send."""

FORMATS = tuple(
    form
    for size in SIZES
    for form in (
        Format(size, "h264", 50, cbr=True),
        Format(size, "h264", 25, cbr=True),
        Format(size, "h264", 250, cbr=True),
        Format(size, "h264", 50, cbr=False),
        Format(size, "h265", 50, cbr=False),
    )
)


class Writer:
    """One clip being written."""

    def __init__(self, out: OutputContainer, form: Format) -> None:
        self._out = out
        self._stream: VideoStream = out.add_stream(
            "libx264" if form.codec == "h264" else "libx265", rate=FPS, options=_options(form)
        )
        self._stream.width, self._stream.height = SIZES[form.size]
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.gop_size = form.gop
        self._stream.codec_context.time_base = Fraction(1, FPS)
        if form.cbr:
            self._stream.bit_rate = _BITRATES[form.size]
        self._count = 0

    def add(self, planes: Planes) -> None:
        """The next picture."""
        frame = av.VideoFrame.from_ndarray(joined(planes), format="yuv420p")
        frame.pts, frame.time_base = self._count, Fraction(1, FPS)
        self._count += 1
        self._out.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """What the encoder still holds."""
        self._out.mux(self._stream.encode(None))


@contextmanager
def writing(path: Path, form: Format) -> Iterator[Writer]:
    """Write a clip; it is there when the block ends well, and not at all otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch(path.parent) as work:
        file = work / path.name
        with av.open(str(file), "w") as out:
            writer = Writer(out, form)
            yield writer
            writer.finish()
        file.replace(path)


def _options(form: Format) -> dict[str, str]:
    """Cameras send no B-frames and set no keyframe where a scene changes."""
    if form.codec == "h265":
        own = f"keyint={form.gop}:min-keyint={form.gop}:scenecut=0:bframes=0:open-gop=0:log-level=error"
        return {"preset": "superfast", "crf": "28", "x265-params": f"{own}:pools=1:frame-threads=1"}
    options = {"preset": "veryfast", "bf": "0", "threads": "1", "sc_threshold": "0"}
    options["x264-params"] = f"keyint={form.gop}:min-keyint={form.gop}:scenecut=0"
    if form.cbr:
        rate = str(_BITRATES[form.size])
        options |= {"minrate": rate, "maxrate": rate, "bufsize": rate}
        options["x264-params"] += ":nal-hrd=cbr"
    else:
        options["crf"] = "23"
    return options
