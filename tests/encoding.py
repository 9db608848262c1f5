"""Clips in codecs that PyAV cannot write here: an FFmpeg without GPL parts has neither x264 nor x265."""

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import av

from edge.detect.detections import Image
from tests.parts import program

_X = {"libx264", "libx265"}


def can_write(codec: str) -> bool:
    """Whether PyAV has the encoder."""
    return codec in av.codec.codecs_available and _writes(codec)


def _writes(codec: str) -> bool:
    try:
        av.codec.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        return False
    return True


def write_with_ffmpeg(
    path: Path,
    images: Iterable[Image],
    *,
    fps: int,
    codec: str,
    gop: int = 0,
    options: Mapping[str, str] | None = None,
    container: Mapping[str, str] | None = None,
    sound: bool = False,
) -> Path:
    """Encode pictures with the ffmpeg program; options of x264 and x265 are left out for other codecs."""
    pictures = list(images)
    height, width = pictures[0].shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
    silence = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-c:a", "aac", "-shortest"] if sound else []
    how = ["-g", str(gop)] if gop else []
    for name, value in (options or {}).items():
        how += [f"-{name}", value] if codec in _X else []
    for name, value in (container or {}).items():
        how += [f"-{name}", value]
    pixels = ["-pix_fmt", "yuvj420p" if codec == "mjpeg" else "yuv420p"]
    if codec == "mjpeg":
        # RTP carries no Huffman tables (RFC 2435): cameras use those of the standard.
        pixels += ["-huffman", "default", "-force_duplicated_matrix", "1"]
    command = [
        program("ffmpeg"),
        "-v",
        "error",
        "-y",
        *raw,
        *silence,
        "-c:v",
        codec,
        *pixels,
        *how,
        str(path),
    ]
    subprocess.run(command, input=b"".join(each.tobytes() for each in pictures), check=True, timeout=120)
    return path
