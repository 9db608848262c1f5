"""A box at work and its centre's orders, over a real broker: tried, applied, watched, taken back."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
import yaml
from paho.mqtt.enums import CallbackAPIVersion

from edge.config import BoxConfig
from edge.managed.boot import boot
from edge.redact.redactor import Redactor
from edge.runner.parts import Parts
from edge.runner.steward import Steward
from edge.runner.worker import Worker
from messages import ConfigHealth, ConfigState
from placewatch.clock import SystemClock
from placewatch.errors import ModelError
from tests.edge.boxes import INTRUSION, write_box
from tests.edge.cameras import Cameras, cameras
from tests.edge.clips import intruder, walk, write_clip
from tests.edge.fakes import ColorDetector
from tests.edge.orders import BOX, ISSUED, config_order, enrolled, sign
from tests.edge.scripted import closed_port
from tests.edge.test_reconfigure import stays
from tests.edge.test_worker import camera, wait
from tests.outbox.brokers import Central, Mosquitto

MANAGED = {"managed": {"probation_s": 5.0, "patience_s": 1.0}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cameras]:
    folder = tmp_path_factory.mktemp("clips")
    clip = write_clip(folder / "stays.mp4", walk(6.0, stays))
    walks = write_clip(folder / "walks.mp4", walk(4.0, lambda t: intruder(2 * t)))
    with cameras({**dict.fromkeys("abc", clip), "walks": walks}) as running:
        yield running


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


def send(port: int, payload: bytes) -> None:
    """Publish an order as the centre does: retained."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        client.publish(BOX.config, payload, qos=1, retain=True).wait_for_publish(30)
    finally:
        client.disconnect()
        client.loop_stop()


@contextmanager
def governed(path: Path, redactor: Redactor) -> Iterator[Worker]:
    """A managed box at work, in this process."""

    def make_parts(config: BoxConfig) -> Parts:
        if config.detector.model != "nanodet_m_416":
            raise ModelError("there is no such model", where=config.detector.model)
        return Parts(ColorDetector(), redactor)

    box, found = boot(path, ISSUED)
    assert found is not None
    worker = Worker(box, path.parent, make_parts(box))
    worker.governed_by(Steward(found, box, SystemClock(), make_parts))
    stop = threading.Event()
    thread = threading.Thread(target=lambda: worker.run(stop, drain_s=2.0), daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def told(central: Central) -> ConfigHealth:
    """What the box said last of its configuration."""
    last = central.healths[-1].config if central.healths else None
    return last or ConfigHealth()


def becomes(central: Central, state: ConfigState, wanted: int) -> ConfigHealth:
    wait(lambda: (told(central).state, told(central).wanted) == (state, wanted), 60)
    return told(central)


def with_camera(path: Path, name: str, url: str, **settings: Any) -> dict[str, Any]:  # noqa: ANN401 - YAML
    """The file's cameras and one more."""
    document = yaml.safe_load(path.read_text())
    more = {**document["cameras"][0], "id": name, "url": url, "place": f"place-{name}"}
    places = [*document["places"], {"id": f"place-{name}", "class": "school"}]
    return {"places": places, "cameras": [*document["cameras"], more], **settings}


def shows(worker: Worker, name: str) -> bool:
    """Whether the box has such a camera, and it brings pictures."""
    found: Mapping[str, int] = {each.camera: each.frames_decoded for each in worker.health().cameras}
    return found.get(name, 0) > 0


def test_orders_are_tried_applied_watched_and_taken_back(
    tmp_path: Path, served: Cameras, redactor: Redactor
) -> None:
    enrolled(tmp_path)
    with Mosquitto(tmp_path) as broker, Central(broker.port) as central:
        path = write_box(
            tmp_path, {"a": served.url("a"), "b": served.url("b")}, port=broker.port, settings=MANAGED
        )
        good = sign(config_order(1, with_camera(path, "c", served.url("c"))))
        with governed(path, redactor) as worker:
            wait(lambda: shows(worker, "a") and shows(worker, "b"), 60)
            wait(lambda: told(central).state is ConfigState.OWN and central.healths, 30)
            send(broker.port, good)
            becomes(central, ConfigState.PROBATION, 1)
            wait(lambda: shows(worker, "c"), 60)
            first = becomes(central, ConfigState.APPLIED, 1)
            assert first.version == 1
            # Refused: a camera that nobody answers for, a model that is not there, a line that is wrong.
            dead = f"rtsp://me:${{PW}}@127.0.0.1:{closed_port()}/x"
            for version, config, why in (
                (2, with_camera(path, "d", dead.replace("${PW}", "pw-d")), "camera d: "),
                (3, {"detector": {"model": "other"}}, "no such model"),
                (4, "cameras:\n- id: a\n  urll: x\n", "configuration 4:3: cameras[0].urll"),
                (5, {"broker": {"port": closed_port()}}, "nothing listens there"),
            ):
                send(broker.port, sign(config_order(version, config)))
                refused = becomes(central, ConfigState.REFUSED, version)
                assert why in refused.reason
                assert refused.version == 1, "what runs goes on"
            # Not believed: an old order again, a forged one, junk; nothing of it reaches the configuration.
            for payload in (good, good.replace(b"place-c", b"place-x"), b"\xff\xfe"):
                send(broker.port, payload)
            wait(lambda: told(central).disbelieved == 3, 30)
            assert told(central).state is ConfigState.REFUSED
            # Applied, then worse: the camera that it changes stops to bring pictures.
            changed = with_camera(path, "c", served.url("c"))
            changed["cameras"][-1]["rules"] = [{**INTRUSION, "dwell_s": 3.0}]
            send(broker.port, sign(config_order(6, changed)))
            becomes(central, ConfigState.PROBATION, 6)
            served.call(lambda: setattr(served.faults("c"), "stalled", True))
            back = becomes(central, ConfigState.ROLLED_BACK, 6)
            assert back.version == 1
            assert "camera c" in back.reason
            health = worker.health()
            assert camera(health, "a").reconnects == camera(health, "b").reconnects == 0
        served.call(lambda: setattr(served.faults("c"), "stalled", False))
        # A restart goes on with what ran, and knows what it has seen.
        with governed(path, redactor) as worker:
            wait(lambda: shows(worker, "c"), 60)
            count = len(central.healths)
            wait(lambda: len(central.healths) > count + 1, 30)
            assert (told(central).version, told(central).wanted) == (1, 6)
            assert told(central).disbelieved == 0, "the retained order is the one that was taken back"
    assert central.seqs == list(range(1, len(central.seqs) + 1))
    assert "pw-d" not in "".join(str(health) for health in central.healths)


def test_alerts_go_to_another_broker_and_none_is_lost(
    tmp_path: Path, served: Cameras, redactor: Redactor
) -> None:
    enrolled(tmp_path)
    (tmp_path / "new").mkdir()
    with Mosquitto(tmp_path) as old, Mosquitto(tmp_path / "new") as new:
        with Central(old.port) as before, Central(new.port) as after:
            path = write_box(tmp_path, {"a": served.url("walks")}, port=old.port, settings=MANAGED)
            with governed(path, redactor) as worker:
                wait(lambda: before.arrivals, 60)
                send(old.port, sign(config_order(1, {"broker": {"port": new.port}})))
                becomes(after, ConfigState.APPLIED, 1)
                wait(lambda: before.states[-1] is not None and not before.states[-1].online, 30)
                wait(lambda: after.arrivals, 60)
                assert camera(worker.health(), "a").reconnects == 0
        seqs = [alert.seq for alert in (*before.arrivals, *after.arrivals)]
    assert seqs == list(range(1, len(seqs) + 1))
