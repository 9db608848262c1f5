"""What clients receive: the clip itself, over the seam of the loop, in every codec, with every client."""

import asyncio
import hashlib
import subprocess
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import av
import pytest

from placewatch.clock import ManualClock, SystemClock
from placewatch.footage.clip import load_clip
from placewatch.footage.faults import Faults
from placewatch.footage.rtp import RtpSender
from placewatch.footage.serve import running
from placewatch.footage.server import ReplayServer
from placewatch.footage.stream import MAX_BUFFERED, Outlet, Player, Shelf
from placewatch.footage.timeline import CLOCK_RATE
from tests.edge.clips import picture, write_clip
from tests.parts import program

FPS = 40
PICTURES = 30


def street(path: Path, codec: str = "libx264", options: dict[str, str] | None = None) -> Path:
    images = (picture((n * 8, 80, n * 8 + 24, 150)) for n in range(PICTURES))
    return write_clip(path, images, fps=FPS, gop=10, codec=codec, options=options)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("clips")
    bframes = {"bf": "3", "preset": "medium"}
    return {
        "h264": street(folder / "h264.mp4"),
        "h265": street(folder / "h265.mp4", "libx265", {"x265-params": "log-level=none"}),
        "bframes": street(folder / "bframes.mp4", options=bframes),
        "mkv": street(folder / "mkv.mkv", options=bframes),
        "ts": street(folder / "ts.ts"),
    }


@pytest.fixture(scope="module")
def server(files: dict[str, Path]) -> Iterator[ReplayServer]:
    clips = [load_clip(path, name) for name, path in files.items()]
    clips.append(load_clip(files["bframes"], "from file", hold_bytes=0))
    assert [clip.held is None for clip in clips] == [False] * len(files) + [True]
    with running(ReplayServer(clips, port=0)) as started:
        yield started


def decoded(url: str, count: int, transport: str = "tcp") -> list[tuple[float, str]]:
    """Time and hash of the first ``count`` pictures."""
    options = {"rtsp_transport": transport} if url.startswith("rtsp") else {}
    with av.open(url, options=options, timeout=10) as container:
        frames = islice(container.decode(video=0), count)
        return [
            (float(frame.time or 0.0), hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest())
            for frame in frames
        ]


@pytest.mark.parametrize("name", ["h264", "h265", "bframes", "mkv", "ts", "from file"])
def test_loop_is_the_clip_again_and_again(server: ReplayServer, name: str) -> None:
    file = server.shelves[name].clip.path
    clip = [digest for _, digest in decoded(str(file), PICTURES)]
    seen = decoded(server.url(name), PICTURES + 15)
    start = clip.index(seen[0][1])
    assert [digest for _, digest in seen] == [clip[(start + n) % PICTURES] for n in range(len(seen))]
    gaps = [later - earlier for (earlier, _), (later, _) in pairwise(seen[1:])]
    assert all(gap == pytest.approx(1 / FPS, abs=0.002) for gap in gaps)


def test_udp(server: ReplayServer) -> None:
    assert len(decoded(server.url("h264"), 15, "udp")) == 15


def test_gstreamer_plays_it(server: ReplayServer) -> None:
    launch = program("gst-launch-1.0")
    for name, depay, decoder in (
        ("h264", "rtph264depay", "avdec_h264"),
        ("h265", "rtph265depay", "avdec_h265"),
    ):
        source = ["rtspsrc", f"location={server.url(name)}", "protocols=tcp"]
        sink = ["identity", "eos-after=40", "!", "fakesink", "sync=false"]
        command = [launch, "-q", *source, "!", depay, "!", decoder, "!", *sink]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert "ERROR" not in done.stderr


