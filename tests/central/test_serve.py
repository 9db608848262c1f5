"""Central as a process between a real broker and real boxes: sent = stored distinct = counted."""

import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from httpx_sse import connect_sse
from sqlalchemy import func, select

from central.ingest.runner import Ingest
from central.setup import Tables
from central.store.engine import Store
from central.store.evidence import EvidenceFolder
from central.store.migrate import head, migrate
from central.store.models import Event, Inbox
from messages import Alert, Kind, Phase, encode
from messages.topics import BoxTopics
from placewatch.clock import SystemClock
from placewatch.paths import shipped
from tests import servers
from tests.central.conftest import config_of
from tests.central.outside import Central, central, outbox
from tests.central.speech import Box, evidence
from tests.servers import Mosquitto, wait_until

pytestmark = pytest.mark.slow  # begins first

NAMES = iter(f"box-{n}" for n in range(10_000))


def new_box() -> Box:
    """A box that no other test uses."""
    return Box(BoxTopics("demo", next(NAMES)))


def episodes(box: Box, count: int, *, pictures: bool = False) -> list[Alert]:
    """Episodes in six zones, each opened, updated and closed."""
    alerts = []
    for n in range(count):
        for seconds, phase in enumerate(Phase):
            picture = evidence(n, shade=n % 250) if pictures and phase is Phase.OPENED else None
            alerts.append(
                box.alert(
                    phase,
                    alert_id=f"e{n}",
                    zone=f"z{n % 6}",
                    kind=[Kind.NO_STOPPING, Kind.WATER_EDGE][n % 2],
                    seconds=n + seconds,
                    started=n,
                    picture=picture,
                )
            )
    return alerts


def counted(store: Store, box: Box) -> tuple[int, int]:
    """Distinct messages stored, and alerts counted in events, of one box."""
    with store.read() as connection:
        stored = connection.execute(select(func.count()).select_from(Inbox)).scalar_one()
        alerts = connection.execute(
            select(func.coalesce(func.sum(Event.alerts), 0)).where(Event.box == box.topics.box)
        ).scalar_one()
    return stored, alerts


def test_from_broker_to_stream_and_receipt(tmp_path: Path, mosquitto: Mosquitto) -> None:
    box = new_box()
    with (
        central(tmp_path, mosquitto.port, client_id="c1") as office,
        outbox(box.topics, mosquitto.port) as sender,
    ):
        wait_until(lambda: office.get("/healthz").json()["status"] == "ok", "the broker")
        alerts = episodes(box, 4, pictures=True)
        with (
            httpx.Client(timeout=10, headers=office.headers) as client,
            connect_sse(client, "GET", office.url + "api/v1/stream?after=0") as source,
        ):
            stream = source.iter_sse()
            assert next(stream).event == "tick"
            sender.insist(alerts)
            first = next(message for message in stream if message.event == "event")
        assert first.json()["event"]["place"]["id"] == "ring-road"
        assert sender.receipted == {alert.id for alert in alerts}
        figures = office.counts()
        assert (figures["alerts_committed"], figures["dead_letters"]) == (12, 0)
        picture = office.get("/api/v1/events").json()["items"][0]["picture"]["url"]
        assert office.get(picture).content[:2] == b"\xff\xd8"
        assert office.stop(signal.SIGTERM) == 0
        assert "stopped" in office.log()


