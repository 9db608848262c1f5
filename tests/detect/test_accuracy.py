"""Average precision by tables, and the measured figures where the labelled clip is at hand."""

import os
from pathlib import Path

import numpy as np
import pytest
from platformdirs import user_cache_path

from edge.detect.detections import Boxes
from placewatch.eval.average_precision import Scored, average_precision, hits, overlaps
from scripts.measure_detector import main, read_truth
from tests.parts import shared

NONE = np.zeros((0, 4), np.float32)


def _boxes(*lefts: float) -> Boxes:
    return np.array([[left, 0, left + 10, 10] for left in lefts], np.float32).reshape(-1, 4)


def _picture(found: Boxes, scores: list[float], truth: Boxes) -> Scored:
    return Scored(found, np.array(scores, np.float32), truth)


def test_overlaps() -> None:
    assert overlaps(_boxes(0, 100), _boxes(0, 5)) == pytest.approx(np.array([[1, 1 / 3], [0, 0]]))
    assert overlaps(NONE, _boxes(0)).shape == (0, 1)
    assert overlaps(np.zeros((1, 4), np.float32), np.zeros((1, 4), np.float32)).tolist() == [[0.0]]


def test_each_true_box_is_hit_once() -> None:
    assert hits(_picture(_boxes(0, 1, 50), [0.9, 0.8, 0.7], _boxes(0, 52)), 0.5).tolist() == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        ([_picture(_boxes(0), [0.9], _boxes(0))], 1.0),
        ([_picture(NONE, [], _boxes(0))], 0.0),
        ([_picture(_boxes(50), [0.9], _boxes(0))], 0.0),
        # One of two found, surely: precision 1 up to recall .5, that is 51 of 101 points.
        ([_picture(_boxes(0), [0.9], _boxes(0, 50))], 51 / 101),
        # A false one before the true one halves the precision everywhere.
        ([_picture(_boxes(90, 0), [0.9, 0.8], _boxes(0))], 0.5),
        # Scores order detections across pictures.
        ([_picture(_boxes(0), [0.5], _boxes(0)), _picture(_boxes(9), [0.9], NONE)], 0.5),
        ([_picture(_boxes(0), [0.9], _boxes(0)), _picture(_boxes(9), [0.5], NONE)], 1.0),
    ],
)
def test_average_precision(pictures: list[Scored], expected: float) -> None:
    assert average_precision(pictures) == pytest.approx(expected)


def test_nothing_to_find_is_no_number() -> None:
    assert np.isnan(average_precision([_picture(_boxes(0), [0.9], NONE)]))


def test_truth_counts_frames_from_zero(tmp_path: Path) -> None:
    path = tmp_path / "gt.csv"
    path.write_text("1,1,10,20,30,40,1,0,0,0\n1,2,0,0,5,5,1,0,0,0\n3,1,1,1,1,1,1,0,0,0\n")
    truth = read_truth(path)
    assert truth[0].tolist() == [[10, 20, 40, 60], [0, 0, 5, 5]]
    assert sorted(truth) == [0, 2]


def test_missing_clip_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gt.csv").write_text("1,1,10,20,30,40\n")
    assert main(["--clip", str(tmp_path / "no.avi"), "--truth", str(tmp_path / "gt.csv")]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def _clip() -> Path:
    """The fetched clip; looked for without making the cache folder."""
    folder = Path(os.environ.get("PLACEWATCH_CACHE") or user_cache_path("placewatch"))
    found = next(iter(sorted(folder.rglob("vtest.avi"))), None)
    if found is None:
        pytest.skip("vtest.avi was not fetched (placewatch footage fetch)")
    return found


@pytest.mark.parametrize(
    ("model", "least"),
    [
        ("nanodet_m_416", 0.928),
        ("yolox:models/yolox_nano_416.onnx", 0.917),
        ("picodet:models/picodet_s_416.onnx", 0.923),
    ],
)
def test_person_ap_on_a_street_camera(model: str, least: float, capsys: pytest.CaptureFixture[str]) -> None:
    truth, clip = shared("media/vtest_gt.csv"), _clip()
    family, mark, name = model.partition(":")
    spec = f"{family}:{shared(name)}" if mark else model
    assert main(["--clip", str(clip), "--truth", str(truth), "--model", spec]) == 0
    words = capsys.readouterr().out.split()
    assert float(words[words.index("AP50") + 1]) >= least
