"""The rule about the camera itself, connected: pictures reach it, and so does a stream that gives none."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import load_box
from edge.detect.detections import Detections, Image
from edge.eye import Eye
from edge.frame import Frame
from edge.ingest.status import CameraStatus
from edge.pipeline import CameraPipeline, Change
from edge.runner.streams import StreamWatch
from edge.watching import eye
from messages import CameraState, Fault, Kind, Phase
from placewatch.clock import ManualClock
from tests.edge.boxes import write_box

START = 1_800_000_000.0


def street(seed: int = 4) -> Image:
    rng = np.random.default_rng(seed)
    image = np.full((180, 320, 3), 110, np.uint8)
    for _ in range(160):
        x, y, w, h = (int(rng.integers(0, most)) for most in (300, 160, 40, 30))
        image[y : y + h + 4, x : x + w + 4] = rng.integers(30, 220, 3)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.7), np.uint8)


class Gate:
    """A camera with its pipeline, its status and a clock; collects what is reported without a picture."""

    def __init__(self, folder: Path) -> None:
        config = load_box(write_box(folder, {"gate": "rtsp://h/gate"}))
        camera = config.cameras[0]
        self.clock = ManualClock(START)
        self.status = CameraStatus(camera.id, camera.place, camera.stall_s, self.clock)
        self.eye: Eye = eye(config, camera, lambda _time, _why: None, 416, START)
        self.blind: list[tuple[float, Change, str]] = []
        self.watch = StreamWatch({"gate": self.eye}, {"gate": self.status}, self.clock, self._report)
        self._rng = np.random.default_rng(1)

    @property
    def pipeline(self) -> CameraPipeline:
        return self.eye.pipeline

    def _report(self, camera: str, time: float, changes: tuple[Change, ...], why: str) -> None:
        assert camera == "gate"
        self.blind += [(time - START, change, why) for change in changes]

    def look(self, image: Image) -> list[Change]:
        """A picture with sensor noise, now."""
        noisy = np.clip(image + self._rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
        self.status.pictures(1, 0, size=(320, 180), time=self.clock.now())
        frame = Frame(noisy, self.clock.now(), 0)
        return list(self.pipeline.look(frame, Detections.empty()).changes)

    def run(self, seconds: float, image: Image | None) -> list[tuple[float, Change]]:
        """Five looks a second, or none; what the looks said."""
        said = []
        for _ in range(round(seconds * 5)):
            self.clock.advance(0.2)
            said += [
                (self.clock.now() - START, each) for each in (self.look(image) if image is not None else [])
            ]
            self.watch()
        return said


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


def test_a_covered_lens_is_told_by_the_looks_of_any_camera(gate: Gate) -> None:
    assert gate.run(20.0, street()) == []
    (time, change), *_ = gate.run(10.0, np.full((180, 320, 3), 12, np.uint8))
    said = change.transition
    assert (said.kind, said.phase, said.fault) == (Kind.CAMERA_HEALTH, Phase.OPENED, Fault.DARK)
    assert time <= 30.0
    assert gate.blind == []


def test_a_stream_that_ends_is_offline_once_and_well_again_with_its_pictures(gate: Gate) -> None:
    gate.run(10.0, street())
    gate.status.turn(CameraState.FAILED, "the camera refuses the connection")
    gate.run(40.0, None)
    [(time, change, why)] = gate.blind
    said = change.transition
    assert (said.kind, said.phase, said.fault) == (Kind.CAMERA_HEALTH, Phase.OPENED, Fault.OFFLINE)
    assert time == pytest.approx(25.0, abs=1.5)
    assert said.started - START == pytest.approx(10.0, abs=0.5)
    assert why == "the camera refuses the connection"
    assert change.memory is not None, "a worker that is killed now goes on with this episode"
    closes = gate.run(20.0, street())
    assert [(change.transition.phase, change.transition.started) for _, change in closes] == [
        (Phase.CLOSED, said.started)
    ]


def test_a_clock_that_drifts_is_told_with_a_picture(gate: Gate) -> None:
    gate.run(10.0, street())
    gate.status.drifts(0.04)
    [(_, change)] = gate.run(5.0, street())
    assert change.transition.fault is Fault.CLOCK_DRIFT


def test_one_cameras_fault_leaves_the_others_watched(gate: Gate, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Gate(tmp_path / "other")
    told: list[str] = []
    watch = StreamWatch(
        {"broken": other.eye, "gate": gate.eye},
        {"gate": gate.status},  # the broken one has no status: a fault of ours
        gate.clock,
        lambda camera, *_: told.append(camera),
    )
    for _ in range(40):
        gate.clock.advance(1.0)
        watch()
    assert told == ["gate"]
