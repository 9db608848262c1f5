import json
import socket
import threading
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from edge.config import Detector
from edge.detect.registry import load_detector
from placewatch.cli.main import app
from placewatch.doctor import inference, links, machine, media
from placewatch.doctor.finding import Finding, Status, fail, guarded
from placewatch.errors import ModelError
from tests.servers import mosquitto

TOPIC = "pw/v1/demo/box-1/doctor"


def address(port: int, user: str | None = None, password: str | None = None) -> links.BrokerAddress:
    return links.BrokerAddress("127.0.0.1", port, user, password, TOPIC)


def answer_once(server: socket.socket) -> None:
    with server.accept()[0] as client:
        client.sendall(b"HTTP/1.1 400\r\n\r\n")


def only(findings: Iterator[Finding]) -> Finding:
    (found,) = findings
    return found


def test_this_machine_is_fit_and_says_so_as_json() -> None:
    result = CliRunner().invoke(app, ["doctor", "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 0, result.stdout
    assert found["ok"]
    checks = {row["check"] for row in found["findings"]}
    assert checks >= {
        "python",
        "packages",
        "codecs",
        "providers",
        "models",
        "inference",
        "clock",
        "disk",
        "port",
    }


def test_every_fault_has_a_remedy_and_ends_with_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    box = tmp_path / "box.yaml"
    box.write_text(
        f"""
site: demo
box: box-1
broker: {{port: {port}}}
detector: {{providers: [cuda, cpu], fps: 30}}
places: [{{id: lake, class: park}}]
cameras:
  - {{id: cam-1, url: 'rtsp://u:hush@127.0.0.1:{port}/x', place: lake}}
"""
    )
    result = CliRunner().invoke(app, ["doctor", "--json", "--config", str(box)])
    rows = json.loads(result.stdout)["findings"]
    assert result.exit_code == 1
    assert {row["check"] for row in rows if row["status"] == "fail"} == {"broker", "camera"}
    assert {row["check"] for row in rows if row["status"] == "warn"} >= {"providers", "inference"}
    assert all(row["remedy"] for row in rows if row["status"] != "ok")
    assert "hush" not in result.stdout


def test_faulty_configuration_is_told_like_config_check(tmp_path: Path) -> None:
    box = tmp_path / "box.yaml"
    box.write_text("site: demo\nbox: a/b\ncameras: []\n")
    result = CliRunner().invoke(app, ["doctor", "--config", str(box)])
    assert "box.yaml:2: box:" in str(result.exception)


def test_broker_lets_a_message_come_back() -> None:
    with mosquitto() as server:
        found = only(links.broker(address(server.port)))
    assert found.status is Status.OK, found


def test_what_is_no_broker_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "BROKER_S", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer_once, args=(server,))
        thread.start()
        found = only(links.broker(address(server.getsockname()[1])))
        thread.join()
    assert found.status is Status.FAIL
    assert "does not answer as an MQTT broker" in found.text


@pytest.mark.parametrize(("year", "status"), [(1970, Status.FAIL), (2200, Status.FAIL), (2026, Status.OK)])
def test_clock_of_another_age(year: int, status: Status, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = time.struct_time((year, 6, 1, 12, 0, 0, 0, 152, 0))
    monkeypatch.setattr(time, "gmtime", lambda *_: moment)
    monkeypatch.setattr(machine, "_ntp", lambda: True)
    assert only(machine.clock()).status is status


def test_clock_that_nobody_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_ntp", lambda: False)
    found = only(machine.clock())
    assert (found.status, found.remedy) == (Status.WARN, "timedatectl set-ntp true")


def test_disk_that_is_not_there_yet_counts_by_its_parent(tmp_path: Path) -> None:
    found = only(machine.disk([tmp_path / "not" / "yet"]))
    assert str(tmp_path) in found.text
    assert not (tmp_path / "not").exists()


def test_full_or_read_only_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "NO_DISK", 1 << 60)
    assert only(machine.disk([tmp_path])).status is Status.FAIL
    assert only(machine.disk([Path("/proc/self")])).status is Status.FAIL


def test_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = only(machine.port("127.0.0.1", server.getsockname()[1], "http.port"))
    assert found.status is Status.WARN
    assert "http.port" in found.remedy


def test_altered_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def altered(name: str) -> Path:
        raise ModelError("altered", where=name, remedy="install again")

    monkeypatch.setattr(inference, "verify", altered)
    findings = list(inference.models())
    assert findings
    assert all(found.status is Status.FAIL for found in findings)


def test_missing_codec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "_has", lambda _name, mode: mode == "w")
    assert [found.status for found in media.codecs()] == [Status.FAIL, Status.FAIL]


