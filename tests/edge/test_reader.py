"""A camera's loop on clips, dead ports and silent servers: pictures, states, reasons."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

from edge.config import Camera
from edge.frame import Frame
from edge.ingest.backoff import Backoff
from edge.ingest.reader import CameraReader
from edge.ingest.status import CameraStatus
from messages import CameraHealth, CameraState
from placewatch.clock import SystemClock
from tests.edge.clips import picture, write_clip
from tests.edge.scripted import answering, closed_port, rtsp

CLOCK = SystemClock()


class Reading:
    """A reader in a thread, and what it handed over."""

    def __init__(self, url: str, *, stall_s: float = 1.0, fps: float = 5.0) -> None:
        camera = Camera(id="gate", url=url, place="school", stall_s=stall_s)
        self.frames: list[Frame] = []
        self.status = CameraStatus("gate", "school", stall_s, CLOCK)
        self.stop = Event()
        reader = CameraReader(
            camera,
            fps,
            self.frames.append,
            self.status,
            CLOCK,
            random=lambda: 0.0,
            backoff=Backoff(first_s=0.1, cap_s=0.2),
            open_s=2.0,
        )
        self.thread = Thread(target=reader.run, args=(self.stop,), daemon=True)
        self.thread.start()

    @property
    def health(self) -> CameraHealth:
        return self.status.health(dropped=0)

    def wait(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, self.health
            assert self.thread.is_alive()
            time.sleep(0.02)


@contextmanager
def reading(url: str, *, stall_s: float = 1.0, fps: float = 5.0) -> Iterator[Reading]:
    run = Reading(url, stall_s=stall_s, fps=fps)
    try:
        yield run
    finally:
        run.stop.set()
        run.thread.join(5)
    assert not run.thread.is_alive()


def test_a_clip_plays_in_real_time_and_begins_again(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "clip.mp4", (picture((n * 8, 80, n * 8 + 24, 150)) for n in range(20)), fps=20
    )
    began = time.monotonic()
    with reading(str(path)) as run:
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
