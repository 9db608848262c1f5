"""Pictures on demand: asked over a real broker, redacted, limited; what cannot be done is said, once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.config import BoxConfig, load_box
from edge.detect.detections import Detections, Image
from edge.ingest.tap import ClipTap
from edge.redact.image import RedactedImage, seal
from edge.redact.regions import Regions, Subject
from edge.runner.crew import Crew
from edge.runner.parts import Parts
from edge.runner.process import Orders
from edge.runner.snapshots import RateLimit, SnapshotLoop
from edge.runner.worker import Worker
from messages import Command, Snapshot, encode
from messages.topics import BoxTopics
from placewatch.clock import ManualClock, utc
from placewatch.errors import RedactionError
from tests.edge.boxes import write_box
from tests.edge.cameras import cameras
from tests.edge.clips import intruder, walk, write_clip
from tests.edge.crews import colours
from tests.edge.fakes import ColorDetector
from tests.outbox.brokers import Central, Mosquitto, until

BOX = BoxTopics("city", "box-1")


class Covers:
    """Covers everything."""

    def redact(self, image: Image, detections: Detections) -> RedactedImage:
        del detections
        height, width = image.shape[:2]
        return seal(image, Regions.of(np.array([[0, 0, width, height]], np.float32), Subject.FACE))


def command(camera: str, number: int = 1, *, now: float | None = None, lives_s: float = 30.0) -> bytes:
    issued = utc(time.time() if now is None else now)
    expires = issued + timedelta(seconds=lives_s)
    return encode(Command(id=f"c-{number}", verb="snapshot", camera=camera, issued=issued, expires=expires))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "gate.mp4", walk(12.0, intruder), gop=20)


def streaming(worker: Worker | Crew) -> bool:
    return all(camera.frames_decoded > 0 for camera in worker.health().cameras)


def test_asked_over_the_broker_and_answered_with_a_redacted_picture(tmp_path: Path, clip: Path) -> None:
    with cameras({"gate": clip}) as served, Mosquitto(tmp_path) as broker, Central(broker.port) as central:
        config = write_box(tmp_path, {"gate": served.url("gate")}, port=broker.port)
        worker = Worker(load_box(config), tmp_path, Parts(ColorDetector(), Covers()))
        worker.start()
        try:
            assert until(lambda: streaming(worker), 40)
            central.ask(BOX, b"not a command")
            central.ask(BOX, command("gate"))
            assert until(lambda: central.snapshots, 30)
        finally:
            worker.stop(drain_s=0.2)
    [answer] = central.snapshots
    assert (answer.id, answer.camera, answer.place, answer.missing) == ("c-1", "gate", "place-gate", None)
    assert answer.picture is not None
    assert answer.picture.blurred == 1
    assert abs(answer.picture.captured.timestamp() - time.time()) < 60
    shown = cv2.imdecode(np.frombuffer(answer.picture.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert shown.shape == (192, 320, 3)


def test_a_box_of_several_processes_answers_for_each_camera_once(tmp_path: Path, clip: Path) -> None:
    clips = {"north": clip, "south": clip}
    with cameras(clips) as served, Mosquitto(tmp_path) as broker, Central(broker.port) as central:
        urls = {name: served.url(name) for name in clips}
        config = write_box(tmp_path, urls, port=broker.port, settings={"workers": 2})
        box = load_box(config)
        crew, stop = Crew(box, tmp_path, Orders(box, tmp_path, make_parts=colours)), threading.Event()
        thread = threading.Thread(target=lambda: crew.run(stop, drain_s=1.0), daemon=True)
        thread.start()
        try:
            assert until(lambda: streaming(crew), 90)
            for number, name in enumerate(clips):
                central.ask(BOX, command(name, number))
            assert until(lambda: len(central.snapshots) == 2, 30)
        finally:
            stop.set()
            thread.join(40)
    assert {answer.camera for answer in central.snapshots} == set(clips)


@contextmanager
def answering(
    config: BoxConfig, clock: ManualClock, taps: dict[str, ClipTap] | None = None
) -> Iterator[tuple[SnapshotLoop, list[Snapshot]]]:
    said: list[Snapshot] = []

    def publish(snapshot: Snapshot) -> bool:
        said.append(snapshot)
        return True

    known = taps or {camera.id: ClipTap() for camera in config.cameras}
    loop = SnapshotLoop(config, known, Covers(), publish, clock)
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    yield loop, said
    loop.finish()
    thread.join(5)


@pytest.fixture
def box(tmp_path: Path) -> BoxConfig:
    settings = {"snapshots": {"per_s": 1.0, "burst": 2}}
    return load_box(write_box(tmp_path, {"gate": "rtsp://192.0.2.1/x"}, settings=settings))


def test_what_has_expired_is_not_done(box: BoxConfig) -> None:
    clock = ManualClock(1_700_000_000.0)
    with answering(box, clock) as (loop, said):
        loop.command(command("gate", now=clock.now() - 60, lives_s=5))
        assert "has expired" in str(said[0].missing)


def test_a_camera_that_shows_nothing_is_told_once(box: BoxConfig) -> None:
    clock = ManualClock(1_700_000_000.0)
    with answering(box, clock) as (loop, said):
        loop.command(command("gate", now=clock.now()))
        loop.command(command("gate", now=clock.now()))
        assert not said
        clock.advance(10.0)
        assert until(lambda: said, 10)
        assert said[0].missing == "the camera sends no picture"


def test_the_box_keeps_its_own_limit(box: BoxConfig) -> None:
    clock = ManualClock(1_700_000_000.0)
    with answering(box, clock) as (loop, said):
        for number in range(5):
            loop.command(command("gate", number, now=clock.now()))
        assert [answer.missing for answer in said] == ["the box gives 1 pictures a second"] * 3


def test_nothing_is_said_of_cameras_that_are_not_there(box: BoxConfig) -> None:
    with answering(box, ManualClock(1_700_000_000.0)) as (loop, said):
        loop.command(command("nowhere"))
        assert not said


@pytest.mark.parametrize(("gap", "allowed"), [(0.0, 4), (0.5, 8), (1.0, 12), (2.0, 12)])
def test_the_limit_lets_a_few_at_once_and_then_so_many_a_second(gap: float, allowed: int) -> None:
    limit = RateLimit(per_s=1.0, burst=4, now=0.0)
    got = sum(limit.allows(number * gap) for number in range(12))
    assert abs(got - allowed) <= 1


def test_a_failure_keeps_the_picture_in(box: BoxConfig, clip: Path) -> None:
    from tests.edge.test_clips import recorded

    class Fails:
        def redact(self, image: Image, detections: Detections) -> RedactedImage:
            raise RedactionError(f"no model for {image.shape} and {len(detections)}")

    said: list[Snapshot] = []

    def publish(snapshot: Snapshot) -> bool:
        said.append(snapshot)
        return True

    clock = ManualClock(1005.0)
    tap = ClipTap()
    loop = SnapshotLoop(box, {"gate": tap}, Fails(), publish, clock)
    thread = threading.Thread(target=loop.run, daemon=True)
    thread.start()
    loop.command(command("gate", now=clock.now()))
    recorded(clip, tap)
    assert until(lambda: said, 20)
    loop.finish()
    thread.join(5)
    assert said[0].picture is None
    assert "no model" in str(said[0].missing)