def test_the_stream_resumes_where_it_broke(tmp_path: Path, mosquitto: Mosquitto) -> None:
    box = new_box()
    with (
        central(tmp_path, mosquitto.port, client_id="c2") as office,
        outbox(box.topics, mosquitto.port) as sender,
    ):
        for alert in episodes(box, 3):
            sender.insist([alert])  # each its own change
        last = office.counts()["stream_position"]
        assert last >= 9  # an event that is grouped with another of its place is told once more
        seen: list[int] = []
        known: dict[int, int] = {}  # what the desk believes: alerts of each event
        with httpx.Client(timeout=10, headers=office.headers) as client:
            while not seen or seen[-1] < last:
                headers = {"Last-Event-ID": str(seen[-1] if seen else 0)}
                with connect_sse(
                    client, "GET", office.url + "api/v1/stream?after=8", headers=headers
                ) as source:
                    for message in source.iter_sse():
                        if message.event == "event":
                            seen.append(int(message.id))
                            event = message.json()["event"]
                            known[event["id"]] = event["alerts"]
                            break  # the line is cut after each
        assert seen == sorted(
            set(seen)
        )  # an event comes with its newest state, so a change may be passed over
        assert seen[-1] == last
        told = {item["id"]: item["alerts"] for item in office.get("/api/v1/events").json()["items"]}
        assert known == told
        with (
            httpx.Client(timeout=10, headers=office.headers) as client,
            connect_sse(
                client, "GET", office.url + "api/v1/stream", headers={"Last-Event-ID": "999"}
            ) as source,
        ):
            kinds = [message.event for message, _ in zip(source.iter_sse(), range(2), strict=False)]
        assert kinds == ["tick", "reset"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_sighup_brings_changed_tables_in_force_without_a_restart(
    tmp_path: Path, mosquitto: Mosquitto, kind: str, request: pytest.FixtureRequest
) -> None:
    """While alerts come in; a bad file is refused with its line, and what was in force stays."""
    sqlite = f"sqlite:///{tmp_path}/central.sqlite"
    database = sqlite if kind == "sqlite" else request.getfixturevalue("postgres").database()
    grading = tmp_path / "grading.yaml"
    sample = (shipped("configs") / "grading.yaml").read_text()
    grading.write_text(sample)
    box = new_box()

    def versions(office: Central) -> list[int]:
        return [row["number"] for row in office.get("/api/v1/tables/grading/versions").json()["items"]]

    with (
        central(tmp_path, mosquitto.port, database, f"hup-{kind}", grading=str(grading)) as office,
        outbox(box.topics, mosquitto.port) as sender,
    ):
        assert office.process is not None
        pid = office.process.pid
        sender.insist([box.alert(alert_id="before", zone="z1")])
        assert versions(office) == [1]
        grading.write_text(sample.replace('version: "sample-1"', 'version: "mine-2"'))
        office.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(versions(office)) == 2, "the changed table")
        sender.insist([box.alert(alert_id="after", zone="z2")])
        events = {item["zone"]["id"]: item for item in office.get("/api/v1/events").json()["items"]}
        assert events["z1"]["config_version"] != events["z2"]["config_version"]
        grading.write_text(sample.replace("rules:", "rulez:"))
        office.process.send_signal(signal.SIGHUP)
        wait_until(lambda: "tables not read again" in office.log(), "the refusal")
        assert str(grading) in office.log()
        assert len(versions(office)) == 2
        sender.insist([box.alert(alert_id="still", zone="z3")])
        assert (office.process.poll(), office.process.pid) == (None, pid)


def test_stops_while_desks_are_connected(tmp_path: Path, mosquitto: Mosquitto) -> None:
    with central(tmp_path, mosquitto.port, client_id="c3") as office:
        ended = threading.Event()

        def follow() -> None:
            with (
                httpx.Client(timeout=20, headers=office.headers) as client,
                connect_sse(client, "GET", office.url + "api/v1/stream") as source,
            ):
                for _ in source.iter_sse():
                    pass
            ended.set()

        desk = threading.Thread(target=follow)
        desk.start()
        wait_until(lambda: office.get("/healthz").json()["desks"] == 1, "the desk")
        begin = time.monotonic()
        assert office.stop(signal.SIGINT) == 0
        assert time.monotonic() - begin < 8
        desk.join(5)
        assert ended.is_set()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_kill_9_loses_nothing_and_doubles_nothing(
    tmp_path: Path, mosquitto: Mosquitto, kind: str, request: pytest.FixtureRequest
) -> None:
    """Killed at random moments, over and over, while a box sends."""
    database = f"sqlite:///{tmp_path}/central.sqlite"
    if kind == "postgresql":
        database = request.getfixturevalue("postgres").database()
    chance = random.Random(7)
    box = new_box()
    alerts = episodes(box, 80, pictures=True)
    with (
        central(tmp_path, mosquitto.port, database, client_id=f"kill-{kind}") as office,
        outbox(box.topics, mosquitto.port) as sender,
    ):
        sending = threading.Thread(
            target=sender.insist, args=(alerts,), kwargs={"every_s": 2.0, "within_s": 240.0}
        )
        sending.start()
        for _ in range(2):
            time.sleep(chance.uniform(0.02, 0.3))
            office.stop(signal.SIGKILL)
            office.start()
        sending.join(240)
        assert sender.settled == {alert.id for alert in alerts}
        wait_until(lambda: office.counts()["alerts_committed"] == len(alerts), "every alert")
        figures = office.counts()
        assert (figures["dead_letters"], figures["missing"]) == (0, 0)
        office.stop()
    store = Store(database)
    assert counted(store, box) == (len(alerts), len(alerts))
    store.close()


