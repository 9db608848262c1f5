import json
import socket
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from central.events.deadlines import Deadline, Step
from placewatch.cli.main import app
from placewatch.demo.ports import HOST, free_ports
from placewatch.loadtest import census, engines
from placewatch.loadtest.chaos import sound
from placewatch.loadtest.faults import PARTS, FaultKind, faults
from placewatch.loadtest.gate import Gate
from tests.parts import require
from tests.servers import wait_until

KEYS = {
    *("kills", "sent", "stored", "distinct", "counted", "lost", "duplicated"),
    *("missed_deadlines", "audit_ok", "seed"),
}


def test_the_same_seed_breaks_the_same() -> None:
    first = list(faults(5, 600, every_s=1.0))
    assert first == list(faults(5, 600, every_s=1.0)) != list(faults(6, 600, every_s=1.0))
    assert {fault.kind for fault in first} == set(FaultKind)
    assert {fault.part for fault in first} == set(PARTS)
    assert [fault.at_s for fault in first] == sorted(fault.at_s for fault in first)
    assert 450 < len(first) < 750


def heard(client: socket.socket) -> bytes:
    """What comes, nothing when the connection is gone."""
    try:
        return client.recv(10)
    except ConnectionError:
        return b""


@pytest.fixture
def echo_server() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(10)
        yield server


def test_a_gate_passes_breaks_and_heals(echo_server: socket.socket) -> None:
    gate = Gate(free_ports(1)[0], echo_server.getsockname()[1])
    gate.start()
    try:
        with socket.create_connection((HOST, gate.port), 5) as client:
            far, _ = echo_server.accept()
            client.sendall(b"there")
            assert far.recv(10) == b"there"
            far.sendall(b"back")
            assert client.recv(10) == b"back"
            gate.cut()
            client.settimeout(10)
            assert not heard(client)
            far.close()

        def through() -> bool:
            try:
                with socket.create_connection((HOST, gate.port), 5) as again:
                    again.settimeout(0.5)
                    again.sendall(b"x")
                    return again.recv(1) != b""
            except TimeoutError:
                return True
            except OSError:
                return False

        assert not through()
        gate.heal()
        wait_until(through, "the gate to let through again")
    finally:
        gate.stop()


@pytest.mark.slow
def test_nothing_is_lost_or_counted_twice_whatever_is_killed() -> None:
    require(engines.find_mosquitto(), "mosquitto is not installed")
    size = ["--minutes", "0.1", "--boxes", "4", "--rate", "40", "--every", "0.7", "--seed", "11"]
    result = CliRunner().invoke(app, ["chaos", *size, "--db", "sqlite", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found.keys() >= KEYS
    assert sound(found)
    assert found["kills"] > 0
    assert found["deadlines"] > 0
    assert found["sent"] > 20


@pytest.mark.parametrize(
    ("told", "recorded", "closed_s", "missed"),
    [
        (100, (80, 100), None, False),
        (100, (), None, True),
        (80, (50,), None, True),
        (0, (), None, True),
        (0, (), 3.0, False),
        (0, (), 60.0, True),
        (50, (50,), 3.0, False),
    ],
)
def test_a_limit_that_passed_must_have_been_told(
    told: int, recorded: tuple[int, ...], closed_s: float | None, missed: bool
) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def after(seconds: float) -> datetime:
        return start + timedelta(seconds=seconds)

    row = Deadline(
        event_id=1,
        round=0,
        step=Step.ACCEPT,
        limit="5s",
        started=start,
        half=after(2.5),
        most=after(4),
        due=after(5),
        told=told,
    )
    known = Counter({(1, "accept", str(row.due), share): 1 for share in recorded})
    closed = None if closed_s is None else after(closed_s)
    assert census.missed(row, closed, known, after(600)) is missed


def test_a_loss_is_not_sound() -> None:
    whole = {"sent": 3, "stored": 3, "distinct": 3, "counted": 3, "lost": 0, "duplicated": 0}
    whole |= {"missed_deadlines": 0, "audit_ok": True, "drained": True, "deadlines_told_twice": 0}
    assert sound(whole)
    for name, bad in (
        ("stored", 2),
        ("counted", 4),
        ("lost", 1),
        ("audit_ok", False),
        ("missed_deadlines", 1),
    ):
        assert not sound(whole | {name: bad})
