import shutil
from pathlib import Path

import numpy as np
import pytest

from edge.detect.coco import COCO
from edge.detect.detections import Detections
from edge.detect.family import OnnxDetector
from edge.detect.letterbox import Placement
from edge.detect.registry import load_detector, load_faces, load_plates
from placewatch.errors import ModelError
from placewatch.paths import shipped

MODELS = shipped("models")


def test_a_shipped_model() -> None:
    detector = load_detector("nanodet_m_416")
    assert (detector.name, detector.classes) == ("nanodet_m_416", COCO)
    assert len(detector.version) == 8


def test_a_file_with_its_family(tmp_path: Path) -> None:
    path = shutil.copy(MODELS / "nanodet_m_416.onnx", tmp_path / "mine.onnx")
    detector = load_detector(f"nanodet:{path}")
    assert detector.name == "mine"
    assert detector.version == load_detector("nanodet_m_416").version


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("nanodet", "no such model in the manifest.*models that ship"),
        ("centerface", "finds faces, not objects"),
        ("plates:x.onnx", "plates does not find objects.*families: nanodet"),
        ("my.onnx", "a file needs its family.*FAMILY:my.onnx"),
        ("yolox:/nowhere/my.onnx", "/nowhere/my.onnx: no such model file"),
        (f"yolox:{MODELS}/nanodet_m_416.onnx", "outputs are not those of YOLOX: scores"),
        (f"nanodet:{MODELS}/centerface.onnx", "outputs are not those of NanoDet: heatmap"),
    ],
)
def test_what_cannot_be_loaded_is_one_clear_line(model: str, why: str) -> None:
    with pytest.raises(ModelError, match=why) as caught:
        load_detector(model)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [0, 31, 400, -32])
def test_input_sizes_are_multiples_of_32(size: int) -> None:
    with pytest.raises(ModelError, match=f"{size} is not a multiple of 32"):
        load_detector("nanodet_m_416", input_size=size)


def test_own_class_names_must_be_as_many_as_the_network_has(tmp_path: Path) -> None:
    path = shutil.copy(MODELS / "nanodet_m_416.onnx", tmp_path / "mine.onnx")
    names = tuple(f"kind {number}" for number in range(80))
    assert load_detector(f"nanodet:{path}", classes=names).classes == names
    with pytest.raises(ModelError, match="80 classes apart, 2 names"):
        load_detector(f"nanodet:{path}", classes=("fire", "smoke"))


def test_faces_and_plates_are_not_each_other() -> None:
    with pytest.raises(ModelError, match="finds plates, not faces"):
        load_faces("plate_cn")
    with pytest.raises(ModelError, match="finds faces, not plates"):
        load_plates("centerface")
    with pytest.raises(ModelError, match="yolox does not find faces"):
        load_faces("yolox:x.onnx")
    with pytest.raises(ModelError, match="outputs are not those of CenterFace: boxes"):
        load_faces(f"centerface:{MODELS}/plate_cn.onnx")
    with pytest.raises(ModelError, match="outputs are not those of a plate detector: scores"):
        load_plates(f"plates:{MODELS}/nanodet_m_416.onnx")


def test_an_altered_model_does_not_load(tmp_path: Path) -> None:
    shutil.copy(MODELS / "manifest.toml", tmp_path)
    (tmp_path / "centerface.onnx").write_bytes(b"something else")
    with pytest.raises(ModelError, match="altered"):
        load_faces(models_dir=tmp_path)


def _settled(classes: list[int], boxes: list[list[float]]) -> Detections:
    detector = load_detector("nanodet_m_416")
    assert isinstance(detector, OnnxDetector)
    scores = np.linspace(0.9, 0.5, len(classes), dtype=np.float32)
    found = Detections(np.array(boxes, np.float32), scores, np.array(classes, np.int32))
    return detector._settle(found, Placement(0.5, 0.5, 200, 100, (224, 128)), (200, 400, 3))


def test_one_vehicle_under_two_names_is_one_object() -> None:
    car, truck, person = COCO.index("car"), COCO.index("truck"), COCO.index("person")
    found = _settled([car, truck, person], [[10, 10, 60, 60], [11, 10, 60, 61], [10, 10, 60, 60]])
    assert found.classes.tolist() == [car, person]


def test_boxes_are_clipped_to_the_picture() -> None:
    found = _settled([0], [[-10, 20, 210, 130]])
    assert found.boxes.tolist() == [[0, 40, 400, 200]]
