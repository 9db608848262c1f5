"""A camera's loop on clips, dead ports and servers that refuse: pictures, states, reasons."""

import time
from itertools import pairwise
from pathlib import Path

from messages import CameraState
from tests.edge.clips import picture, write_clip
from tests.edge.readers import reading
from tests.edge.scripted import answering, closed_port, rtsp


def test_a_clip_plays_in_real_time_and_begins_again(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "clip.mp4", (picture((n * 8, 80, n * 8 + 24, 150)) for n in range(20)), fps=20
    )
    began = time.monotonic()
    with reading(str(path), fps=5.0) as run:
        run.wait(lambda: run.health.reconnects >= 1 and len(run.frames) >= 9)
        took = time.monotonic() - began
        health = run.health
    assert took >= 1.5
    assert (health.state, health.codec, health.width, health.height) == (
        CameraState.STREAMING,
        "h264",
        320,
        192,
    )
    assert health.reason == ""
    times = [frame.time for frame in run.frames]
    assert all(0.05 < later - earlier < 3 for earlier, later in pairwise(times))
    assert abs(times[-1] - time.time()) < 5
    assert len({frame.index for frame in run.frames}) == len(run.frames)


def test_a_dead_port_is_tried_again_and_the_reason_stays_readable() -> None:
    with reading(f"rtsp://u:s3cr3t@127.0.0.1:{closed_port()}/x") as run:
        run.wait(lambda: run.health.reconnects >= 3)
        health = run.health
    assert health.state in {CameraState.FAILED, CameraState.CONNECTING}
    assert "refuses the connection" in health.reason
    assert "attempt" in health.reason
    assert "s3cr3t" not in health.reason


def test_a_wrong_password_says_so() -> None:
    with (
        answering(rtsp("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"')) as port,
        reading(f"rtsp://u:s3cr3t@127.0.0.1:{port}/x") as run,
    ):
        run.wait(lambda: "password" in run.health.reason)
        assert "s3cr3t" not in run.health.reason


def test_a_clip_without_pictures_does_not_spin(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", [picture()])
    path.write_bytes(path.read_bytes().replace(b"avc1", b"xyz1"))
    with reading(str(path)) as run:
        run.wait(lambda: "no decoder" in run.health.reason)
        time.sleep(0.5)
        assert run.health.reconnects < 10


def test_the_size_may_change_between_sessions(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    write_clip(path, [picture()] * 4)
    with reading(str(path)) as run:
        run.wait(lambda: bool(run.frames))
        write_clip(tmp_path / "next.mp4", [picture(size=(160, 96))] * 4).replace(path)
        run.wait(lambda: run.frames[-1].size == (160, 96))
        assert (run.health.width, run.health.height) == (160, 96)