def test_missing_provider_names_its_package() -> None:
    findings = list(inference.providers(Detector(providers=("cann", "cpu"))))
    assert [found.status for found in findings] == [Status.OK, Status.WARN]
    assert "onnxruntime-cann" in findings[1].remedy


@pytest.mark.parametrize(
    ("database", "part"),
    [("sqlite:///{}/new.sqlite", "will be made"), ("sqlite:///{}/empty.sqlite", "is empty")],
)
def test_sqlite(database: str, part: str, tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite").touch()
    found = only(links.database(database.format(tmp_path)))
    assert found.status is Status.OK
    assert part in found.text
    assert not (tmp_path / "new.sqlite").exists()


def test_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite").write_bytes(b"this is no database" * 100)
    found = only(guarded("database", lambda: links.database(f"sqlite:///{tmp_path}/x.sqlite")))
    assert found.status is Status.FAIL
    assert found.remedy


def test_broken_check_does_not_hide_the_others() -> None:
    def breaks() -> Iterator[Finding]:
        yield fail("x", "first", "mend")
        raise RuntimeError("worse")

    assert [found.text for found in guarded("x", breaks)] == ["first", "RuntimeError: worse"]


def test_a_provider_is_held_against_the_cpu() -> None:
    one = [np.array([[1.0, -4.0]], np.float32), np.zeros((1, 2), np.float32)]
    close = [one[0] + np.float32(0.004), one[1]]
    assert inference.deviation(one, one) == 0.0
    assert inference.deviation(close, one) == pytest.approx(0.001, rel=0.01)
    assert inference.deviation([one[0] * np.float32("nan"), one[1]], one) == 1.0
    assert inference.deviation([one[1], one[0]], [one[0][:, :1], one[0]]) == 1.0


@pytest.mark.parametrize(
    ("scale", "status", "told"),
    [
        (1.0, Status.OK, "differ by at most 0 %"),
        (1.05, Status.WARN, "half precision"),
        (2.0, Status.FAIL, "else"),
    ],
)
def test_what_a_provider_computes_decides(
    monkeypatch: pytest.MonkeyPatch, scale: float, status: Status, told: str
) -> None:
    monkeypatch.setattr(inference, "available", lambda: ("openvino", "cpu"))
    real = load_detector
    monkeypatch.setattr(
        inference, "load_detector", lambda model, **how: real(model, **how | {"providers": ("cpu",)})
    )
    outputs = inference._outputs
    runs = iter((scale, 1.0))
    monkeypatch.setattr(
        inference, "_outputs", lambda network: [one * np.float32(next(runs)) for one in outputs(network)[:1]]
    )
    monkeypatch.setattr(inference, "_RUNS", 1)
    wanted = Detector(providers=("openvino", "cpu"), input_size=160)
    monkeypatch.setattr(inference, "load_models", lambda _detector: None)
    found = next(inference.inference(wanted, None))
    assert found.status is status
    assert found.text.startswith("openvino: ")
    assert told in found.text


def test_another_build_of_onnxruntime_is_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    """The build with OpenVINO takes the place of the plain one; the doctor must not miss that."""
    version = metadata.version

    def installed(name: str) -> str:
        if name == "onnxruntime":
            raise metadata.PackageNotFoundError(name)
        return "1.24.1" if name == "onnxruntime-openvino" else version(name)

    monkeypatch.setattr(metadata, "version", installed)
    (finding, *_) = machine.packages()
    assert finding.status is Status.OK
    assert "onnxruntime 1.24.1 (onnxruntime-openvino)" in finding.text
