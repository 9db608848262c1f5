"""``placewatch cameras`` against a real device: found, asked, written, probed; no password anywhere."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from placewatch.cli.main import app
from placewatch.errors import UsageError
from placewatch.footage.auth import Credentials
from placewatch.footage.onvif import OnvifServer, answering
from placewatch.footage.serve import running
from placewatch.footage.server import ReplayServer
from tests.edge.clips import picture, write_clip
from tests.servers import wait_until

SECRET = "unspeakable-8"
USER = "viewer"


@dataclass(frozen=True, slots=True)
class Street:
    """Two cameras of a street, one with a substream.

    Attributes:
        server: Its streams.
        onvif: Its ONVIF services.
        folder: With ``pw``, the password's file.
    """

    server: ReplayServer
    onvif: OnvifServer
    folder: Path

    def run(self, *arguments: object) -> dict[str, Any]:
        """What ``cameras ... --json`` prints."""
        done = say("cameras", *arguments, "--json", "--user", USER, "--password-file", self.folder / "pw")
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return printed(done)

    def ours(self, *arguments: object) -> dict[str, dict[str, Any]]:
        """Our cameras of a search, by name: others on this machine may answer at the same time."""
        found = self.run("discover", "--interface", "lo", "--timeout", "1", *arguments)["cameras"]
        own = {self.onvif.service(name) for name in self.onvif.cameras}
        return {each["name"]: each for each in found if each["service"] in own}


def printed(done: Result) -> dict[str, Any]:
    """The document; the cameras, which are of this process, write their log beside it."""
    document: dict[str, Any] = json.loads(next(line for line in done.stdout.splitlines() if line[:1] == "{"))
    return document


def say(*arguments: object, env: dict[str, str] | None = None) -> Result:
    """Run the command; no password in what it says."""
    done = CliRunner().invoke(app, list(map(str, arguments)), env=env)
    assert SECRET not in done.output + str(done.exception) + repr(done.exception)
    return done


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    (folder / "pw").write_text(f"{SECRET}\n")
    clips = {}
    for name, size in (("gate", (1280, 720)), ("gate-sub", (640, 384)), ("yard", (640, 384))):
        images = (picture((n * 8, 80, n * 8 + 24, 150), size=size) for n in range(20))
        clips[name] = write_clip(folder / f"{name}.mp4", images)
    server = ReplayServer(clips, port=0, credentials=Credentials(USER, SECRET))
    with running(server), answering(OnvifServer(server, "127.0.0.1")) as onvif:
        yield Street(server, onvif, folder)


BOX = """\
# ours
site: s
box: b
broker: {host: 127.0.0.1}
places: [{id: gate, class: school}]
cameras:
  - {id: first, url: 'rtsp://192.0.2.1/1', place: gate}
