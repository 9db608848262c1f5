"""Faults as they are written, checked and carried out."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

from placewatch.clock import Clock
from placewatch.errors import ConfigError, UsageError
from placewatch.footage.clip import Clip, load_clip
from placewatch.footage.fault_plan import KINDS, Fault, carry_out, check, parse, read_plan
from placewatch.footage.faults import Faults, Times
from tests.edge.clips import picture, write_clip


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    path = write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", [picture()] * 4)
    return {name: load_clip(path, name) for name in ("gate", "yard/1")}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("stall", Fault(fault="stall")),
        ("gate:stall@10+5/60", Fault(fault="stall", stream="gate", at_s=10, for_s=5, every_s=60)),
        ("loss=0.05", Fault(fault="loss", value="0.05")),
        ("clock-jump=-3600@5", Fault(fault="clock-jump", value="-3600", at_s=5)),
        ("gate:switch=yard/1@2", Fault(fault="switch", stream="gate", value="yard/1", at_s=2)),
        ("yard/1:away/30", Fault(fault="away", stream="yard/1", every_s=30)),
    ],
)
def test_what_is_written_is_meant(text: str, fault: Fault) -> None:
    assert parse(text) == fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not a fault"),
        ("stall@soon", "not a fault"),
        ("stall+0", "no numbers above zero"),
        ("fire", "no such fault"),
        ("door:stall", "no such camera"),
        ("loss", "missing"),
        ("loss=2", "between 0 and 1"),
        ("loss=much", "missing"),
        ("stall=3", "takes no value"),
        ("switch=door", "no such camera"),
        ("stall+9/5", "before it has ended"),
    ],
)
def test_what_is_wrong_is_told(clips: dict[str, Clip], text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told) as error:
        check([parse(text)], clips)
    assert error.value.remedy


def test_a_file_of_faults(tmp_path: Path, clips: dict[str, Clip]) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("faults:\n  - {fault: loss, value: 0.1, stream: gate, at_s: 1}\n  - fault: audio\n")
    assert [(event.name, event.stream) for event in check(read_plan(file), clips)] == [
        ("loss", "gate"),
        ("audio", "gate"),
        ("audio", "yard/1"),
    ]
    file.write_text("faults: [{fault: stall, at: 3}]\n")
    with pytest.raises(ConfigError, match="at_s"):
        read_plan(file)


class Cameras:
    """Faults and a clock that runs as fast as the loop sleeps."""

    def __init__(self, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock: Clock = self
        self.time = 100.0
        self.all = {name: Faults() for name in names}
        self.log: list[tuple[float, str, bool]] = []
        monkeypatch.setattr(asyncio, "sleep", self.sleep)

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.log.append((round(self.time - 100, 3), "stall", self.all["gate"].stalled))
        if self.time > 140:
            raise asyncio.CancelledError
        self.time += seconds

    def faults(self, name: str) -> Faults:
        return self.all[name]

    def disconnect(self, name: str) -> None:
        self.log.append((round(self.time - 100, 3), name, True))


def test_faults_happen_in_their_time(clips: dict[str, Clip], monkeypatch: pytest.MonkeyPatch) -> None:
    cameras = Cameras(tuple(clips), monkeypatch)
    wanted = [parse(text) for text in ("gate:stall@10+5/20", "loss=0.5", "gate:teardown@12", "frozen-times")]
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(carry_out(check(wanted, clips), cameras))
    assert [(at, on) for at, what, on in cameras.log if what == "stall"] == [
        (0.0, False),
        (10.0, True),
        (12.0, True),
        (15.0, False),
        (30.0, True),
        (35.0, False),
        (50.0, True),
    ]
    assert (12.0, "gate", True) in cameras.log
    assert all(faults.loss == 0.5 and faults.times is Times.FROZEN for faults in cameras.all.values())


def test_every_fault_changes_a_field_and_changes_it_back() -> None:
    for name, kind in KINDS.items():
        if kind.field:
            assert getattr(Faults(), kind.field) == kind.good, name


def test_served_with_faults(tmp_path: Path) -> None:
    write_clip(tmp_path / "gate.mp4", [picture()] * 10)
    command = [sys.executable, "-m", "placewatch", "footage", "serve", str(tmp_path), "--port", "0", "--json"]
    with subprocess.Popen(
        [*command, "--fault", "gate:audio"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["urls"]["gate"]
        with av.open(url, options={"rtsp_transport": "tcp"}, timeout=10) as container:
            assert {stream.type for stream in container.streams} == {"video", "audio"}
            assert {packet.stream.type for packet, _ in zip(container.demux(), range(40), strict=False)} == {
                "video",
                "audio",
            }
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=10)
    assert server.returncode == 0
    assert "Traceback" not in errors
    done = subprocess.run(
        [*command, "--fault", "gate:fire"], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    assert "no such fault" in done.stderr
    assert "Traceback" not in done.stderr
