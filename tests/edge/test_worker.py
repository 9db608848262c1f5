"""A box at work with a real broker and real RTSP: alerts arrive, the dead harm nobody, a stop is clean."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.config import load_box
from edge.detect.detections import Detections, Image
from edge.redact.image import RedactedImage
from edge.redact.redactor import Redactor
from edge.runner.parts import Parts
from edge.runner.worker import Worker
from messages import CameraHealth, CameraState, Health, Phase
from placewatch.errors import RedactionError
from tests.edge.boxes import write_box
from tests.edge.cameras import cameras
from tests.edge.clips import intruder, walk, write_clip
from tests.edge.fakes import ColorDetector
from tests.edge.scripted import answering, closed_port
from tests.outbox.brokers import Central, Mosquitto


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "gate.mp4", walk(6.0, lambda t: intruder(2 * t)))


@contextmanager
def running(config: Path, parts: Parts, *, drain_s: float = 0.2) -> Iterator[Worker]:
    worker = Worker(load_box(config), config.parent, parts)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop(drain_s=drain_s)


def wait(condition: Callable[[], object], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def camera(health: Health, name: str) -> CameraHealth:
    return next(each for each in health.cameras if each.camera == name)


def test_alerts_arrive_while_another_camera_is_dead(tmp_path: Path, clip: Path, redactor: Redactor) -> None:
    with cameras({"gate": clip}) as served, Mosquitto(tmp_path) as broker, Central(broker.port) as central:
        urls = {"gate": served.url("gate"), "dead": f"rtsp://u:s3cr3t@127.0.0.1:{closed_port()}/x"}
        config = write_box(tmp_path, urls, port=broker.port)
        stop = threading.Event()
        worker = Worker(load_box(config), tmp_path, Parts(ColorDetector(), redactor))
        thread = threading.Thread(target=lambda: worker.run(stop, drain_s=5.0), daemon=True)
        thread.start()
        wait(lambda: {alert.type.phase for alert in central.arrivals} >= {Phase.OPENED, Phase.CLOSED}, 40)
        wait(lambda: len(central.healths) >= 3)
        stop.set()
        thread.join(15)
        assert not thread.is_alive()
        wait(lambda: central.states[-1] is not None and not central.states[-1].online)

    opened = next(alert for alert in central.arrivals if alert.type.phase is Phase.OPENED)
    assert opened.source == "//city/box-1/gate"
    assert (opened.subject, opened.data.zone, opened.data.count) == ("place-gate", "yard", 1)
    assert opened.data.evidence is not None
    assert abs(opened.time.timestamp() - time.time()) < 60
    assert central.seqs == list(range(1, len(central.seqs) + 1))

    last = central.healths[-1]
    assert last.stopping
    assert not any(health.stopping for health in central.healths[:-1])
    assert last.model == "color@1"
    assert last.spool.waiting == 0
    assert last.spool.spooled == last.spool.receipted == len(central.seqs)
    living, dead = camera(last, "gate"), camera(last, "dead")
    assert living.state is CameraState.STREAMING
    assert living.frames_decoded >= living.frames_detected > 20
    assert dead.state in {CameraState.FAILED, CameraState.CONNECTING}
    assert "refuses the connection" in dead.reason
    assert dead.reconnects >= 2
    assert all("s3cr3t" not in camera(health, "dead").reason for health in central.healths)
    assert any(camera(health, "gate").fps > 5 for health in central.healths)
    assert any(health.detect_ms > 0 for health in central.healths)


def test_without_a_broker_alerts_wait_and_then_arrive(tmp_path: Path, clip: Path, redactor: Redactor) -> None:
    broker = Mosquitto(tmp_path)
    config = write_box(tmp_path, {"gate": str(clip)}, port=broker.port)
    looks: list[tuple[str, float]] = []
    parts = Parts(ColorDetector(), redactor, looked=lambda name, look: looks.append((name, look.frame.time)))
    with running(config, parts) as worker:
        wait(lambda: worker.health().spool.waiting >= 1)
        assert {name for name, _ in looks} == {"gate"}
        assert all(0.0 <= time.time() - taken < 60.0 for _, taken in looks)
        with broker, Central(broker.port) as central:
            wait(lambda: central.arrivals, 30)
            wait(lambda: worker.health().spool.waiting == 0)
            assert worker.health().spool.receipted >= 1


class BrokenRedactor:
    """Redaction that fails, as with a model gone wrong."""

    def redact(self, image: Image, detections: Detections) -> RedactedImage:
        raise RedactionError(f"the face detector failed on {image.shape[1]} pixels, {len(detections)} object")


def test_when_redaction_fails_the_fact_goes_out_without_a_picture(tmp_path: Path, clip: Path) -> None:
    with Mosquitto(tmp_path) as broker, Central(broker.port) as central:
        config = write_box(tmp_path, {"gate": str(clip)}, port=broker.port)
        with running(config, Parts(ColorDetector(), BrokenRedactor())):
            wait(lambda: central.arrivals)
    data = central.arrivals[0].data
    assert data.evidence is None
    assert (
        data.evidence_missing
        == "the picture could not be redacted: the face detector failed on 320 pixels, 1 object"
    )


def test_a_detector_that_fails_is_told_in_health_and_stops_nothing(
    tmp_path: Path, clip: Path, redactor: Redactor
) -> None:
    config = write_box(tmp_path, {"gate": str(clip)}, port=closed_port())
    with running(config, Parts(ColorDetector(fail_at=5), redactor)) as worker:
        wait(lambda: "the detector broke" in camera(worker.health(), "gate").reason)
        decoded = camera(worker.health(), "gate").frames_decoded
        wait(lambda: camera(worker.health(), "gate").frames_decoded > decoded + 5)
        health = camera(worker.health(), "gate")
    assert health.state is CameraState.STREAMING
    assert "the detector broke" in health.reason, "looks at which nothing deserved the detector prove nothing"


def test_a_slow_detector_drops_frames_and_serves_both_cameras(
    tmp_path: Path, clip: Path, redactor: Redactor
) -> None:
    config = write_box(tmp_path, {"a": str(clip), "b": str(clip)}, port=closed_port())
    with running(config, Parts(ColorDetector(delay_s=0.4), redactor)) as worker:
        wait(lambda: all(each.frames_detected >= 3 for each in worker.health().cameras))
        time.sleep(1.0)
        first, second = worker.health().cameras
    assert abs(first.frames_detected - second.frames_detected) <= 2
    assert first.frames_dropped > 3
    assert second.frames_dropped > 3
    assert first.state is second.state is CameraState.STREAMING


def test_a_camera_that_hangs_does_not_hold_up_the_stop(tmp_path: Path, redactor: Redactor) -> None:
    with answering(None) as port:
        config = write_box(tmp_path, {"gate": f"rtsp://127.0.0.1:{port}/x"}, port=closed_port())
        worker = Worker(load_box(config), tmp_path, Parts(ColorDetector(), redactor))
        worker.start()
        time.sleep(0.5)
        began = time.monotonic()
        worker.stop(drain_s=0.5)
        assert time.monotonic() - began < 5.0


def test_a_detector_that_hangs_is_named_at_the_end(tmp_path: Path, clip: Path, redactor: Redactor) -> None:
    config = write_box(tmp_path, {"gate": str(clip)}, port=closed_port())
    detector = ColorDetector(delay_s=8.0)
    worker = Worker(load_box(config), tmp_path, Parts(detector, redactor))
    worker.start()
    wait(lambda: detector.seen)
    worker.stop(drain_s=0.1)
    assert worker.hanging == ["inference"]


def test_a_spool_that_breaks_does_not_end_the_watch(tmp_path: Path, clip: Path, redactor: Redactor) -> None:
    config = write_box(tmp_path, {"gate": str(clip)}, port=closed_port())
    detector, stop = ColorDetector(), threading.Event()
    worker = Worker(load_box(config), tmp_path, Parts(detector, redactor))
    thread = threading.Thread(target=lambda: worker.run(stop, drain_s=0.5), daemon=True)
    thread.start()
    wait(lambda: detector.seen > 3)
    worker._spool.close()  # as a disk that is gone
    seen = detector.seen
    wait(lambda: detector.seen > seen + 25)  # past the next health message and the next alert
    assert thread.is_alive()
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
