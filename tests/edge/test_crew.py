"""Several processes of one box with a real broker: one identity, and a killed process doubles nothing."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from edge.config import load_box
from edge.outbox.remote import Answer, Call, RemoteSpool, answered
from edge.runner.crew import Crew
from edge.runner.process import Orders
from messages import CameraState, Phase
from placewatch.errors import StoreError
from tests.edge.boxes import write_box
from tests.edge.cameras import Cameras, cameras
from tests.edge.clips import Things, walk, write_clip
from tests.edge.crews import colours
from tests.outbox.brokers import Central, Mosquitto, free_port


def stays(t: float) -> Things:
    """A person who comes in the first second and never goes."""
    x = min(150, int(t * 150))
    return (x, 80, x + 24, 150), None


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cameras]:
    clip = write_clip(tmp_path_factory.mktemp("clips") / "stays.mp4", walk(6.0, stays))
    with cameras({"north": clip, "south": clip}) as running:
        yield running


def wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def opened(central: Central) -> list[str]:
    """Cameras of the alerts that opened an episode."""
    return [alert.data.camera for alert in central.arrivals if alert.type.phase is Phase.OPENED]


def test_a_killed_process_is_started_again_and_tells_nothing_twice(tmp_path: Path, served: Cameras) -> None:
    rules = ({"kind": "perimeter_intrusion", "zone": "yard", "dwell_s": 0.5, "clear_s": 600.0},)
    with Mosquitto(tmp_path) as broker, Central(broker.port) as central:
        urls = {name: served.url(name) for name in ("north", "south")}
        status_port = free_port()
        settings = {"workers": 2, "status_port": status_port, "health_s": 1.0}
        config = write_box(tmp_path, urls, port=broker.port, rules=rules, settings=settings)
        box = load_box(config)
        crew = Crew(box, tmp_path, Orders(box, tmp_path, make_parts=colours))
        stop = threading.Event()
        thread = threading.Thread(target=lambda: crew.run(stop, drain_s=5.0), daemon=True)
        thread.start()
        try:
            wait(lambda: len(set(opened(central))) == 2)
            before = crew.processes()
            assert len(before) == 2
            os.kill(before[0], signal.SIGKILL)
            wait(
                lambda: any(
                    camera.state is CameraState.FAILED and "killed by signal 9" in camera.reason
                    for health in central.healths
                    for camera in health.cameras
                )
            )
            wait(lambda: len(crew.processes()) == 2 and before[0] not in crew.processes())
            count = len(central.healths)
            wait(
                lambda: any(
                    all(camera.state is CameraState.STREAMING for camera in health.cameras)
                    and all(camera.frames_detected > 20 for camera in health.cameras)
                    for health in central.healths[count:]
                )
            )
            assert crew.healthy()
            status = httpx.get(f"http://127.0.0.1:{status_port}/status").json()
            assert [camera["camera"] for camera in status["cameras"]] == ["north", "south"]
        finally:
            stop.set()
            thread.join(40)
        assert not thread.is_alive()
        assert not multiprocessing.active_children()
        wait(lambda: central.states[-1] is not None and not central.states[-1].online)
    assert Counter(opened(central)) == {"north": 1, "south": 1}
    assert central.seqs == list(range(1, len(central.seqs) + 1)), "one spool numbers all of them"
    assert len({alert.session for alert in central.arrivals}) == 1
    last = central.healths[-1]
    assert last.stopping
    assert [camera.camera for camera in last.cameras] == ["north", "south"]
    assert last.model == "color@1"
    assert last.spool.waiting == 0
    assert last.spool.spooled == last.spool.receipted == len(central.seqs)


def test_the_command_runs_a_crew_and_leaves_no_process_behind(tmp_path: Path, served: Cameras) -> None:
    urls = {name: served.url(name) for name in ("north", "south")}
    config = write_box(tmp_path, urls, port=9, settings={"workers": 2})
    command = [sys.executable, "-m", "placewatch", "edge", "run", "--config", str(config), "--drain-s", "0"]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stderr=log) as process:
        family = psutil.Process(process.pid)
        wait(lambda: (tmp_path / "log").read_text(errors="replace").count("camera_streaming") >= 2)
        children = family.children(recursive=True)
        assert len(children) >= 2
        process.kill()  # not even a chance to say good-bye
        process.wait(10)
        _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    assert "Traceback" not in (tmp_path / "log").read_text(errors="replace")


def test_calls_that_fail_fail_at_the_caller() -> None:
    ours, theirs = multiprocessing.Pipe()

    def refuse() -> None:
        raise StoreError("the disk is full", where="spool.sqlite", remedy="free some")

    def break_down() -> None:
        raise ZeroDivisionError("nought")

    methods = {"session": lambda: "s1", "stats": refuse, "memories": break_down}

    def serve() -> None:
        for _ in range(3):
            call = theirs.recv()
            assert isinstance(call, Call)
            theirs.send(answered(call, methods))
        theirs.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    spool = RemoteSpool(ours)
    assert spool.session == "s1"
    with pytest.raises(StoreError, match="the disk is full") as error:
        spool.stats()
    assert error.value.remedy == "free some"
    with pytest.raises(RuntimeError, match="nought"):
        spool.memories()
    thread.join(10)
    with pytest.raises(StoreError, match="main process is gone"):
        spool.remember(())
    assert answered(Call("session", ()), methods) == Answer("s1")
