"""``placewatch edge calibrate`` on a clip: what it writes, and that the box reads it."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from edge.config import load_box
from edge.detect.detections import Image
from placewatch.cli.main import app
from placewatch.errors import UsageError
from tests.edge.boxes import write_box
from tests.edge.clips import picture, write_clip


def flag(seconds: int) -> Iterator[Image]:
    """A square at the top left that is now dark, now bright; nothing else."""
    for n in range(seconds * 5):
        image = picture()
        image[10:40, 20:60] = 30 if n % 4 < 2 else 230
        yield image


@pytest.fixture
def box(tmp_path: Path) -> Path:
    clip = write_clip(tmp_path / "gate.mp4", flag(24), fps=5, gop=10)
    return write_box(tmp_path, {"gate": str(clip)}, settings={"detector": {"input_size": 160}})


def test_what_flaps_is_proposed_drawn_and_read_by_the_box(box: Path, tmp_path: Path) -> None:
    command = [
        "edge",
        "calibrate",
        "--config",
        str(box),
        "--for",
        "60",
        "--pictures",
        str(tmp_path),
        "--json",
    ]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout[result.stdout.index("[") :])
    assert row["camera"] == "gate"
    (area,) = row["nuisance"]
    corners = np.array(area["polygon"])
    assert corners.max() < 0.4
    assert area["moved"] > 0.3
    drawn = cv2.imread(row["picture"])
    assert drawn is not None
    assert drawn.shape == (192, 320, 3)

    file = box.parent / "calibration.yaml"
    assert "gate" in yaml.safe_load(file.read_text())["cameras"]
    assert load_box(box).cameras[0].nuisance == ()
    box.write_text(box.read_text() + "calibration: calibration.yaml\n")
    (learned,) = load_box(box).cameras[0].nuisance
    assert [list(point) for point in learned.polygon] == area["polygon"]


def test_a_camera_that_is_not_there(box: Path) -> None:
    result = CliRunner().invoke(app, ["edge", "calibrate", "--config", str(box), "--camera", "door"])
    assert isinstance(result.exception, UsageError)
    assert "cameras here: gate" in str(result.exception)
    assert not (box.parent / "calibration.yaml").exists()
