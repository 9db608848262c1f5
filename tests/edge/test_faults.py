"""What real cameras do to a reader, injected by the replay server: it goes on, and says what is wrong."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edge.ingest.source import open_source
from edge.ingest.timing import TimeAnchor
from messages import CameraGear, CameraHealth, CameraState
from placewatch.footage.faults import Times
from tests.edge.cameras import Cameras, cameras
from tests.edge.clips import Things, picture, walk, write_clip
from tests.edge.readers import CALM_S, Reading, Transport, reading

RATE = {"fps": 20, "gop": 20}


def street(path: Path, *, size: tuple[int, int] = (320, 192), count: int = 30, **how: object) -> Path:
    images = (picture((n * 8 % 240, 80, n * 8 % 240 + 24, 150), size=size) for n in range(count))
    return write_clip(path, images, **{**RATE, **how})  # type: ignore[arg-type]


def nothing(_t: float) -> Things:
    return None, None


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cameras]:
    folder = tmp_path_factory.mktemp("clips")
    plain = street(folder / "plain.mp4")
    refresh = {"x264-params": "intra-refresh=1:keyint=20:scenecut=0"}
    clips = {
        **{row.name: plain for row in TABLE if not row.own_clip},
        "bframes": street(folder / "bframes.mp4", options={"bf": "3", "preset": "medium"}),
        "60fps": street(folder / "60fps.mp4", fps=60, gop=60, count=90),
        "4k": street(folder / "4k.mp4", size=(3840, 2160), count=6, fps=6, gop=6),
        "refresh": street(folder / "refresh.mp4", options=refresh, count=200),
        "large": street(folder / "large.mp4", size=(640, 384)),
        "h265": street(folder / "h265.mp4", codec="libx265", options={"x265-params": "log-level=none"}),
        "empty": write_clip(folder / "empty.mp4", walk(2.0, nothing, fps=20), fps=20, gop=20),
        "gate": plain,
        "other": plain,
    }
    with cameras(clips) as running:
        yield running


@dataclass(frozen=True)
class Row:
    """A camera with a fault from the beginning, and what its reader must make of it."""

    name: str
    faults: dict[str, object] = field(default_factory=dict)
    transport: Transport = "tcp"
    own_clip: bool = False
    reason: str = ""
    gear_reason: str = ""
    errors: bool = False


TABLE = [
    Row("bframes", own_clip=True),
    Row("60fps", own_clip=True),
    Row("4k", own_clip=True),
    Row("refresh", own_clip=True, gear_reason="intra refresh"),
    Row("audio", {"audio": True}),
    Row("audio-udp", {"audio": True}, "udp"),
    Row("frozen", {"times": Times.FROZEN}, reason="timestamps"),
    Row("random", {"times": Times.RANDOM}, reason="timestamps"),
    Row("backwards", {"times": Times.BACKWARDS}, reason="timestamps"),
    Row("wrap", {"wrap_s": 1.5}),
    Row("bursts", {"burst_s": 0.5}),
    Row("loss", {"loss": 0.1}, errors=True),
    Row("loss-udp", {"loss": 0.1}, "udp", errors=True),
]


def soon(run: Reading, condition: Callable[[CameraHealth], bool]) -> None:
    run.wait(lambda: condition(run.health), 40.0)


# A few at a time, for they wait more than they work; the 4K camera by itself, for it works.
ORDINARY = [row for row in TABLE if row.name != "4k"]
AT_A_TIME = [
    [row for row in TABLE if row.name == "4k"],
    *(ORDINARY[n : n + 4] for n in range(0, len(ORDINARY), 4)),
]


@pytest.mark.parametrize("rows", AT_A_TIME, ids=lambda rows: "+".join(row.name for row in rows))
def test_cameras_that_are_odd_from_the_beginning_are_watched(served: Cameras, rows: list[Row]) -> None:
    with ExitStack() as stack:
        runs: dict[str, Reading] = {}
        for row in rows:
            faults = served.faults(row.name)
            for name, value in row.faults.items():
                setattr(faults, name, value)
            url = served.url(row.name)
            runs[row.name] = stack.enter_context(reading(url, stall_s=30.0, fps=4.0, transport=row.transport))
        for row in rows:
            run = runs[row.name]
            run.wait(lambda run=run: len(run.frames) >= 12, 60.0)  # type: ignore[misc]
            soon(run, lambda health, row=row: row.reason in health.reason)  # type: ignore[misc]
            soon(run, lambda health, row=row: row.gear_reason in health.gear_reason)  # type: ignore[misc]
            health = run.health
            assert health.state is CameraState.STREAMING, row
            assert health.reconnects == 0, row
            assert bool(health.decode_errors) is row.errors, row
            assert bool(health.reason) is bool(row.reason), health
            times = [frame.time for frame in run.frames]
            assert all(0 < later - earlier < 5 for earlier, later in pairwise(times)), row
            assert abs(times[-1] - time.time()) < 5.0, row


def test_a_wrap_of_rtp_time_moves_nothing(served: Cameras) -> None:
    served.faults("wrap").wrap_s = 1.0
    with reading(served.url("wrap"), stall_s=10.0, fps=20.0) as run:
        run.wait(lambda: len(run.frames) >= 40)  # two seconds, the wrap among them
        steps = np.diff([frame.time for frame in run.frames[:40]])
    assert steps[1:].max() < 0.5
    assert "timestamps" not in run.health.reason


def test_a_wrap_of_33_bits_moves_nothing(tmp_path: Path) -> None:
    """As in MPEG transport streams, which cameras record: 95443.7 s of 90 kHz."""
    clip = street(tmp_path / "clip.ts", container={"output_ts_offset": "95443"})
    anchor = TimeAnchor()
    with open_source(str(clip)) as source:
        marks = [packet.dts / 90_000 for packet in source.packets() if packet.dts is not None]
    assert marks[0] < 0 < marks[-1], "the clip goes over the wrap: what is before it counts as below zero"
    times = [anchor.stamp(dts, 1000.0 + n / 20) for n, dts in enumerate(marks)]
    assert np.allclose(np.diff(times), 0.05, atol=1e-3)


def test_another_size_on_the_same_session(served: Cameras) -> None:
    faults = served.faults("gate")
    with reading(served.url("gate"), stall_s=10.0) as run:
        run.wait(lambda: len(run.frames) > 2)
        faults.instead = served.server.shelves["large"].clip
        soon(run, lambda health: (health.width, health.height) == (640, 384))
        run.wait(lambda: run.frames[-1].image.shape == (384, 640, 3))
        faults.instead = None
        soon(run, lambda health: (health.width, health.height) == (320, 192))
        assert run.health.reconnects == 0


@pytest.mark.parametrize("idle", [False, True])
def test_another_codec_on_the_same_session_is_found_by_asking_anew(served: Cameras, *, idle: bool) -> None:
    name = "empty" if idle else "other"
    faults = served.faults(name)
    with reading(served.url(name), stall_s=1.5, calm_s=1.0 if idle else CALM_S) as run:
        run.wait(lambda: len(run.frames) > 2)
        if idle:
            soon(run, lambda health: health.gear is CameraGear.IDLE)
        for camera, codec in (("h265", "hevc"), (name, "h264")):
            before = run.health.reconnects
            faults.instead = served.server.shelves[camera].clip if camera != name else None
            soon(run, lambda health, codec=codec: health.codec == codec)  # type: ignore[misc]
            soon(run, lambda health: health.state is CameraState.STREAMING)
            assert run.health.reconnects > before
            count = len(run.frames)
            run.wait(lambda count=count: len(run.frames) > count)  # type: ignore[misc]


def test_a_camera_that_hangs_up_once(served: Cameras) -> None:
    with reading(served.url("gate"), stall_s=10.0) as run:
        run.wait(lambda: len(run.frames) > 2)
        served.call(lambda: served.server.disconnect("gate"))
        soon(run, lambda health: health.reconnects == 1)
        assert "closed the connection" in run.health.reason or "ended the stream" in run.health.reason
        count = len(run.frames)
        run.wait(lambda: len(run.frames) > count + 2)
        assert run.health.state is CameraState.STREAMING
        assert run.health.reason == ""


def test_timestamps_that_break_are_told_and_forgotten_when_they_mend(served: Cameras) -> None:
    faults = served.faults("other")
    with reading(served.url("other"), stall_s=10.0) as run:
        run.wait(lambda: len(run.frames) > 2)
        assert run.health.reason == ""
        faults.times = Times.RANDOM
        soon(run, lambda health: "times of arrival are used" in health.reason)
        faults.times = Times.TRUE
        soon(run, lambda health: health.reason == "")
