"""`Redactor`: finds with its own detectors, adds the caller's, and fails closed."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.detect.detections import Image
from edge.redact.redactor import FACE_SCORE, PLATE_SCORE, Redactor
from edge.redact.regions import Counts
from placewatch.errors import ModelError, RedactionError
from tests.detect.drawings import face, plate
from tests.redact.fakes import Breaks, FakeFinder, FakeObjects, covered, detections, noise, redactor

PERSON = (100.0, 50.0, 160.0, 230.0)


def test_faces_heads_and_plates_are_covered_and_nothing_else() -> None:
    raw = noise(640, 480)
    picture = redactor(persons=[PERSON], faces=[(300, 100, 340, 150)], plates=[(400, 400, 480, 425)]).redact(
        raw
    )
    assert picture.counts == Counts(faces=1, heads=1, plates=1)
    for box in ((110, 50, 150, 85), (300, 100, 340, 150), (400, 400, 480, 425)):
        assert covered(raw, picture.pixels, box)
    assert np.array_equal(picture.pixels[200:, :90], raw[200:, :90])
    assert np.array_equal(picture.pixels[130:230, 100:160], raw[130:230, 100:160])


def test_what_the_caller_saw_is_added() -> None:
    raw = noise(640, 480)
    picture = redactor().redact(raw, detections(PERSON))
    assert picture.counts == Counts(heads=1)
    assert covered(raw, picture.pixels, (110, 50, 150, 85))


def test_what_the_caller_missed_is_covered_all_the_same() -> None:
    raw = noise(640, 480)
    picture = redactor(persons=[PERSON]).redact(raw, detections())
    assert picture.counts == Counts(heads=1)


def test_a_head_that_both_saw_counts_once() -> None:
    near = tuple(value + 2 for value in PERSON)
    picture = redactor(persons=[PERSON]).redact(
        noise(640, 480), detections((near[0], near[1], near[2], near[3]))
    )
    assert picture.counts == Counts(heads=1)


def test_the_raw_picture_stays_as_it_is() -> None:
    raw = noise(640, 480)
    before = raw.copy()
    redactor(persons=[PERSON]).redact(raw)
    assert np.array_equal(raw, before)


def test_small_persons_and_vehicles_are_looked_at_enlarged() -> None:
    seen = detections(PERSON)
    cars = detections((300, 200, 420, 300), name="car")
    both = replace(
        seen,
        boxes=np.concatenate([seen.boxes, cars.boxes]),
        scores=np.concatenate([seen.scores, cars.scores]),
        classes=np.concatenate([seen.classes, cars.classes]),
    )
    faces, plates = FakeFinder(), FakeFinder()
    Redactor(FakeObjects(both), faces, plates).redact(noise(1280, 720))
    assert [score for _, score, _ in faces.asked] == [FACE_SCORE] * 2
    assert [score for _, score, _ in plates.asked] == [PLATE_SCORE] * 2


@pytest.mark.parametrize("part", ["objects", "faces", "plates"])
@pytest.mark.parametrize(
    "error",
    [ModelError("inference failed", where="m.onnx"), RuntimeError("boom"), MemoryError(), cv2.error("x")],
)
def test_any_failure_is_a_redaction_error(part: str, error: Exception) -> None:
    whole = redactor(persons=[PERSON])
    breaks = Breaks(error)
    broken = {
        "objects": replace(whole, objects=breaks),
        "faces": replace(whole, faces=breaks),
        "plates": replace(whole, plates=breaks),
    }[part]
    with pytest.raises(RedactionError) as caught:
        broken.redact(noise(640, 480))
    assert caught.value.message


def test_a_detector_gone_wrong_fails_closed() -> None:
    with pytest.raises(RedactionError, match="finite"):
        redactor(faces=[(10, 10, float("nan"), 40)]).redact(noise(64, 64))


@pytest.mark.parametrize(
    "raw", [np.zeros((4, 4), np.uint8), np.zeros((0, 0, 3), np.uint8), np.zeros((4, 4, 3), np.float64)]
)
def test_what_is_no_picture_is_refused(raw: Image) -> None:
    with pytest.raises(RedactionError, match="not a colour picture"):
        redactor().redact(raw)


def test_missing_models_are_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="manifest"):
        Redactor.load(models_dir=tmp_path)


@pytest.fixture(scope="module")
def real() -> Redactor:
    return Redactor.load()


@pytest.mark.parametrize(("size", "width"), [((1280, 720), 160), ((640, 360), 90), ((1920, 1080), 300)])
def test_a_drawn_plate_is_covered(real: Redactor, size: tuple[int, int], width: int) -> None:
    raw, box = plate(*size, (size[0] // 3, size[1] // 2), width)
    picture = real.redact(raw)
    assert picture.counts.plates >= 1
    x1, y1, x2, y2 = (int(value) for value in box)
    before = raw[y1:y2, x1:x2].astype(int)
    after = picture.pixels[y1:y2, x1:x2].astype(int)
    assert np.abs(np.diff(after, axis=1)).max() < 30 < np.abs(np.diff(before, axis=1)).max()


@pytest.mark.parametrize(("size", "radius"), [((640, 480), 60), ((1280, 720), 40), ((1920, 1080), 200)])
def test_a_drawn_face_is_covered(real: Redactor, size: tuple[int, int], radius: int) -> None:
    raw, box = face(*size, (size[0] // 2, size[1] // 2), radius)
    picture = real.redact(raw)
    assert picture.counts.faces >= 1
    assert len(real.faces.detect(picture.pixels, score=0.5, scale=1.0).boxes) == 0
    x1, y1, x2, y2 = (int(value) for value in box)
    after = picture.pixels[y1:y2, x1:x2].astype(int)
    assert np.abs(np.diff(after, axis=0)).max() < 30


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (900, 2), (33, 17), (4000, 40)])
def test_pictures_of_odd_sizes_pass(real: Redactor, size: tuple[int, int]) -> None:
    picture = real.redact(noise(*size))
    assert (picture.width, picture.height) == size


def test_the_same_picture_gives_the_same_result(real: Redactor) -> None:
    raw, _ = face(640, 480, (320, 240), 60)
    assert np.array_equal(real.redact(raw).pixels, real.redact(raw).pixels)
