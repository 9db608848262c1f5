"""Which H.264 encoder writes redacted clips: a table in order of preference, each proven by encoding.

H.264, because every browser and player shows it. Of the encoders that FFmpeg can hold, libopenh264 (BSD) and
those of the hardware (FFmpeg's own LGPL code around a driver) put no condition on what is distributed with
them; libx264 is GPL. PyAV's wheels hold libx264 and not libopenh264, so it is what most installations use. A
PyAV built against an FFmpeg with libopenh264 is used as it comes: that encoder stands first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from io import BytesIO
from typing import cast

import av
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream

from placewatch.errors import RedactionError


@dataclass(frozen=True, slots=True)
class H264Encoder:
    """An encoder of FFmpeg.

    Attributes:
        name: FFmpeg's.
        licence: Of the encoder's code (SPDX).
        needs: What must be there besides, for people.
        pix_fmt: Pixel format that it takes.
        options: Its options for small files of good quality.
        bits_per_pixel: Rate to ask for; 0 where the options ask for a quality.
    """

    name: str
    licence: str
    needs: str = ""
    pix_fmt: str = "yuv420p"
    options: Mapping[str, str] = field(default_factory=dict)
    bits_per_pixel: float = 0.1

    def __hash__(self) -> int:
        return hash(self.name)

    def add_to(
        self, container: OutputContainer, *, width: int, height: int, fps: float, key_s: float = 2.0
    ) -> VideoStream:
        """A video stream in ``container`` that this encoder writes.

        Args:
            container: Open for writing.
            width: Pixels, even.
            height: Pixels, even.
            fps: Nominal rate.
            key_s: Seconds from one keyframe to the next.
        """
        rate = Fraction(fps).limit_denominator(1001)
        stream = cast("VideoStream", container.add_stream(self.name, rate=rate, options=dict(self.options)))
        stream.width, stream.height, stream.pix_fmt = width, height, self.pix_fmt
        stream.codec_context.gop_size = max(1, round(key_s * fps))
        stream.codec_context.max_b_frames = 0
        if self.bits_per_pixel:
            stream.bit_rate = max(100_000, round(self.bits_per_pixel * width * height * fps))
        return stream


ENCODERS: tuple[H264Encoder, ...] = (
    H264Encoder("libopenh264", "BSD-2-Clause", "a PyAV whose FFmpeg has it"),
    H264Encoder("h264_nvenc", "LGPL-2.1-or-later", "an NVIDIA GPU and its driver", options={"preset": "p4"}),
    H264Encoder("h264_qsv", "LGPL-2.1-or-later", "an Intel GPU and its driver", "nv12"),
    H264Encoder("h264_amf", "LGPL-2.1-or-later", "an AMD GPU and its driver"),
    H264Encoder("h264_videotoolbox", "LGPL-2.1-or-later", "a Mac"),
    H264Encoder("h264_v4l2m2m", "LGPL-2.1-or-later", "a board whose kernel has the driver"),
    H264Encoder(
        "libx264",
        "GPL-2.0-or-later",
        "PyAV's own wheel",
        options={"preset": "ultrafast", "crf": "28"},
        bits_per_pixel=0.0,
    ),
)
"""In order of preference."""


def h264_encoder(order: Sequence[H264Encoder] | None = None) -> H264Encoder:
    """The first encoder that works on this machine.

    Args:
        order: To choose from; `ENCODERS` unless given.

    Raises:
        RedactionError: None does.
    """
    order = ENCODERS if order is None else order
    for encoder in order:
        if works(encoder):
            return encoder
    names = ", ".join(encoder.name for encoder in order)
    raise RedactionError(
        f"PyAV {av.__version__} has no H.264 encoder that works here ({names})",
        remedy="install PyAV's own wheel: a build against the system's FFmpeg may lack it",
    )


@lru_cache
def works(encoder: H264Encoder) -> bool:
    """Whether it is there and encodes: many builds list hardware that the machine does not have."""
    if encoder.name not in av.codec.codecs_available:
        return False
    grey = np.full((192, 320, 3), 90, np.uint8)
    try:
        with av.open(BytesIO(), "w", format="mp4") as container:
            stream = encoder.add_to(container, width=320, height=192, fps=10)
            for _ in range(3):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="bgr24")))
            container.mux(stream.encode(None))
    except (av.FFmpegError, OSError, ValueError):
        return False
    return True
