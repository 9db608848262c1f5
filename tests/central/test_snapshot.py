"""From a desk's wish to a redacted picture: API, broker, box, and back."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from sqlalchemy import select

from central.config import Broker
from central.ingest.runner import Ingest
from central.ingest.snapshots import MOST_ASKED, Snapshots
from central.people.audit import AuditAct
from central.setup import Tables
from central.store.engine import Store
from central.store.models import Camera
from central.store.models_people import AuditRow
from edge.config import load_box
from edge.runner.parts import Parts
from edge.runner.worker import Worker
from messages import Snapshot, encode
from messages.topics import BoxTopics
from placewatch.clock import SystemClock
from tests import servers
from tests.central.conftest import config_of, office_of
from tests.central.test_api import desk_of
from tests.central.web import served
from tests.edge.boxes import write_box
from tests.edge.cameras import cameras
from tests.edge.clips import intruder, walk, write_clip
from tests.edge.fakes import ColorDetector
from tests.edge.test_snapshots import Covers
from tests.outbox.brokers import until

BOX = BoxTopics("city", "box-1")


def known_cameras(store: Store) -> int:
    with store.read() as connection:
        return len(connection.execute(select(Camera.camera)).all())


def test_a_desk_sees_a_place_now(
    tmp_path: Path, mosquitto: servers.Mosquitto, sqlite_store: Store, tables: Tables
) -> None:
    clip = write_clip(tmp_path / "gate.mp4", walk(12.0, intruder), gop=20)
    office = office_of(sqlite_store, tmp_path, tables)
    config = config_of(tmp_path).model_copy(update={"broker": Broker(port=mosquitto.port)})
    ingest = Ingest(config, lambda: tables, sqlite_store, office.evidence, SystemClock(), lambda: None)
    ingest.start()
    with cameras({"gate": clip}) as footage:
        box = write_box(tmp_path, {"gate": footage.url("gate")}, port=mosquitto.port)
        text = box.read_text("utf-8").replace("place-gate", "lake-promenade")
        box.write_text(text.replace("class: school", "class: park"), "utf-8")
        worker = Worker(load_box(box), tmp_path, Parts(ColorDetector(), Covers()))
        worker.start()
        try:
            assert until(lambda: worker.health().cameras[0].frames_decoded > 0, 40)
            worker._herald.tell()
            assert until(lambda: known_cameras(sqlite_store) == 1, 20)
            desk = replace(desk_of(office, tables), snapshots=ingest.snapshots)
            with served(desk) as site:
                shown = site.client.post("/api/v1/places/lake-promenade/snapshot")
                nowhere = site.client.post("/api/v1/places/nowhere/snapshot")
                unwatched = site.client.post("/api/v1/places/ring-road/snapshot")
        finally:
            worker.stop(drain_s=0.5)
            ingest.stop()
    assert shown.status_code == 200, shown.text
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert (shown.headers["x-camera"], shown.headers["x-blurred"]) == ("gate", "1")
    picture = cv2.imdecode(np.frombuffer(shown.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (192, 320, 3)
    assert (nowhere.status_code, unwatched.status_code) == (404, 404)
    with sqlite_store.read() as connection:
        seen = connection.execute(select(AuditRow.act, AuditRow.object)).all()
    assert [(act, thing) for act, thing in seen if act == AuditAct.VIEWED] == [
        (AuditAct.VIEWED, "lake-promenade")
    ]


def test_an_answer_of_another_box_or_camera_is_nobodys() -> None:
    sent: list[bytes] = []

    def publish(_topic: str, payload: bytes) -> bool:
        sent.append(payload)
        asked = Snapshot(id=payload.split(b'"id":"')[1][:24].decode(), camera="gate", place="p", missing="no")
        wrong = encode(asked)
        asks.arrived("pw/v1/city/other/snapshot/gate", wrong)
        asks.arrived("pw/v1/city/box-1/snapshot/yard", wrong)
        asks.arrived("pw/v1/city/box-1/snapshot/gate", b"{}")
        return True

    asks = Snapshots(publish, SystemClock())
    assert asks.ask(BOX, "gate", 0.2) == "the box did not answer within 0.2 s"
    assert len(sent) == 1


def test_without_a_broker_nobody_waits() -> None:
    asks = Snapshots(lambda _topic, _payload: False, SystemClock())
    assert asks.ask(BOX, "gate", 60.0) == "the broker is not connected"
    assert MOST_ASKED > 8
