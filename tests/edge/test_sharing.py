"""Cameras shared out to processes, and health put together again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.config import BoxConfig, load_box
from edge.runner.sharing import Part, put_together, shared_out
from messages import CameraHealth, CameraState, Health, SpoolHealth
from tests.edge.boxes import write_box

SPOOL = SpoolHealth(waiting=3, bytes=9, spooled=5, published=5, receipted=2)


def box(folder: Path, cameras: int, workers: int) -> BoxConfig:
    urls = {f"cam-{n}": f"rtsp://127.0.0.1/{n}" for n in range(cameras)}
    return load_box(
        write_box(folder, urls, settings={"workers": workers, "health_s": 30.0, "status_port": 9464})
    )


def health(config: BoxConfig, *, load: float, ms: float, looks: float) -> Health:
    return Health(
        site="city",
        box="box-1",
        session="s",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        uptime_s=1.0,
        version="1",
        model="color@1",
        cameras=[
            CameraHealth(
                camera=camera.id, place=camera.place, state=CameraState.STREAMING, looks_per_s=looks, fps=25.0
            )
            for camera in config.cameras
        ],
        spool=SPOOL,
        detect_load=load,
        detect_ms=ms,
    )


@pytest.mark.parametrize(
    ("cameras", "workers", "sizes"),
    [(1, 1, [1]), (5, 2, [2, 3]), (16, 4, [4, 4, 4, 4]), (2, 8, [1, 1]), (7, 3, [2, 2, 3])],
)
def test_every_camera_has_one_process(tmp_path: Path, cameras: int, workers: int, sizes: list[int]) -> None:
    config = box(tmp_path, cameras, workers)
    parts = shared_out(config)
    assert sorted(len(part.cameras) for part in parts) == sizes
    assert sorted(camera.id for part in parts for camera in part.cameras) == sorted(
        camera.id for camera in config.cameras
    )
    assert all(part.workers == 1 and part.health_s == 10.0 and part.status_port is None for part in parts)
    assert shared_out(config) == parts, "the same every time: states belong to cameras"


def test_cameras_that_are_looked_at_more_often_weigh_more(tmp_path: Path) -> None:
    config = box(tmp_path, 5, 2)
    cameras = [config.cameras[0].model_copy(update={"fps": 30.0}), *config.cameras[1:]]
    parts = shared_out(config.model_copy(update={"cameras": tuple(cameras)}))
    assert sorted(len(part.cameras) for part in parts) == [2, 3]
    assert len(next(part for part in parts if any(camera.fps for camera in part.cameras)).cameras) == 2


def test_health_of_one_box(tmp_path: Path) -> None:
    config = box(tmp_path, 5, 2)
    first, second = shared_out(config)
    own = health(config, load=0.0, ms=0.0, looks=0.0)
    parts = [
        Part(first, health(first, load=0.2, ms=10.0, looks=1.0)),
        Part(second, health(second, load=0.9, ms=40.0, looks=3.0)),
    ]
    order = [camera.id for camera in config.cameras]
    whole = put_together(own, parts, order)
    assert [camera.camera for camera in whole.cameras] == order
    assert whole.detect_load == 0.9
    weights = [len(first.cameras) * 1.0, len(second.cameras) * 3.0]
    assert whole.detect_ms == pytest.approx((10 * weights[0] + 40 * weights[1]) / sum(weights), abs=0.01)
    assert whole.spool == SPOOL


def test_a_process_that_is_gone_is_told_of_each_of_its_cameras(tmp_path: Path) -> None:
    config = box(tmp_path, 4, 2)
    first, second = shared_out(config)
    own = health(config, load=0.0, ms=0.0, looks=0.0)
    gone = Part(first, health(first, load=0.2, ms=10.0, looks=1.0), "its worker process was killed")
    whole = put_together(own, [gone, Part(second, None)], [camera.id for camera in config.cameras])
    found = {camera.camera: camera for camera in whole.cameras}
    for camera in first.cameras:
        assert found[camera.id].state is CameraState.FAILED
        assert found[camera.id].reason == "its worker process was killed"
        assert found[camera.id].fps == 0.0
    for camera in second.cameras:
        assert found[camera.id].state is CameraState.CONNECTING
    assert whole.detect_load == 0.0
