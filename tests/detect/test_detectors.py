"""The shipped networks on drawn pictures: what is drawn is found where it was drawn."""

import cv2
import numpy as np
import pytest

from edge.detect.coco import COCO
from edge.detect.detections import Boxes, Detections, Image
from edge.detect.family import OnnxDetector
from edge.detect.registry import RegionFinder, load_detector, load_faces, load_plates
from placewatch.eval.average_precision import overlaps
from tests.detect.drawings import blank, face, plate, stop_sign
from tests.parts import shared


@pytest.fixture(scope="module")
def detector() -> OnnxDetector:
    return load_detector("nanodet_m_416")


@pytest.fixture(scope="module")
def faces() -> RegionFinder:
    return load_faces()


@pytest.fixture(scope="module")
def plates() -> RegionFinder:
    return load_plates()


def _iou(box: Boxes, truth: list[float]) -> float:
    return float(overlaps(box[None], np.array([truth], np.float32))[0, 0])


def _signs(found: Detections) -> Detections:
    return found.of_classes(frozenset({COCO.index("stop sign")}))


@pytest.mark.parametrize(
    ("size", "centre", "radius"),
    [
        ((640, 480), (300, 200), 90),
        ((1920, 1080), (1500, 400), 150),
        ((480, 900), (240, 600), 120),
        ((200, 150), (80, 70), 40),
        ((416, 416), (208, 208), 100),
    ],
)
def test_a_stop_sign_is_found_in_pixels_of_the_picture(
    detector: OnnxDetector, size: tuple[int, int], centre: tuple[int, int], radius: int
) -> None:
    image, truth = stop_sign(*size, centre, radius)
    (found,) = detector.detect([image])
    signs = _signs(found)
    assert len(signs) == 1
    assert signs.scores[0] > 0.5
    assert _iou(signs.boxes[0], truth) > 0.85


@pytest.mark.parametrize("side", [320, 416, 640])
def test_any_input_size(side: int) -> None:
    image, truth = stop_sign(1280, 720, (500, 300), 150)
    (found,) = load_detector("nanodet_m_416", input_size=side).detect([image])
    assert _iou(_signs(found).boxes[0], truth) > 0.85


def test_several_pictures_of_several_sizes_keep_their_order(detector: OnnxDetector) -> None:
    pictures = [stop_sign(640, 480, (150 + 120 * i, 200), 80) for i in range(3)]
    pictures.insert(1, stop_sign(300, 700, (150, 300), 90))
    images = [image for image, _ in pictures]
    for (_, truth), found in zip(pictures, detector.detect([*images, blank(64, 64)]), strict=False):
        assert _iou(_signs(found).boxes[0], truth) > 0.85
    assert detector.detect([]) == []


def test_a_batch_gives_what_its_pictures_give_one_by_one(detector: OnnxDetector) -> None:
    images = [stop_sign(416, 416, (150 + 60 * i, 200), 80 + 10 * i)[0] for i in range(3)]
    blob = np.concatenate([detector._blob(image) for image in images])
    together = detector.family.candidates(detector.session.run(blob), (416, 416), 0.3)
    for image, batched in zip(images, together, strict=True):
        (alone,) = detector.family.candidates(detector.session.run(detector._blob(image)), (416, 416), 0.3)
        assert len(alone) == len(batched) > 0
        assert batched.boxes == pytest.approx(alone.boxes, abs=1e-2)
        assert batched.scores == pytest.approx(alone.scores, abs=1e-4)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 2000, 3), (2000, 1, 3), (31, 33, 3), (3000, 200, 3)])
def test_odd_pictures_give_boxes_inside_them(
    detector: OnnxDetector, faces: RegionFinder, plates: RegionFinder, shape: tuple[int, int, int]
) -> None:
    image = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    limits = [shape[1], shape[0]] * 2
    for boxes in (detector.detect([image])[0].boxes, faces.detect(image).boxes, plates.detect(image).boxes):
        assert boxes.shape[1] == 4
        assert (boxes >= 0).all()
        assert (boxes <= limits).all()


def test_grey_pictures_work(detector: OnnxDetector, faces: RegionFinder) -> None:
    image, truth = face(640, 480, (300, 200), 15)
    grey_face = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    assert _iou(faces.detect(grey_face).boxes[0], truth) > 0.6
    sign, _ = stop_sign(640, 480, (300, 200), 90)
    grey = np.asarray(cv2.cvtColor(sign, cv2.COLOR_BGR2GRAY), np.uint8)
    (found,) = detector.detect([grey])
    assert len(_signs(found)) == 1


def test_what_is_no_picture_is_refused(
    detector: OnnxDetector, faces: RegionFinder, plates: RegionFinder
) -> None:
    wrong = np.zeros((10, 10, 2), np.uint8)
    for detect in (
        lambda: detector.detect([wrong]),
        lambda: faces.detect(wrong),
        lambda: plates.detect(wrong),
    ):
        with pytest.raises(ValueError, match="a picture is"):
            detect()


def test_pictures_are_left_as_they_are(
    detector: OnnxDetector, faces: RegionFinder, plates: RegionFinder
) -> None:
    image, _ = stop_sign(416, 416, (208, 208), 90)
    before = image.copy()
    detector.detect([image])
    faces.detect(image)
    plates.detect(image)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("radius", [20, 50, 90])
def test_faces(faces: RegionFinder, radius: int) -> None:
    image, truth = face(640, 480, (300, 200), radius)
    found = faces.detect(image)
    assert len(found) == 1
    assert _iou(found.boxes[0], truth) > 0.7


@pytest.mark.parametrize("radius", [20, 50, 90])
def test_another_face_detector_agrees(faces: RegionFinder, radius: int) -> None:
    image, truth = face(640, 480, (300, 200), radius)
    audit = load_faces(f"yunet:{shared('models/yunet_n_dynamic.onnx')}")
    found = audit.detect(image)
    assert len(found) == 1
    assert _iou(found.boxes[0], truth) > 0.6
    assert _iou(found.boxes[0], faces.detect(image).boxes[0].tolist()) > 0.6


def test_small_faces_need_enlarging(faces: RegionFinder) -> None:
    image, truth = face(320, 240, (100, 80), 4)
    assert len(faces.detect(image, score=0.5)) == 0
    found = faces.detect(image, scale=5.0, score=0.5)
    assert len(found) == 1
    assert _iou(found.boxes[0], truth) > 0.5


@pytest.mark.parametrize("width", [60, 120, 200])
def test_plates(plates: RegionFinder, width: int) -> None:
    image, truth = plate(640, 480, (200, 300), width)
    found = plates.detect(image)
    assert len(found) == 1
    assert found.scores[0] > 0.5
    assert _iou(found.boxes[0], truth) > 0.65


def test_plate_corners_go_round_from_the_bottom_right(plates: RegionFinder) -> None:
    image, (x1, y1, x2, y2) = plate(640, 480, (200, 300), 120)
    corners = plates.detect(image).corners
    assert corners is not None
    expected = [x2, y2, x1, y2, x1, y1, x2, y1]
    assert corners[0] == pytest.approx(expected, abs=12)


def test_nothing_is_found_where_nothing_is(
    detector: OnnxDetector, faces: RegionFinder, plates: RegionFinder
) -> None:
    image: Image = blank(640, 480)
    assert len(detector.detect([image])[0]) == 0
    assert len(faces.detect(image)) == 0
    assert len(plates.detect(image)) == 0