"""


def test_from_search_to_configuration(street: Street, tmp_path: Path) -> None:
    box = tmp_path / "box.yaml"
    box.write_text(BOX)
    ours = street.ours("--add", box, "--place", "gate")
    assert set(ours) == {"gate", "yard"}
    assert ours["gate"]["proposed"] == "gate-sub"
    assert ours["gate"]["model"] == "Replay gate"
    assert [(each["width"], each["fps"], each["gop"]) for each in ours["gate"]["profiles"]] == [
        (1280, 10, 10),
        (640, 10, 10),
    ]
    written = yaml.safe_load(box.read_text())
    assert SECRET not in box.read_text()
    assert box.read_text().startswith("# ours\n")
    urls = [camera["url"] for camera in written["cameras"]]
    host = f"rtsp://${{CAMERA_USER}}:${{CAMERA_PASSWORD}}@127.0.0.1:{street.server.port}"
    assert {f"{host}/gate-sub", f"{host}/yard", "rtsp://192.0.2.1/1"} <= set(urls)
    again = street.ours("--add", box, "--place", "gate")
    assert {each["written_as"] for each in again.values()} == {None}  # what is there is not written twice
    (tmp_path / "CAMERA_PASSWORD").write_text(SECRET)  # as systemd hands it over
    camera = next(each["id"] for each in written["cameras"] if each["url"].endswith("/gate-sub"))
    done = say(
        *("cameras", "probe", "--config", box, "--camera", camera, "--seconds", "2", "--json"),
        env={"CAMERA_USER": USER, "CREDENTIALS_DIRECTORY": str(tmp_path)},
    )
    assert printed(done)["measured"]["width"] == 640


def test_a_device_by_name_and_a_wrong_password(street: Street, tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("wrong\n")
    service = street.onvif.service("yard")
    done = say(
        *("cameras", "discover", "--interface", "lo", "--timeout", "0.2", "--json", "--device", service),
        *("--user", USER, "--password-file", tmp_path / "pw"),
    )
    (yard,) = [each for each in printed(done)["cameras"] if each["service"] == service]
    assert "refuses the user name or password" in yard["problem"]
    assert yard["proposed"] is None


def test_a_camera_with_a_wrong_clock_is_signed_in_to_and_told(street: Street) -> None:
    street.onvif.clock_off_s = 7200.0
    try:
        gate = street.ours()["gate"]
    finally:
        street.onvif.clock_off_s = 0.0
    assert gate["clock_off_s"] == pytest.approx(7200, abs=60)
    assert "set NTP" in gate["advice"][-1]


def test_probe_measures_and_judges(street: Street, tmp_path: Path) -> None:
    still = tmp_path / "still.jpg"
    document = street.run("probe", street.server.url("gate-sub"), "--seconds", "3", "--still", still)
    seen = document["measured"]
    assert (seen["codec"], seen["width"], seen["height"]) == ("h264", 640, 384)
    assert seen["fps"] == pytest.approx(10, abs=0.5)
    assert (seen["keyframe_pictures"], seen["keyframe_s"]) == (10, pytest.approx(1.0, abs=0.05))
    assert (seen["lost"], seen["damaged"]) == (0, 0)
    assert seen["behind_s"] is not None  # by the sender reports of RTCP
    assert still.read_bytes()[:2] == b"\xff\xd8"
    assert document["verdict"].startswith("suits")


def test_lost_packets_are_counted(street: Street) -> None:
    faults = street.server.faults("yard")
    faults.loss = 0.2
    try:
        document = street.run("probe", street.server.url("yard"), "--seconds", "3", "--transport", "udp")
    finally:
        faults.loss = 0.0
    assert document["measured"]["lost"] > 0
    (loss,) = [each for each in document["findings"] if each["check"] == "loss"]
    assert (loss["status"], loss["remedy"]) == ("fail", "use --transport tcp")


def test_a_password_is_in_no_process_list_and_in_no_crash(street: Street) -> None:
    """From outside, while the stream is open; then a fault of our own: the traceback has code, not values."""
    code = (
        "import placewatch.probe.measure as m\n"
        "def broken(*a, **k): raise RuntimeError('a fault of our own')\n"
        "m._Watch.sum = broken\n"
        "from placewatch.cli.main import run; run()"
    )
    typed = ("cameras", "probe", street.server.url("yard"), "--seconds", "2")
    who = ("--user", USER, "--password-file", str(street.folder / "pw"))
    process = subprocess.Popen(
        [sys.executable, "-c", code, *typed, *who], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    wait_until(lambda: any(each.watches == "yard" for each in list(street.server.clients)), "its client", 120)
    shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    assert b"probe" in shown
    assert SECRET.encode() not in shown
    said, _ = process.communicate(timeout=120)
    assert b"a fault of our own" in said
    assert SECRET.encode() not in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("cameras", "probe", f"rtsp://{USER}:{SECRET}@127.0.0.1/1"),
        ("cameras", "probe", f"rtsp://{USER}:{SECRET}/@#x@127.0.0.1/1"),
        ("edge", "new-camera", f"rtsp://{USER}:{SECRET}@127.0.0.1/1", "--place", "p", "--class", "road"),
        (
            *("cameras", "discover", "--interface", "lo", "--timeout", "0.2"),
            *("--device", f"http://{USER}:{SECRET}@127.0.0.1/"),
        ),
    ],
)
def test_a_password_on_the_command_line_is_refused_and_not_repeated(arguments: tuple[str, ...]) -> None:
    assert isinstance(say(*arguments).exception, UsageError)
