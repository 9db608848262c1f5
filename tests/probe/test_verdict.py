"""Figures to findings, and passwords from where they may come."""

from dataclasses import replace
from pathlib import Path

import pytest

from placewatch.doctor.finding import Status
from placewatch.errors import UsageError
from placewatch.logs import hide_credentials
from placewatch.probe.measure import Measured
from placewatch.probe.verdict import judge, suits
from placewatch.secrets import Environment, expand, sign_in, signed, without_password

GOOD = Measured(
    "h264", 640, 360, 10, 10, 400, 10, 100, 2.0, 20, 0.8, 0.002, 0.04, 0.11, 0, 0, 1.0, timestamps=True
)


def test_a_good_camera() -> None:
    findings = judge(GOOD)
    assert {each.status for each in findings} == {Status.OK}
    assert suits(findings) == (Status.OK, "suits")


@pytest.mark.parametrize(
    ("change", "check", "status"),
    [
        ({"codec": "mjpeg"}, "codec", Status.WARN),
        ({"height": 180}, "size", Status.FAIL),
        ({"height": 288}, "size", Status.WARN),
        ({"height": 2160}, "size", Status.WARN),
        ({"fps": 0.5}, "rate", Status.FAIL),
        ({"fps": 2.0}, "rate", Status.WARN),
        ({"fps": 25.0}, "rate", Status.OK),
        ({"keyframe_s": 4.0}, "keyframes", Status.WARN),
        ({"keyframe_s": None, "keyframe_pictures": None}, "keyframes", Status.WARN),
        ({"timestamps": False}, "timestamps", Status.WARN),
        ({"behind_s": 3600.0}, "clock", Status.WARN),
        ({"behind_s": -3600.0}, "clock", Status.WARN),
        ({"behind_s": None}, "clock", Status.OK),
        ({"jitter_s": 2.0}, "latency", Status.WARN),
        ({"lost": 1}, "loss", Status.WARN),
        ({"lost": 50}, "loss", Status.FAIL),
        ({"damaged": 1}, "loss", Status.WARN),
        ({"damaged": 40}, "loss", Status.FAIL),
    ],
)
def test_one_thing_is_wrong(change: dict[str, object], check: str, status: Status) -> None:
    findings = judge(replace(GOOD, **change))  # type: ignore[arg-type]
    (found,) = [each for each in findings if each.check == check]
    assert found.status is status
    assert bool(found.remedy) == (status is not Status.OK)
    assert suits(findings)[0] is status


def test_where_a_password_may_come_from(tmp_path: Path) -> None:
    (tmp_path / "A").write_text("from systemd\nand more")
    (tmp_path / "file").write_bytes(b"from a file\r\n")
    (tmp_path / "junk").write_bytes(b"\xff\xfe")
    env = Environment(
        {
            "CREDENTIALS_DIRECTORY": str(tmp_path),
            "B_FILE": str(tmp_path / "file"),
            "C": "from the environment",
            "C_FILE": str(tmp_path / "file"),
            "D_FILE": str(tmp_path / "none"),
            "E_FILE": str(tmp_path / "junk"),
        }
    )
    assert expand("${A} ${B} ${C}", env) == "from systemd from a file from the environment"
    for name in ("D", "E", "F"):
        with pytest.raises(UsageError, match=f"{name} is not set"):
            expand(f"${{{name}}}", env)
    assert sign_in("u", tmp_path / "file", env) == ("u", "from a file")
    assert sign_in("u", None, {"PLACEWATCH_CAMERA_PASSWORD": "p"}) == ("u", "p")
    assert sign_in(None, None, env) is None
    for user, file in (
        ("u", None),
        (None, tmp_path / "file"),
        ("", tmp_path / "file"),
        ("u", tmp_path / "none"),
    ):
        with pytest.raises(UsageError):
            sign_in(user, file, env)
    assert signed("rtsp://h:1/x", ("u@", "p/@#")) == "rtsp://u%40:p%2F%40%23@h:1/x"


@pytest.mark.parametrize("url", ["rtsp://h/1", "rtsp://u@h/1", "rtsp://u:${P}@h/1", "clip.mp4"])
def test_addresses_that_may_be_typed(url: str) -> None:
    assert without_password(url) == url


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("open rtsp://u:p@h/1 now", "open rtsp://***@h/1 now"),
        ("rtsp://u:p@ss@h/1", "rtsp://***@h/1"),
        ("rtsp://u:p/w@h/1", "rtsp://***@h/1"),
        ("rtsp://u:p/@#w@h:554/1", "rtsp://***@h:554/1"),
        ("rtsp://h:554/a@b", "rtsp://h:554/a@b"),
        ("rtsp://h/a@b", "rtsp://h/a@b"),
        ("two rtsp://a:b@h/1, http://c:d@i/2", "two rtsp://***@h/1, http://***@i/2"),
    ],
)
def test_logs_hide_credentials(text: str, hidden: str) -> None:
    assert hide_credentials(text) == hidden
