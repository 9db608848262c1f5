"""What clients receive: the clip itself, over the seam of the loop, in every codec, with every client."""

import asyncio
import hashlib
import subprocess
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import av
import pytest

from placewatch.clock import SystemClock
from placewatch.errors import StreamError
from placewatch.footage.catalog import read_folder
from placewatch.footage.clip import load_clip
from placewatch.footage.fetch import SHOTS
from placewatch.footage.rtp import RtpSender
from placewatch.footage.serve import running
from placewatch.footage.server import ReplayServer
from placewatch.footage.stream import MAX_BUFFERED, Outlet, Player, Shelf
from placewatch.footage.timeline import CLOCK_RATE
from tests.edge.clips import picture, write_clip
from tests.parts import program

FPS = 20
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
    with running(ReplayServer(files, port=0)) as started:
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


@pytest.mark.parametrize("name", ["h264", "h265", "bframes", "mkv", "ts"])
def test_loop_is_the_clip_again_and_again(server: ReplayServer, files: dict[str, Path], name: str) -> None:
    clip = [digest for _, digest in decoded(str(files[name]), PICTURES)]
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
        [*command, "-t", "3", "-f", "null", "-"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert not done.stderr


def test_stall_and_corruption(server: ReplayServer) -> None:
    faults = server.faults("ts")
    with av.open(server.url("ts"), options={"rtsp_transport": "tcp"}, timeout=(5, 1.0)) as container:
        stream = container.demux(video=0)
        next(stream)
        faults.stalled = True
        with pytest.raises(av.FFmpegError):
            list(islice(stream, 1000))
    faults.stalled = False
    faults.corrupt = 1.0
    parts = [bytes(100), bytes(8000)]
    assert faults.damage(parts) != parts
    assert [len(part) for part in faults.damage(parts)] == [len(part) for part in parts]
    faults.corrupt = 0.0


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
        await asyncio.sleep(0.4)
        waiting = 0
        await asyncio.sleep(0.6)
        task.cancel()

    asyncio.run(scene())
    keyframe = 10 * CLOCK_RATE // FPS
    assert sent[2] == 2 * CLOCK_RATE // FPS
    assert sent[3] == keyframe


def test_folder_of_clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEWATCH_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "clips"
    (folder / "gate").mkdir(parents=True)
    street(folder / "a.mp4")
    street(folder / "gate" / "b.mkv")
    street(folder / "old.avi", "mpeg4")
    (folder / "notes.mp4").write_text("this is no video")
    (folder / "readme.txt").write_text("nor is this")
    told: list[str] = []
    catalog = read_folder(folder, lambda what, _share: told.append(what))
    assert set(catalog.clips) == {"a", "gate/b", "old"}
    assert load_clip(catalog.clips["old"], "old").codec == "h264"
    assert len(catalog.problems) == 1
    assert "notes.mp4" in catalog.problems[0]
    assert set(told) == {"old.avi: H.264"}
    told.clear()
    read_folder(folder, lambda what, _share: told.append(what))
    assert not told, "transcoded once"


def test_nothing_to_serve(tmp_path: Path) -> None:
    for folder, reason in ((tmp_path / "absent", "no such folder"), (tmp_path, "no video")):
        with pytest.raises(StreamError, match=reason):
            read_folder(folder, lambda _what, _share: None)


def test_names_of_the_default_footage() -> None:
    names = [shot.name for shot in SHOTS]
    assert len(set(names)) == len(names)
    assert all(shot.end_s is None or shot.end_s > shot.begin_s for shot in SHOTS)
