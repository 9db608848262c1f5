"""The publisher against real brokers: sent = stored distinct, through kills of everyone."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog.testing
from paho.mqtt import publish

from edge.config import Broker
from edge.ingest.backoff import Backoff
from edge.outbox.publisher import Publisher, PublisherTimes
from edge.outbox.spool import Spool
from edge.outbox.window import Pace
from messages import Health, Phase
from messages.topics import BoxTopics
from tests.outbox.brokers import Central, EmbeddedAmqtt, Mosquitto, free_port, until
from tests.outbox.samples import BOX, SITE, alert, open_spool
from tests.parts import ROOT

FAST = PublisherTimes(
    pace=Pace(resend_s=1.0, grace_s=0.2), backoff=Backoff(first_s=0.1, cap_s=0.3), random=lambda: 0.5
)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path / "spool.sqlite") as opened:
        yield opened


@contextmanager
def publishing(
    spool: Spool, port: int, login: dict[str, str] | None = None, *, drain_s: float = 0.0
) -> Iterator[Publisher]:
    publisher = Publisher(
        spool,
        Broker.model_validate({"host": "127.0.0.1", "port": port, **(login or {})}),
        BoxTopics(SITE, BOX),
        version="0.1.0",
        times=FAST,
    )
    publisher.start()
    try:
        yield publisher
    finally:
        publisher.stop(drain_s)


def health(spool: Spool) -> Health:
    return Health(
        site=SITE,
        box=BOX,
        session=spool.session,
        time=datetime.now(UTC),
        uptime_s=1.0,
        version="0.1.0",
        model="nanodet-1",
        cameras=[],
        spool=spool.stats(),
    )


def test_alerts_arrive_once_in_order_and_the_spool_empties(broker: Mosquitto, spool: Spool) -> None:
    for number in range(100):
        spool.append(alert(number))
    with Central(broker.port) as central, publishing(spool, broker.port):
        for number in range(100, 200):
            spool.append(alert(number, picture=20_000 if number % 10 == 0 else 0))
        assert until(lambda: spool.stats().waiting == 0)
        assert [one.seq for one in central.arrivals] == list(range(1, 201))
    stats = spool.stats()
    assert (stats.spooled, stats.published, stats.receipted) == (200, 200, 200)


def test_the_embedded_broker_of_the_demo_will_do(spool: Spool) -> None:
    with EmbeddedAmqtt() as amqtt, Central(amqtt.port) as central:
        with publishing(spool, amqtt.port, drain_s=10) as publisher:
            for number in range(50):
                spool.append(alert(number, picture=100_000 if number % 10 == 0 else 0))
            assert until(lambda: spool.stats().waiting == 0)
            assert publisher.publish_health(health(spool))
            assert until(lambda: central.healths)
        assert central.seqs == list(range(1, 51))
        assert until(lambda: [state.online for state in central.states if state] == [True, False])


def test_the_state_is_retained_and_health_is_sent(broker: Mosquitto, spool: Spool) -> None:
    with publishing(spool, broker.port) as publisher:
        assert until(lambda: publisher.connected)
        with Central(broker.port) as central:
            assert until(lambda: central.states)
            state = central.states[-1]
            assert state is not None
            assert (state.online, state.session, state.version) == (True, spool.session, "0.1.0")
            assert publisher.publish_health(health(spool))
            assert until(lambda: central.healths)
            assert publisher.stop(1)
            assert until(lambda: central.states[-1] is not None and not central.states[-1].online)
    assert not publisher.connected
    assert not publisher.publish_health(health(spool))


def test_stop_waits_for_the_receipts(broker: Mosquitto, spool: Spool) -> None:
    with Central(broker.port), publishing(spool, broker.port) as publisher:
        assert until(lambda: publisher.connected)
        for number in range(50):
            spool.append(alert(number))
        assert publisher.stop(10)
    assert spool.stats().waiting == 0


def test_stop_does_not_wait_for_ever(broker: Mosquitto, spool: Spool) -> None:
    spool.append(alert())
    with Central(broker.port, silent=True), publishing(spool, broker.port) as publisher:
        assert until(lambda: spool.stats().published == 1)
        begun = time.monotonic()
        assert not publisher.stop(0.5)
        assert time.monotonic() - begun < 3
    assert spool.stats().waiting == 1


def test_stop_does_not_hang_on_a_broker_that_hangs(broker: Mosquitto, spool: Spool) -> None:
    with publishing(spool, broker.port) as publisher:
        assert until(lambda: publisher.connected)
        broker.freeze()
        for number in range(20):
            spool.append(alert(number, picture=100_000))
        begun = time.monotonic()
        assert not publisher.stop(0.5)
        assert time.monotonic() - begun < 8
    assert spool.stats().waiting == 20


def test_without_receipts_it_is_sent_again_until_one_comes(broker: Mosquitto, spool: Spool) -> None:
    with Central(broker.port, silent=True) as central, publishing(spool, broker.port):
        sent = [spool.append(alert(number)) for number in range(20)]
        assert until(lambda: len(central.arrivals) > 20)
        assert {one.id for one in central.arrivals} == {one.id for one in sent}
        assert len(central.arrivals) <= 20 + 2 * FAST.pace.probe
        assert spool.stats().waiting == 20
        central.silent = False
        assert until(lambda: spool.stats().waiting == 0)
    stats = spool.stats()
    assert (stats.published, stats.receipted) == (20, 20)


def test_a_rejection_settles_too_and_is_said(broker: Mosquitto, spool: Spool) -> None:
    with (
        structlog.testing.capture_logs() as logs,
        Central(broker.port, rejects=frozenset({2})),
        publishing(spool, broker.port),
    ):
        ids = [spool.append(alert(number)).id for number in range(3)]
        assert until(lambda: spool.stats().waiting == 0)
    assert (spool.stats().receipted, spool.stats().rejected) == (2, 1)
    assert [log["id"] for log in logs if log["event"] == "alert_rejected"] == [ids[1]]


def test_a_killed_broker_loses_nothing(broker: Mosquitto, spool: Spool) -> None:
    with Central(broker.port) as central, publishing(spool, broker.port) as publisher:
        sent = []
        for number in range(300):
            sent.append(spool.append(alert(number)))
            if number in {60, 180}:
                broker.kill()
            if number in {120, 240}:
                time.sleep(1.0)
                broker.start()
            time.sleep(0.003)
        assert until(lambda: spool.stats().waiting == 0, 30), publisher.problem
        assert sorted(central.seqs) == list(range(1, 301))
        assert {one.id for one in central.arrivals} == {one.id for one in sent}
    assert spool.stats().receipted == 300


def test_a_broker_that_comes_late_gets_everything_in_order(tmp_path: Path, spool: Spool) -> None:
    late = Mosquitto(tmp_path)
    with structlog.testing.capture_logs() as logs, publishing(spool, late.port) as publisher:
        for number in range(30):
            spool.append(alert(number, Phase.UPDATED))
        assert until(lambda: publisher.problem)
        assert f"127.0.0.1:{late.port}" in publisher.problem
        assert "start the broker" in publisher.problem
        time.sleep(1.0)  # several attempts
        with late, Central(late.port) as central:
            assert until(lambda: spool.stats().waiting == 0)
            assert central.seqs == list(range(1, 31))
            assert publisher.stop(1)
    assert [log["event"] for log in logs] == ["broker_unavailable", "broker_connected"]


WORKER = """
import sys, time
from pathlib import Path
from edge.config import Broker
from edge.outbox.publisher import Publisher
from messages.topics import BoxTopics
from placewatch import logs
from tests.outbox.samples import BOX, SITE, alert, open_spool
from tests.outbox.test_publisher import FAST
logs.configure()
spool = open_spool(Path(sys.argv[1]))
Publisher(spool, Broker(port=int(sys.argv[2])), BoxTopics(SITE, BOX), version="1", times=FAST).start()
while True:
    print(spool.append(alert(0, picture=500)).seq, flush=True)
    time.sleep(0.002)