def test_ffmpeg_plays_it(server: ReplayServer) -> None:
    command = [program("ffmpeg"), "-v", "error", "-rtsp_transport", "tcp", "-i", server.url("bframes")]
    done = subprocess.run(
        [*command, "-t", "2", "-f", "null", "-"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert not done.stderr


def test_stall(server: ReplayServer) -> None:
    faults = server.faults("ts")
    with av.open(server.url("ts"), options={"rtsp_transport": "tcp"}, timeout=(5, 0.7)) as container:
        stream = container.demux(video=0)
        next(stream)
        faults.stalled = True
        with pytest.raises(av.FFmpegError):
            list(islice(stream, 1000))
    faults.stalled = False


def test_damage_and_loss() -> None:
    faults = Faults()
    parts = [bytes(100), bytes(8000)]
    assert faults.lose(faults.damage(parts)) is parts, "a healthy camera"
    faults.corrupt = 1.0
    damaged = faults.damage(parts)
    assert all(now != before for now, before in zip(damaged, parts, strict=True))
    assert [len(part) for part in damaged] == [100, 8000]
    faults.loss = 0.5
    assert 400 < len(faults.lose([b"packet"] * 1000)) < 600


def test_timestamps_wrap(server: ReplayServer) -> None:
    """RTP time has 32 bits: after 13 hours it begins again, and clients go on."""
    faults = server.faults("h264")
    faults.skew_s = 2**32 / CLOCK_RATE - 0.5
    times = [time for time, _ in decoded(server.url("h264"), 25)]
    faults.skew_s = 0.0
    assert all(later - earlier == pytest.approx(1 / FPS, abs=0.002) for earlier, later in pairwise(times[1:]))


def test_a_file_that_vanishes_ends_its_stream_only(files: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "gone.mp4"
    path.write_bytes(files["h264"].read_bytes())
    clips = [load_clip(path, "gone", hold_bytes=0), load_clip(files["h264"], "here")]
    with running(ReplayServer(clips, port=0)) as server:
        path.unlink()
        assert decoded(server.url("gone"), 1) == []
        assert len(decoded(server.url("here"), 5)) == 5


def test_a_server_that_slept_goes_on_where_it_was(files: dict[str, Path]) -> None:
    """After a machine's suspend, an hour of pictures does not come at once."""
    clock = ManualClock(0.0)
    sent: list[int] = []

    async def scene() -> None:
        outlet = Outlet(lambda packets: sent.append(len(packets)), lambda _: None, lambda: 0, 8000)
        player = Player(Shelf(load_clip(files["h264"], "h264")), RtpSender(1), clock)
        player.resume()
        task = asyncio.create_task(player.run(outlet))
        await asyncio.sleep(0.02)
        clock.advance(3600.0)
        await asyncio.sleep(0.2)
        task.cancel()

    asyncio.run(scene())
    assert 0 < len(sent) < 10


def test_slow_client_misses_pictures_up_to_a_keyframe(files: dict[str, Path]) -> None:
    """A client that reads nothing costs no memory: nothing is sent until it reads, then from a keyframe."""
    shelf = Shelf(load_clip(files["h264"], "h264"))
    sent: list[int] = []
    waiting = 0

    def take(packets: list[bytes]) -> None:
        nonlocal waiting
        sent.append(int.from_bytes(packets[0][4:8]))
        waiting = MAX_BUFFERED + 1 if len(sent) == 3 else waiting

    async def scene() -> None:
        nonlocal waiting
        outlet = Outlet(take, lambda _: None, lambda: waiting, 8000)
        player = Player(shelf, RtpSender(1), SystemClock())
        player.resume()
        task = asyncio.create_task(player.run(outlet))
        await asyncio.sleep(0.2)
        waiting = 0
        await asyncio.sleep(0.5)
        task.cancel()

    asyncio.run(scene())
    keyframe = 10 * CLOCK_RATE // FPS
    assert sent[2] == 2 * CLOCK_RATE // FPS
    assert sent[3] > sent[2] + CLOCK_RATE // FPS, "some were missed"
    assert sent[3] % keyframe == 0
