"""Clips: streamed, held over misses, without sound and metadata, whole or not at all."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from edge.detect.detections import Image
from edge.frame import Frame
from edge.redact import h264
from edge.redact.clip import redact_clip
from edge.redact.clipfile import open_clip
from edge.redact.encode import ClipWriter
from edge.redact.h264 import ENCODERS, H264Encoder, works
from edge.redact.image import RedactedImage, seal
from edge.redact.regions import Regions, Subject
from placewatch.errors import RedactionError
from tests.parts import program
from tests.redact.clips import SQUARE, picture, read_clip, square_at, write_clip
from tests.redact.fakes import boxes, noise


@dataclass
class FindsSquare:
    """Finds the square of clip pictures, except in those it is told to miss."""

    misses: frozenset[int] = frozenset()
    asked: list[int] = field(default_factory=list)

    def find(self, image: Image) -> Regions:
        where = np.argwhere(image[40 : 40 + SQUARE].max(axis=(0, 2)) > 200)
        if not len(where):
            return Regions.empty()
        x = int(where[0, 0])
        index = round((x - 10) / 3)
        self.asked.append(index)
        if index in self.misses:
            return Regions.empty()
        return Regions.of(boxes((x - 4, 36, x + SQUARE + 4, 44 + SQUARE)), Subject.FACE)


def frames(count: int = 30, fps: float = 10.0) -> Iterator[Frame]:
    for index in range(count):
        yield Frame(picture(index, 160, 120), 5.0 + index / fps, index)


def detail(image: Image, index: int) -> float:
    """Contrast that is left where the square is in picture ``index``."""
    x, y = square_at(index)
    part = image[y : y + SQUARE, x : x + SQUARE].astype(float)
    return float(np.abs(np.diff(part, axis=1)).max())


def test_every_picture_comes_out_covered_in_order_at_its_time() -> None:
    result = list(redact_clip(frames(), FindsSquare()))
    assert [each.time for each in result] == [frame.time for frame in frames()]
    assert max(detail(each.image.pixels, index) for index, each in enumerate(result)) < 60
    assert detail(picture(3, 160, 120), 3) == 255


@pytest.mark.parametrize(
    "misses", [{7}, {4, 5, 6, 11, 12}, set(range(10, 18)), {0, 1, 2, 3}, set(range(24, 30))]
)
def test_a_subject_missed_for_a_moment_stays_covered(misses: set[int]) -> None:
    result = list(redact_clip(frames(), FindsSquare(frozenset(misses))))
    for index, each in enumerate(result):
        assert detail(each.image.pixels, index) < 90, index


def test_a_fast_camera_is_searched_less_often_and_covered_no_less() -> None:
    finder = FindsSquare()
    result = list(redact_clip(frames(45, fps=50.0), finder))
    assert len(finder.asked) < 20
    assert max(detail(each.image.pixels, index) for index, each in enumerate(result)) < 90


def test_it_streams() -> None:
    read: list[int] = []

    def source() -> Iterator[Frame]:
        for frame in frames(40):
            read.append(frame.index)
            yield frame

    stream = redact_clip(source(), FindsSquare(), hold_s=1.0)
    next(stream)
    assert read[-1] == 10  # one second of look-ahead at 10 pictures a second
    next(stream)
    assert read[-1] == 11


def test_memory_is_bounded_whatever_the_picture_size() -> None:
    one = picture(0, 160, 120).nbytes
    waiting = most = 0

    def source() -> Iterator[Frame]:
        nonlocal waiting, most
        for frame in frames(40):
            waiting += 1
            most = max(most, waiting)
            yield frame

    result = []
    for each in redact_clip(source(), FindsSquare(), most_bytes=4 * one):
        waiting -= 1
        result.append(each)
    assert most <= 6
    assert max(detail(each.image.pixels, index) for index, each in enumerate(result)) < 60


def test_a_failed_search_stops_the_clip() -> None:
    class Fails:
        def find(self, image: Image) -> Regions:
            raise RedactionError("no model", where=str(image.shape))

    with pytest.raises(RedactionError, match="no model"):
        list(redact_clip(frames(), Fails()))


def test_no_pictures_no_clip() -> None:
    assert list(redact_clip(iter(()), FindsSquare())) == []


def sealed(width: int, height: int, seed: int = 0) -> RedactedImage:
    return seal(noise(width, height, seed), Regions.empty())


@pytest.mark.parametrize("size", [(64, 48), (65, 47), (2, 2), (1, 1)])
def test_clips_of_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "out.mp4"
    with ClipWriter(path, fps=10) as writer:
        for index in range(5):
            writer.write(sealed(*size, index), 100 + index / 10)
    shown = read_clip(path)
    assert len(shown) == 5
    # Even, and at least a macroblock a side: some encoders take no less.
    assert shown[0].shape[:2] == tuple(max(16, side + side % 2) for side in reversed(size))


def test_times_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    times = [7.0, 7.1, 7.5, 7.5, 9.0]
    with ClipWriter(path, fps=10) as writer:
        for time in times:
            writer.write(sealed(64, 48), time)
    with av.open(str(path)) as container:
        shown = [frame.time for frame in container.decode(video=0)]
    assert shown == pytest.approx([0, 0.1, 0.5, 0.5, 2.0], abs=1e-3)


def test_a_clip_in_memory() -> None:
    file = BytesIO()
    with ClipWriter(file, fps=10) as writer:
        writer.write(sealed(64, 48), 0.0)
    file.seek(0)
    with av.open(file, "r") as container:
        assert len(list(container.decode(video=0))) == 1


def write_one(path: Path, *pictures: RedactedImage) -> None:
    with ClipWriter(path, fps=10) as writer:
        for index, each in enumerate(pictures or (sealed(64, 48),)):
            writer.write(each, index / 10)


def test_pictures_of_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RedactionError, match="32x32 in a clip of 64x48"):
        write_one(tmp_path / "out.mp4", sealed(64, 48), sealed(32, 32))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RedactionError, match="cannot be written: no such file"):
        write_one(tmp_path / "nowhere" / "out.mp4")


def test_no_encoder_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(h264, "ENCODERS", (H264Encoder("no_such_encoder", "none"),))
    with pytest.raises(RedactionError, match=r"no H\.264 encoder"):
        ClipWriter(tmp_path / "out.mp4", fps=10)


@pytest.mark.parametrize("encoder", ENCODERS, ids=lambda encoder: str(encoder.name))
def test_every_encoder_gives_the_same_kind_of_clip(
    monkeypatch: pytest.MonkeyPatch, encoder: H264Encoder
) -> None:
    """H.264, 4:2:0, no B-frames, a keyframe every two seconds, times kept, index in front, small."""
    if not works(encoder):
        pytest.skip(f"{encoder.name} is not there ({encoder.needs})")
    monkeypatch.setattr(h264, "ENCODERS", (encoder,))
    file = BytesIO()
    times = [index / 10 + (0.03 if index % 3 else 0.0) for index in range(45)]
    with ClipWriter(file, fps=10) as writer:
        for index, time in enumerate(times):
            writer.write(seal(picture(index, 320, 192), Regions.empty()), 100 + time)
    made = file.getvalue()
    assert made.index(b"moov") < made.index(b"mdat")
    assert len(made) < 400_000
    with av.open(BytesIO(made), "r") as container:
        (stream,) = container.streams
        assert isinstance(stream, av.VideoStream)
        context = stream.codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 320, 192)
        packets = [packet for packet in container.demux(stream) if packet.size]
        assert [packet.pts for packet in packets] == [packet.dts for packet in packets]
        keys = [times[index] for index, packet in enumerate(packets) if packet.is_keyframe]
        assert keys[0] == 0
        assert max(later - earlier for earlier, later in pairwise([*keys, times[-1]])) <= 2.1
    with av.open(BytesIO(made), "r") as container:
        shown = list(container.decode(video=0))
    assert [float(frame.time) for frame in shown] == pytest.approx(times, abs=1e-4)
    for index in (0, 20, 44):
        got = shown[index].to_ndarray(format="bgr24").astype(float)
        assert np.abs(got - picture(index, 320, 192)).mean() < 4, index


def test_an_independent_player_reads_it(tmp_path: Path) -> None:
    ffprobe = program("ffprobe")
    path = tmp_path / "out.mp4"
    with ClipWriter(path, fps=25, aspect=Fraction(16, 11)) as writer:
        for index in range(30):
            writer.write(sealed(704, 576, index), index / 25)
    entries = "stream=codec_name,width,height,sample_aspect_ratio,nb_read_frames:format_tags"
    asked = [ffprobe, "-v", "error", "-count_frames", "-show_entries", entries, "-of", "csv=p=0", str(path)]
    said = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)
    assert said.stderr == ""
    assert said.stdout.splitlines()[0] == "h264,704,576,16:11,30"


def test_a_file_gives_its_pictures_upright_from_time_0(tmp_path: Path) -> None:
    with open_clip(write_clip(tmp_path / "in.mp4", sound=True)) as clip:
        shown = list(clip.frames())
        assert clip.fps == pytest.approx(10)
        assert clip.length == pytest.approx(3.0, abs=0.2)
        assert clip.damaged == 0
    assert [frame.time for frame in shown] == pytest.approx([index / 10 for index in range(30)])
    assert shown[0].size == (160, 120)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_clip_is_shown_as_players_show_it(tmp_path: Path, degrees: int) -> None:
    """ffmpeg turns by the display matrix itself: its picture and ours agree."""
    ffmpeg = program("ffmpeg")
    plain, turned, shown = (tmp_path / f"{name}.mp4" for name in ("plain", "turned", "shown"))
    write_clip(plain, size=(160, 96), count=3)
    quiet = [ffmpeg, "-v", "error", "-y"]
    subprocess.run(
        [*quiet, "-i", str(plain), "-c", "copy", "-metadata:s:v:0", f"rotate={degrees}", str(turned)],
        check=True,
        timeout=60,
    )
    subprocess.run(
        [*quiet, "-i", str(turned), "-c:v", "libx264", "-crf", "1", str(shown)], check=True, timeout=60
    )
    with open_clip(turned) as clip:
        ours = next(clip.frames()).image
    theirs = read_clip(shown)[0]
    assert ours.shape == theirs.shape
    assert np.abs(ours.astype(int) - theirs.astype(int)).mean() < 6


def test_a_damaged_clip_gives_what_can_be_decoded(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "in.ts", count=60, codec="mpeg2video").read_bytes()
    damaged = bytearray(whole)
    rng = np.random.default_rng(3)
    for at in rng.integers(len(whole) // 3, len(whole), 400):
        damaged[at] = 255 - damaged[at]
    broken = tmp_path / "broken.ts"
    broken.write_bytes(bytes(damaged))
    with open_clip(broken) as clip:
        shown = list(clip.frames())
    assert len(shown) > 15
    assert all(later.time > earlier.time for earlier, later in pairwise(shown))
