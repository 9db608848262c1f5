"""A worker that is killed in an open episode: the next one goes on with it, without a second alert."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from messages import Alert, Phase
from tests.edge.boxes import STOPPING, write_box
from tests.edge.cameras import cameras
from tests.edge.clips import walk, write_clip
from tests.outbox.brokers import Central, Mosquitto

WORKER = """
import sys, threading
from pathlib import Path
from edge.config import load_box
from edge.redact.redactor import Redactor
from edge.runner.parts import Parts
from edge.runner.worker import Worker
from tests.edge.fakes import ColorDetector
path = Path(sys.argv[1])
Worker(load_box(path), path.parent, Parts(ColorDetector(), Redactor.load())).run(threading.Event())
"""


def start(config: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WORKER, str(config)], stderr=subprocess.DEVNULL)


def kill(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(10)


def wait(condition: Callable[[], object], seconds: float = 40.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def phases(alerts: list[Alert]) -> list[Phase]:
    return [alert.type.phase for alert in alerts]


def distinct(central: Central) -> list[Alert]:
    """Each message once: killed before its receipt is on disk, a box sends it again under its id."""
    alerts = {alert.id: alert for alert in central.arrivals}
    assert all(alert == alerts[alert.id] for alert in central.arrivals)
    return list(alerts.values())


def test_a_killed_worker_goes_on_with_its_open_episode(tmp_path: Path) -> None:
    # A car stands there all the time: one episode, whatever happens to the worker.
    clip = write_clip(tmp_path / "gate.mp4", walk(4.0, lambda _: (None, (180, 100, 260, 150))))
    rule = STOPPING | {"update_s": 2.0, "clear_s": 3.0}
    with cameras({"gate": clip}) as served, Mosquitto(tmp_path) as broker, Central(broker.port) as central:
        config = write_box(tmp_path, {"gate": served.url("gate")}, port=broker.port, rules=(rule,))
        first = start(config)
        try:
            wait(lambda: central.arrivals)
        finally:
            kill(first)
        before = len(distinct(central))
        second = start(config)
        try:
            wait(lambda: len(distinct(central)) >= before + 2)
        finally:
            kill(second)
        # The box is off when the rule is taken out of its configuration: its open episode must not stay open.
        write_box(tmp_path, {"gate": served.url("gate")}, port=broker.port, rules=())
        third = start(config)
        try:
            wait(lambda: Phase.CLOSED in phases(central.arrivals))
        finally:
            kill(third)
    stopping = [alert for alert in distinct(central) if alert.data.kind == "no_stopping"]
    assert phases(stopping) == [Phase.OPENED] + [Phase.UPDATED] * (len(stopping) - 2) + [Phase.CLOSED]
    assert len({alert.data.alert_id for alert in stopping}) == 1
    assert len({alert.data.started for alert in stopping}) == 1
    assert stopping[-1].data.evidence_missing == "its rule is no longer configured"
