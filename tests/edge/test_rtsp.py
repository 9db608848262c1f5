"""Cameras over RTSP, healthy and not: what arrives, what is said, and that they come back."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from messages import CameraState
from placewatch.footage.auth import Credentials
from tests.edge.cameras import Cameras, cameras
from tests.edge.clips import picture, write_clip
from tests.edge.readers import Transport, reading


def street(path: Path, codec: str = "libx264", options: dict[str, str] | None = None) -> Path:
    images = (picture((n * 8, 80, n * 8 + 24, 150)) for n in range(30))
    return write_clip(path, images, fps=20, gop=20, codec=codec, options=options)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cameras]:
    folder = tmp_path_factory.mktemp("clips")
    clips = {
        "h264": street(folder / "h264.mp4"),
        "h265": street(folder / "h265.mp4", "libx265", {"x265-params": "log-level=none"}),
        "bframes": street(folder / "bframes.mp4", options={"bf": "2", "preset": "medium"}),
    }
    with cameras(clips) as running:
        yield running


@pytest.fixture(autouse=True)
def healthy(served: Cameras) -> Iterator[None]:
    yield
    faults = served.faults("h264")
    faults.stalled, faults.disconnect, faults.corrupt, faults.skew_s = False, False, 0.0, 0.0


@pytest.mark.parametrize(
    ("name", "transport", "codec"),
    [("h264", "tcp", "h264"), ("h264", "udp", "h264"), ("h265", "tcp", "hevc"), ("bframes", "tcp", "h264")],
)
def test_a_healthy_camera(served: Cameras, name: str, transport: Transport, codec: str) -> None:
    with reading(served.url(name), stall_s=5.0, transport=transport) as run:
        run.wait(lambda: len(run.frames) >= 12)
        health = run.health
    assert (health.state, health.codec) == (CameraState.STREAMING, codec)
    assert (health.width, health.height) == (320, 192)
    assert health.reconnects == 0
    times = [frame.time for frame in run.frames]
    assert all(later > earlier for earlier, later in pairwise(times))
    assert 0.5 <= times[-1] - times[1] <= 3.0  # ten looks at ten a second
    assert abs(times[-1] - time.time()) < 3.0
    red = run.frames[-1].image[:, :, 2].astype(int) - run.frames[-1].image[:, :, 1]
    assert red.max() > 120  # the red person is there: colours and planes are where they belong


def test_the_loop_of_the_clip_is_no_event(served: Cameras) -> None:
    with reading(served.url("h264"), stall_s=5.0) as run:
        run.wait(lambda: len(run.frames) >= 20)  # the clip has 1.5 s
        assert run.health.reconnects == 0
        assert all(0.02 < later.time - earlier.time < 1 for earlier, later in pairwise(run.frames[3:]))


def test_a_stall_is_seen_told_and_survived(served: Cameras) -> None:
    faults = served.faults("h264")
    with reading(served.url("h264"), stall_s=1.0) as run:
        run.wait(lambda: run.health.state is CameraState.STREAMING)
        faults.stalled = True
        began = time.monotonic()
        run.wait(lambda: run.health.state is CameraState.STALLED)
        assert time.monotonic() - began < 4.0
        run.wait(lambda: run.health.reconnects >= 1)
        assert "no picture for 1 s: the camera sends nothing" in run.health.reason
        run.wait(lambda: run.health.reconnects >= 2)
        assert "no picture for" in run.health.reason  # it still stalls: opening it again brings nothing
        faults.stalled = False
        count = len(run.frames)
        run.wait(lambda: run.health.state is CameraState.STREAMING and len(run.frames) > count + 3)
        assert run.health.reason == ""


def test_a_camera_that_restarts(served: Cameras) -> None:
    faults = served.faults("h264")
    with reading(served.url("h264"), stall_s=2.0) as run:
        run.wait(lambda: run.health.state is CameraState.STREAMING)
        faults.disconnect = True
        run.wait(lambda: run.health.state is CameraState.FAILED)
        reasons = set()
        while run.health.reconnects < 3:
            reasons.add(run.health.reason)
            time.sleep(0.02)
        faults.disconnect = False
        run.wait(lambda: run.health.state is CameraState.STREAMING)
    assert any("ended the stream" in reason or "closed the connection" in reason for reason in reasons)


def test_corrupt_packets_are_counted_and_the_camera_goes_on(served: Cameras) -> None:
    faults = served.faults("h264")
    with reading(served.url("h264"), stall_s=3.0) as run:
        run.wait(lambda: run.health.state is CameraState.STREAMING)
        faults.corrupt = 0.5
        run.wait(lambda: run.health.decode_errors > 0)
        count = len(run.frames)
        faults.corrupt = 0.0
        run.wait(lambda: len(run.frames) > count + 5 and run.health.state is CameraState.STREAMING)


def test_timestamps_that_jump_do_not_move_the_capture_time(served: Cameras) -> None:
    faults = served.faults("h264")
    with reading(served.url("h264"), stall_s=5.0) as run:
        run.wait(lambda: len(run.frames) >= 3)
        for skew in (3600.0, -7200.0, 0.0):
            faults.skew_s = skew
            wanted = len(run.frames) + 4
            while len(run.frames) < wanted:
                time.sleep(0.02)
            assert abs(run.frames[-1].time - time.time()) < 3.0
    assert all(later.time > earlier.time for earlier, later in pairwise(run.frames))


def test_passwords(tmp_path: Path) -> None:
    clip = street(tmp_path / "clip.mp4")
    with cameras({"gate": clip}, credentials=Credentials("watch", "s3cr3t")) as guarded:
        with reading(guarded.url("gate", "watch:s3cr3t")) as run:
            run.wait(lambda: run.health.state is CameraState.STREAMING)
        with reading(guarded.url("gate", "watch:wr0ng")) as run:
            run.wait(lambda: "refuses the user name or password" in run.health.reason)
            assert "wr0ng" not in run.health.reason
        with reading(guarded.url("gate")) as run:
            run.wait(lambda: "asks for a user name and password" in run.health.reason)
        with reading(guarded.url("gatte", "watch:s3cr3t")) as run:
            run.wait(lambda: "has no stream /gatte" in run.health.reason)
