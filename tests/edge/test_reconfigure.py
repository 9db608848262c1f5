"""Another configuration for a box at work: what it does not change goes on, packets above all."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from edge.config import BoxConfig, load_box
from edge.redact.redactor import Redactor
from edge.runner.changes import Changes, changes
from edge.runner.parts import Parts
from edge.runner.worker import Worker
from messages import CameraState, Phase
from tests.edge.boxes import INTRUSION, STOPPING, write_box
from tests.edge.cameras import cameras
from tests.edge.clips import Things, walk, write_clip
from tests.edge.fakes import ColorDetector
from tests.edge.test_worker import camera, wait
from tests.outbox.brokers import Central, Mosquitto


def changed(config: Path, name: str, update: Mapping[str, Any], **settings: object) -> BoxConfig:
    """The box with one camera (or all of them, for ``*``) and top-level keys altered."""
    document = yaml.safe_load(config.read_text())
    for each in document["cameras"]:
        if name in {each["id"], "*"}:
            each.update(update)
    other = config.with_name("other.yaml")
    other.write_text(yaml.safe_dump({**document, **settings}))
    return load_box(other)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_box(tmp_path, {"a": "rtsp://h/a", "b": "rtsp://h/b"})


OTHER_ZONE = {"zones": [{"id": "yard", "polygon": [[0, 0], [1, 0], [1, 0.5]]}]}


@pytest.mark.parametrize(
    ("name", "update", "settings", "wanted"),
    [
        ("a", {}, {}, Changes()),
        ("a", {"url": "rtsp://h/c"}, {}, Changes(reopened=("a",))),
        ("a", {"stall_s": 7}, {}, Changes(reopened=("a",))),
        ("a", OTHER_ZONE, {}, Changes(reruled=("a",))),
        ("a", {"rules": [INTRUSION, STOPPING]}, {}, Changes(reruled=("a",))),
        ("b", {"id": "c"}, {}, Changes(removed=("b",), added=("c",))),
        ("a", {}, {"timezone": "UTC"}, Changes(reruled=("a", "b"))),
        ("a", {}, {"gate": {"calm_s": 9}}, Changes(reopened=("a", "b"))),
        ("a", {}, {"detector": {"fps": 10.0, "score": 0.5}}, Changes(reruled=("a", "b"), networks=True)),
        ("a", {}, {"detector": {"fps": 4.0}}, Changes(reopened=("a", "b"))),
        ("a", {}, {"health_s": 9}, Changes()),
        ("a", {}, {"broker": {"port": 1884}}, Changes(broker=True)),
        (
            "a",
            {},
            {"places": [{"id": "place-a", "class": "park"}, {"id": "place-b", "class": "school"}]},
            Changes(reruled=("a",)),
        ),
    ],
)
def test_only_what_differs_is_touched(
    config: Path, name: str, update: dict[str, object], settings: dict[str, object], wanted: Changes
) -> None:
    assert changes(load_box(config), changed(config, name, update, **settings)) == wanted


def opened(central: Central) -> list[str]:
    """Cameras of the alerts that opened an episode."""
    return [alert.data.camera for alert in central.arrivals if alert.type.phase is Phase.OPENED]


def stays(t: float) -> Things:
    """A person who comes in the first second and never goes."""
    x = min(150, int(t * 150))
    return (x, 80, x + 24, 150), None


def test_a_running_box_changes_and_no_other_camera_notices(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "stays.mp4", walk(6.0, stays))
    slow = {**INTRUSION, "clear_s": 600.0}
    with (
        cameras(dict.fromkeys("abcd", clip)) as served,
        Mosquitto(tmp_path) as broker,
        Central(broker.port) as central,
    ):
        config = write_box(tmp_path, {n: served.url(n) for n in "abc"}, port=broker.port, rules=(slow,))
        worker = Worker(load_box(config), tmp_path, Parts(ColorDetector(), Redactor.load()))
        stop = threading.Event()
        thread = threading.Thread(target=lambda: worker.run(stop, drain_s=5.0), daemon=True)
        thread.start()
        wait(lambda: sorted(opened(central)) == ["a", "b", "c"], 60)
        # a: another zone beside the one it has; b: taken away; c: as it was; d: new.
        more = {"id": "half", "polygon": [[0, 0], [1, 0], [1, 1], [0, 1]]}
        document = yaml.safe_load(config.read_text())
        first, _, third = document["cameras"]
        first["zones"].append(more)
        first["rules"].append({**slow, "zone": "half"})
        document["places"].append({"id": "place-d", "class": "school"})
        document["cameras"] = [first, third, {**third, "id": "d", "url": served.url("d"), "place": "place-d"}]
        config.write_text(yaml.safe_dump(document))
        before = worker.health()
        done = worker.reconfigure(load_box(config))
        assert done == Changes(removed=("b",), added=("d",), reruled=("a",))
        wait(lambda: sorted(opened(central)) == ["a", "a", "b", "c", "d"], 60)
        wait(lambda: any(a.data.camera == "b" and a.type.phase is Phase.CLOSED for a in central.arrivals))
        after = worker.health()
        assert [each.camera for each in after.cameras] == ["a", "c", "d"]
        for name in "ac":
            assert camera(after, name).reconnects == camera(before, name).reconnects == 0
            assert camera(after, name).frames_decoded > camera(before, name).frames_decoded
            assert camera(after, name).state is CameraState.STREAMING
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
    zones = [a.data.zone for a in central.arrivals if a.data.camera == "a" and a.type.phase is Phase.OPENED]
    assert zones == ["yard", "half"], "an open episode stays the one it was"
    assert not any(a.type.phase is Phase.CLOSED for a in central.arrivals if a.data.camera in "ac")
    assert central.seqs == list(range(1, len(central.seqs) + 1))


def test_another_detector_keeps_the_streams(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "stays.mp4", walk(6.0, stays))
    with cameras({"a": clip}) as served:
        config = write_box(tmp_path, {"a": served.url("a")}, port=9)
        old, new = ColorDetector(), ColorDetector()
        parts = Parts(old, Redactor.load())
        worker = Worker(load_box(config), tmp_path, parts)
        worker.start()
        try:
            wait(lambda: old.seen > 3)
            other = changed(config, "a", {}, detector={"fps": 10.0, "score": 0.4})
            assert worker.reconfigure(other, replace(parts, detector=new)).networks
            seen = old.seen
            wait(lambda: new.seen > 3)
            assert old.seen == seen
            assert camera(worker.health(), "a").reconnects == 0
        finally:
            worker.stop(drain_s=0.1)
