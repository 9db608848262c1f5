"""The demo's own decisions, without processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from central.setup import load_central
from central.store.engine import Store
from central.trust.setup import open_fleet
from edge.config import load_box
from edge.managed.believe import believe
from edge.managed.boot import boot
from edge.managed.merge import effective
from messages import ConfigOrder
from messages.topics import BoxTopics
from placewatch.demo.chain import Ports
from placewatch.demo.orders import govern
from placewatch.demo.part import Part, PartError, PartSpec
from placewatch.demo.people import admit
from placewatch.demo.plan import box_for, camera_ids, shipped_box, shipped_streams, write_files
from placewatch.demo.ports import check_free, free_ports, wait_open
from placewatch.demo.report import Report, check_writable
from placewatch.demo.screen import PlainScreen, describe, open_screen, stages
from placewatch.demo.watch import CameraLine, Change, Snapshot, frames
from placewatch.errors import PlacewatchError
from placewatch.footage.fetch import SHOTS

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
PORTS = Ports(rtsp=11000, mqtt=11001, http=11002)
CHANGE = Change(
    number=7,
    verbs=("reported", "filed"),
    event=3,
    title="20261124-000003",
    colour="yellow",
    kind="Perimeter intrusion",
    place="Lake promenade",
    zone="lawn",
    camera="promenade-1",
    org="Willow grid 1",
    count=2,
    alerts=1,
    active=True,
)
SNAPSHOT = Snapshot(
    cameras=(
        CameraLine("promenade-1", "streaming", "", 10.0, 120, 40),
        CameraLine("gate", "failed", "refuses the connection", 0.0, 3, 0),
    ),
    spooled=4,
    published=3,
    waiting=1,
    committed=3,
    events=2,
)


@pytest.mark.parametrize(
    ("streams", "cameras"),
    [
        (["vtest"], ["vtest"]),
        (["my street (1)", "a/b"], ["my-street--1", "a-b"]),
        (["街口", "桥头"], ["clip", "clip-2"]),
        (["x y", "x-y", "X-Y"], ["x-y", "x-y-2", "X-Y-3"]),
        (["n" * 300], ["n" * 56]),
        (["-.-"], ["clip"]),
    ],
)
def test_camera_ids_from_file_names(streams: list[str], cameras: list[str]) -> None:
    clips = camera_ids(streams)
    assert [clip.camera for clip in clips] == cameras
    assert [clip.stream for clip in clips] == streams


def test_every_default_clip_has_its_camera() -> None:
    assert sorted(shipped_streams()) == sorted(shot.name for shot in SHOTS)


@pytest.mark.parametrize("streams", [["vtest", "bikes-street"], ["bikes-junction"]])
def test_written_files_are_good_and_name_only_what_is_there(streams: list[str], tmp_path: Path) -> None:
    files = write_files(tmp_path, tmp_path, PORTS, shipped_box(streams, PORTS))
    box = load_box(files.box)
    config, tables = load_central(files.central)
    assert sorted(camera.url for camera in box.cameras) == sorted(
        f"rtsp://127.0.0.1:11000/{stream}" for stream in streams
    )
    assert (box.broker.port, config.broker.port, config.http.port) == (11001, 11001, 11002)
    assert {camera.place for camera in box.cameras} <= tables.city.places.keys()
    assert config.database == f"sqlite:///{tmp_path}/central.sqlite"


def test_the_box_is_one_that_its_centre_configures(tmp_path: Path) -> None:
    """What it runs at first is signed as version 1, and believed."""
    files = write_files(tmp_path, tmp_path, PORTS, shipped_box(["vtest"], PORTS))
    admit(files.central)
    govern(files, PORTS, NOW)
    own, governed = boot(files.box, NOW)
    assert governed is not None
    config, _ = load_central(files.central)
    store = Store(config.database)
    newest = open_fleet(config.trust, store).newest(BoxTopics("demo", "box-1"))
    store.close()
    assert newest is not None
    assert (newest.version, newest.actor) == (1, "placewatch")
    order = believe(newest.message.encode(), governed.anchor.key, BoxTopics("demo", "box-1")).order
    assert isinstance(order, ConfigOrder)
    assert effective(files.box, order.config, 1).cameras == own.cameras


def test_no_clip_at_all_is_told() -> None:
    with pytest.raises(PlacewatchError, match="footage fetch"):
        shipped_box(["holiday"], PORTS)


def test_own_clips_become_good_cameras_at_demo_places(tmp_path: Path) -> None:
    streams = [f"clip {number}" for number in range(20)]
    files = write_files(tmp_path, tmp_path, PORTS, box_for(streams, PORTS))
    box = load_box(files.box)
    assert len(box.cameras) == 20
    assert box.cameras[0].url == "rtsp://127.0.0.1:11000/clip%200"
    assert {str(rule.kind) for camera in box.cameras for rule in camera.rules} == {
        "perimeter_intrusion",
        "no_stopping",
    }


def test_shipped_places_are_those_of_the_city(tmp_path: Path) -> None:
    files = write_files(tmp_path, tmp_path, PORTS, shipped_box(shipped_streams(), PORTS))
    _, tables = load_central(files.central)
    for place in load_box(files.box).places:
        assert tables.city.places[place.id].place_class == place.place_class


def test_server_sent_events() -> None:
    lines = [
        ": hi",
        "event: tick",
        'data: {"now":1}',
        "",
        "id: 7",
        "event: event",
        "data: {",
        "data: }",
        "",
        "data: x",
    ]
    assert list(frames(iter(lines))) == [("tick", "", '{"now":1}'), ("event", "7", "{\n}")]


def test_lines_for_programs_and_people(capsys: pytest.CaptureFixture[str]) -> None:
    line = describe(CHANGE)
    assert all(
        part in line for part in ("20261124-000003", "yellow", "Lake promenade, lawn", "Willow grid 1")
    )
    assert stages(SNAPSHOT) == (
        "cameras 1/2 streaming, 10 pictures/s | alerts 3 published, 3 committed, 1 waiting | 2 events"
    )
    PlainScreen().show([CHANGE], SNAPSHOT)
    assert line in capsys.readouterr().out


def test_table_shows_changes_cameras_and_reasons() -> None:
    console = Console(file=StringIO(), force_terminal=True, width=120, height=30, color_system=None)
    with open_screen("http://127.0.0.1:11002/", console) as screen:
        screen.show([], Snapshot())
        screen.show([CHANGE], SNAPSHOT)
    assert isinstance(console.file, StringIO)
    text = console.file.getvalue()
    for part in (
        "waiting for the first alert",
        "Perimeter intrusion",
        "filed",
        "refuses the connection",
        "11002",
    ):
        assert part in text


def test_report_is_the_promised_json(tmp_path: Path) -> None:
    report = Report.of(SNAPSHOT, first_alert_s=6.0849, url=PORTS.url)
    report.write(tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text()) == {
        "cameras": 2,
        "frames_decoded": 123,
        "alerts_published": 3,
        "alerts_committed": 3,
        "events": 2,
        "first_alert_s": 6.08,
        "url": "http://127.0.0.1:11002/",
    }
    with pytest.raises(PlacewatchError, match="cannot be written"):
        check_writable(tmp_path / "no" / "r.json")


def test_ports() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    check_free(ports[0], "--port")
    with socket.create_server(("127.0.0.1", ports[0])):
        with pytest.raises(PlacewatchError, match="in use"):
            check_free(ports[0], "--port")
        assert wait_open(ports[0], 1.0, lambda: True)
    assert not wait_open(ports[1], 0.3, lambda: True)
    assert not wait_open(ports[1], 30.0, lambda: False)


def part(tmp_path: Path, code: str, grace_s: float = 5.0) -> Part:
    return Part(PartSpec("thing", ("-c", code), grace_s=grace_s), tmp_path)


def wait_for(file: Path) -> str:
    deadline = time.monotonic() + 10.0
    while not (file.exists() and file.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return file.read_text()


def test_part_that_ends_by_itself_shows_its_last_lines(tmp_path: Path) -> None:
    thing = part(tmp_path, "print('one'); print('two'); raise SystemExit(3)")
    thing.start()
    deadline = time.monotonic() + 10.0
    while thing.alive and time.monotonic() < deadline:
        time.sleep(0.02)
    with pytest.raises(PartError, match=r"(?s)thing: ended with exit code 3.*one.*two") as raised:
        thing.check()
    assert "whole log" in raised.value.remedy


@pytest.mark.parametrize(("ignores", "in_time"), [(False, True), (True, False)])
def test_part_stops_or_is_killed_with_its_children(ignores: bool, in_time: bool, tmp_path: Path) -> None:
    code = f"""
import signal, subprocess, sys, time
if {ignores}: signal.signal(signal.SIGTERM, signal.SIG_IGN)
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", stubborn])
print(child.pid, flush=True)
time.sleep(60)
"""
    thing = part(tmp_path, code, grace_s=1.0)
    thing.start()
    grandchild = psutil.Process(int(wait_for(thing.log)))
    assert thing.stop() is in_time
    deadline = time.monotonic() + 5.0
    while grandchild.is_running() and grandchild.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_killed_parent_takes_its_part_along(tmp_path: Path) -> None:
    code = f"""
import time
from pathlib import Path
from placewatch.demo.part import Part, PartSpec
tells = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
Part(PartSpec("thing", ("-c", tells)), Path({str(tmp_path)!r})).start()
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", code])
    try:
        child = psutil.Process(int(wait_for(tmp_path / "thing.log")))
    finally:
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 5.0
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)
