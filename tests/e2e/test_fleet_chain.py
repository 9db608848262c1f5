"""A managed box from the centre's desk to its cameras: real broker with its access list, real processes."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from central.store.boxes import health_of
from messages.topics import BoxTopics
from placewatch.footage.auth import Credentials
from tests.e2e.test_trust_chain import City, city, context, placewatch
from tests.edge.cameras import Cameras, cameras
from tests.edge.clips import intruder, walk, write_clip
from tests.edge.scripted import closed_port
from tests.servers import end, wait_until

pytestmark = pytest.mark.slow  # begins first

__all__ = ["city"]

NAME = BoxTopics("north", "box-1")
PASSWORD = "pw-of-the-gate"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cameras]:
    clip = write_clip(tmp_path_factory.mktemp("clips") / "gate.mp4", walk(4.0, lambda t: intruder(2 * t)))
    with cameras({"gate": clip}, credentials=Credentials("viewer", PASSWORD)) as running:
        yield running


def reported(city: City) -> dict[str, Any]:
    """What the box said last of its configuration, as the centre keeps it."""
    with city.store.read() as connection:
        found: dict[str, Any] = health_of(connection, NAME).get("config") or {}
    return found


def becomes(city: City, state: str, wanted: int) -> dict[str, Any]:
    wait_until(
        lambda: (reported(city).get("state"), reported(city).get("wanted")) == (state, wanted),
        f"version {wanted} {state}, not {reported(city)}",
        90,
    )
    return reported(city)


def push(city: City, folder: Path, config: dict[str, Any]) -> int:
    file = folder / "pushed.yaml"
    file.write_text(yaml.safe_dump(config))
    box = f"{NAME.site}/{NAME.box}"
    made = placewatch("central", "config", "push", box, file, "--config", city.config, "--json")
    return int(made["version"])


def test_a_box_takes_what_its_centre_signs_and_nothing_else(
    city: City, served: Cameras, tmp_path: Path
) -> None:
    identity, other = city.enrol(f"{NAME.site}/{NAME.box}"), city.enrol("north/box-2")
    own = tmp_path / "box.yaml"
    tls = {"ca": str(identity / "ca.crt"), "certificate": str(identity / "box.pem")}
    document = {
        "site": NAME.site,
        "box": NAME.box,
        "health_s": 1,
        "broker": {"port": city.broker_port, "tls": tls},
        "managed": {"identity": str(identity), "probation_s": 3, "patience_s": 2},
    }
    own.write_text(yaml.safe_dump(document))
    url = served.url("gate", "viewer:${GATE_PASSWORD}")
    camera = {"id": "gate", "url": url, "place": "ring-road", "zones": [], "rules": []}
    good = {"places": [{"id": "ring-road", "class": "road"}], "cameras": [camera]}
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "placewatch",
        "edge",
        "run",
        "--config",
        own,
        "--log-format",
        "json",
    ]
    log = (tmp_path / "box.log").open("wb")
    process = subprocess.Popen(command, stderr=log, env={"GATE_PASSWORD": PASSWORD, "PATH": "/usr/bin"})
    try:
        wait_until(lambda: reported(city).get("state") == "own", "the box without a camera", 90)
        assert push(city, tmp_path, good) == 1
        applied = becomes(city, "applied", 1)
        shown = placewatch(
            "central", "config", "show", f"{NAME.site}/{NAME.box}", "-c", city.config, "--json"
        )
        assert shown["in_step"]
        assert shown["desired"]["sha256"] == applied["sha256"]
        assert PASSWORD not in json.dumps(shown)
        dead = {**camera, "url": f"rtsp://viewer:${{GATE_PASSWORD}}@127.0.0.1:{closed_port()}/x"}
        push(city, tmp_path, {**good, "cameras": [camera, {**dead, "id": "dead"}]})
        refused = becomes(city, "refused", 2)
        assert refused["version"] == 1
        assert "camera dead" in refused["reason"]
        # Another box, enrolled and believed, writes to this one's topic: the broker drops it.
        forger = paho.Client(CallbackAPIVersion.VERSION2, client_id="forger")
        forger.tls_set_context(context(other))
        forger.connect("127.0.0.1", city.broker_port)
        forger.loop_start()
        forger.publish(NAME.config, b"forged", qos=1, retain=True).wait_for_publish(30)
        forger.disconnect()
        forger.loop_stop()
        push(city, tmp_path, {**good, "health_s": 2})
        last = becomes(city, "applied", 3)
        assert last["disbelieved"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        end(process)
        log.close()
    assert PASSWORD not in (tmp_path / "box.log").read_text()