"""


def test_a_killed_box_loses_nothing(tmp_path: Path, broker: Mosquitto) -> None:
    path, told = tmp_path / "kept.sqlite", 0
    with Central(broker.port) as central:
        for _ in range(3):
            worker = subprocess.Popen(
                [sys.executable, "-c", WORKER, str(path), str(broker.port)],
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
            assert worker.stdout is not None
            first = worker.stdout.readline()
            time.sleep(0.5)
            worker.send_signal(signal.SIGKILL)
            told = max(int(line) for line in [first, *worker.stdout.read().split()])
            worker.wait()
            worker.stdout.close()
        assert until(lambda: central.states and central.states[-1] and not central.states[-1].online)
        with open_spool(path) as spool, publishing(spool, broker.port):
            assert until(lambda: spool.stats().waiting == 0)
            stats = spool.stats()
        assert told <= stats.spooled <= told + 1
        assert sorted(central.seqs) == list(range(1, stats.spooled + 1))
        assert len({one.id for one in central.arrivals}) == stats.spooled == stats.receipted
        assert len({one.session for one in central.arrivals}) == 1


@pytest.mark.parametrize(
    ("login", "said"),
    [
        ({}, "does not let this user in"),
        ({"username": "box", "password": "wr0ng-secret"}, "does not let this user in"),
    ],
)
def test_bad_credentials_are_one_clear_line_without_the_password(
    tmp_path: Path, spool: Spool, login: dict[str, str], said: str
) -> None:
    with (
        Mosquitto(tmp_path, users={"box": "right"}) as guarded,
        structlog.testing.capture_logs() as logs,
        publishing(spool, guarded.port, login) as publisher,
    ):
        assert until(lambda: publisher.problem)
        time.sleep(1.0)
    (line,) = logs
    assert (line["event"], line["log_level"]) == ("broker_unavailable", "warning")
    assert line["reason"].startswith(f"127.0.0.1:{guarded.port}: ")
    assert said in line["reason"]
    assert "broker.password" in line["reason"]
    assert "wr0ng-secret" not in repr(logs) + repr(publisher.__dict__)


def test_good_credentials_work(tmp_path: Path, spool: Spool) -> None:
    spool.append(alert())
    with (
        Mosquitto(tmp_path, users={"box": "right"}) as guarded,
        publishing(spool, guarded.port, {"username": "box", "password": "right"}),
    ):
        assert until(lambda: spool.stats().published == 1)


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port where each caller gets ``answer``."""

    def serve(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                caller, _ = server.accept()
                with caller, suppress(OSError):
                    answer(caller)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_a_broker_that_forbids_the_receipts_is_said(spool: Spool) -> None:
    def forbid(caller: socket.socket) -> None:
        caller.recv(1000)
        caller.sendall(b"\x20\x02\x00\x00")
        subscribe = caller.recv(1000)
        caller.sendall(b"\x90\x03" + subscribe[2:4] + b"\x80")
        caller.recv(1000)

    with answering(forbid) as port, publishing(spool, port) as publisher:
        assert until(lambda: publisher.problem)
        assert f"forbids this box to read pw/v1/{SITE}/{BOX}/receipt" in publisher.problem


@pytest.mark.parametrize(
    ("host", "said"),
    [("127.0.0.1", "nothing listens there"), ("no-such-host.invalid", "host name cannot be resolved")],
)
def test_an_unreachable_broker_is_said(spool: Spool, host: str, said: str) -> None:
    with publishing(spool, free_port(), {"host": host}) as publisher:
        assert until(lambda: publisher.problem)
        assert said in publisher.problem
        assert f"{host}:" in publisher.problem


def test_a_port_that_speaks_something_else_is_said(spool: Spool) -> None:
    with (
        answering(lambda caller: caller.sendall(b"SSH-2.0-OpenSSH\r\n")) as port,
        publishing(spool, port) as publisher,
    ):
        assert until(lambda: publisher.problem)
        assert "closed the connection" in publisher.problem or "no answer" in publisher.problem


def test_hostile_receipts_change_nothing(broker: Mosquitto, spool: Spool) -> None:
    topic = BoxTopics(SITE, BOX).receipt
    with structlog.testing.capture_logs() as logs, publishing(spool, broker.port) as publisher:
        assert until(lambda: publisher.connected)
        spool.append(alert())
        for payload in (b"", b"{", b"\xff\xfe", b'{"ids":[1]}', b'{"ids":[],"more":1}', b"[" * 100_000):
            publish.single(topic, payload, qos=1, hostname="127.0.0.1", port=broker.port)
        assert until(lambda: [log["event"] for log in logs].count("bad_receipt") == 6)
        assert spool.stats().waiting == 1
        assert publisher.connected