def test_killed_broker_and_killed_central(tmp_path: Path) -> None:
    """A broker that forgets its queue costs time, not alerts: the receipt is what counts."""
    box = new_box()
    alerts = episodes(box, 60)
    with (
        servers.mosquitto() as broker,
        central(tmp_path, broker.port, client_id="c4") as office,
        outbox(box.topics, broker.port) as sender,
    ):
        sending = threading.Thread(target=sender.insist, args=(alerts,), kwargs={"every_s": 0.5})
        sending.start()
        for _ in range(2):
            time.sleep(0.15)
            broker.stop(signal.SIGKILL)
            broker.start()
        office.stop(signal.SIGKILL)
        office.start()
        sending.join(240)
        assert sender.settled == {alert.id for alert in alerts}
        figures = office.counts()
    assert (figures["alerts_committed"], figures["dead_letters"], figures["missing"]) == (180, 0, 0)


@contextmanager
def ingest(store: Store, folder: Path, tables: Tables, broker: int, name: str) -> Iterator[Ingest]:
    """The ingest side alone, in this process."""
    plain = config_of(folder)
    config = plain.model_copy(
        update={"broker": plain.broker.model_copy(update={"port": broker, "client_id": name})}
    )
    made = Ingest(
        config, lambda: tables, store, EvidenceFolder(folder / "evidence"), SystemClock(), lambda: None
    )
    made.start()
    wait_until(lambda: made.connected, "the broker")
    try:
        yield made
    finally:
        made.stop()


def test_committed_but_not_acknowledged_is_redelivered_and_told_apart(
    tmp_path: Path, mosquitto: Mosquitto, tables: Tables, sqlite_store: Store
) -> None:
    """The moment between commit and acknowledgement, made certain: the first central never acknowledges."""
    box = new_box()
    alerts = episodes(box, 5)
    with outbox(box.topics, mosquitto.port) as sender:
        with ingest(sqlite_store, tmp_path, tables, mosquitto.port, "gap") as first:
            first._mqtt.committed = lambda *_: None  # type: ignore[method-assign]
            sender.send(alerts)
            wait_until(lambda: counted(sqlite_store, box)[0] == len(alerts), "the commit")
            assert not sender.receipted
        with ingest(sqlite_store, tmp_path, tables, mosquitto.port, "gap"):
            wait_until(lambda: sender.receipted == {alert.id for alert in alerts}, "receipts")
    assert counted(sqlite_store, box) == (len(alerts), len(alerts))


def test_a_database_that_goes_away_costs_time_not_alerts(
    tmp_path: Path, mosquitto: Mosquitto, tables: Tables
) -> None:
    box = new_box()
    alerts = episodes(box, 20)
    with servers.postgres() as server:
        store = Store(server.database())
        migrate(store)
        with (
            ingest(store, tmp_path, tables, mosquitto.port, "away") as running,
            outbox(box.topics, mosquitto.port) as sender,
        ):
            sender.insist(alerts[:10])
            server.stop()
            sender.send(alerts[10:])
            wait_until(lambda: running.stuck, "the outage to be noticed")
            assert not sender.settled & {alert.id for alert in alerts[10:]}
            server.start()
            wait_until(lambda: sender.receipted == {alert.id for alert in alerts}, "the rest")
            assert not running.stuck
        assert counted(store, box) == (len(alerts), len(alerts))
        store.close()


def test_one_poisoned_alert_does_not_stop_the_city(
    tmp_path: Path, mosquitto: Mosquitto, tables: Tables, store: Store
) -> None:
    """The database refuses one row: the others are committed, that one is set aside and the box told."""
    poison = {
        "sqlite": (
            "CREATE TRIGGER poison BEFORE INSERT ON episode WHEN NEW.zone = 'poison' "
            "BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        ),
        "postgresql": "ALTER TABLE episode ADD CONSTRAINT poison CHECK (zone <> 'poison')",
    }
    with store.write() as connection:
        connection.exec_driver_sql(poison[connection.dialect.name])
    box = new_box()
    alerts = [box.alert(alert_id=f"e{n}", zone="poison" if n == 7 else f"z{n}") for n in range(20)]
    with (
        outbox(box.topics, mosquitto.port) as sender,
        ingest(store, tmp_path, tables, mosquitto.port, f"poison-{store.engine.dialect.name}"),
    ):
        sender.send(alerts)
        wait_until(lambda: len(sender.settled) == 20, "all receipts and the rejection")
    assert set(sender.rejected) == {alerts[7].id}
    assert "poison" in sender.rejected[alerts[7].id]
    assert counted(store, box)[1] == 19


def test_hostile_messages_do_not_stop_it(tmp_path: Path, mosquitto: Mosquitto) -> None:
    box = new_box()
    good = box.alert()
    topic = box.topic(good)
    with (
        central(tmp_path, mosquitto.port, client_id="c5") as office,
        outbox(box.topics, mosquitto.port) as sender,
    ):
        wait_until(lambda: office.get("/healthz").json()["status"] == "ok", "the broker")
        hostile = [b"", b"\x00" * 100, b"{}", b"[" * 5000, encode(good)[:-5], b"A" * 3_000_000]
        for payload in hostile:
            sender.publish(topic, payload)
        sender.publish(box.topics.alert("willow-school", Kind.NO_STOPPING), encode(good))
        sender.publish(BoxTopics("demo", "another").alert("ring-road", Kind.NO_STOPPING), encode(good))
        sender.insist([box.alert(alert_id="after", seq=99)])
        wait_until(lambda: office.counts()["dead_letters"] == len(hostile) + 2, "the dead letters")
        assert office.counts()["alerts_committed"] == 1
        reasons = [item["reason"] for item in office.get("/api/v1/dead-letters").json()["items"]]
        assert any("over the limit" in reason for reason in reasons)
        assert office.stop() == 0


def test_with_the_demos_broker(tmp_path: Path) -> None:
    port = servers.free_port()
    command = [sys.executable, "-m", "placewatch.demo.broker", "--port", str(port)]
    broker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: servers.accepts(port), "amqtt")
        box = new_box()
        alerts = episodes(box, 30, pictures=True)
        with central(tmp_path, port, client_id="c6") as office, outbox(box.topics, port) as sender:
            wait_until(lambda: office.get("/healthz").json()["broker"] == "connected", "the broker")
            sender.insist(alerts, every_s=3.0)
            assert office.counts()["alerts_committed"] == len(alerts)
            assert office.stop() == 0
    finally:
        servers.end(broker)


def test_without_a_broker_it_serves_what_it_has(tmp_path: Path) -> None:
    with central(tmp_path, servers.free_port()) as office:
        assert office.get("/healthz").json() | {"version": ""} == {
            "status": "degraded",
            "database": "ok",
            "broker": "away",
            "waiting": 0,
            "desks": 0,
            "version": "",
        }
        wait_until(lambda: "cannot be reached" in office.log(), "the log line")
        assert office.stop() == 0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from placewatch.cli.main import run; run()", "central", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = tmp_path / "central.yaml"
        city = Path(__file__).parent / "city"
        port = taken.getsockname()[1]
        config.write_text(f"city: {city}/city.yaml\ngrids: {city}/grids.geojson\nhttp: {{port: {port}}}\n")
        done = run("serve", "--config", str(config))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"127.0.0.1:{port}: the port is in use" in done.stderr
    assert not (tmp_path / "central.sqlite").exists()


def test_a_bad_configuration_exits_with_2(tmp_path: Path) -> None:
    config = tmp_path / "central.yaml"
    config.write_text("htpp: {}\n")
    done = run("serve", "--config", str(config))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{config}:1: htpp: unknown key" in done.stderr


def test_migrate(tmp_path: Path) -> None:
    config = tmp_path / "central.yaml"
    config.write_text("timezone: UTC\n")
    newest = head()
    assert run("migrate", "--config", str(config)).stdout == f"schema: empty -> {newest}\n"
    revisions = json.loads(run("migrate", "--config", str(config), "--json").stdout)
    assert revisions == {"before": newest, "after": newest}
    assert run("migrate", "--config", str(config), "--to", "base").returncode == 1
    down = run("migrate", "--config", str(config), "--to", "base", "--yes")
    assert down.stdout == f"schema: {newest} -> empty\n"
