"""What another face detector, which redaction does not use, still finds in pictures that would leave.

YuNet and the clips are development material (see tests/parts.py): absent, these tests skip.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.detect.detections import Image
from edge.redact.redactor import Redactor
from placewatch.paths import cache_dir
from tests.parts import SHARED, shared

LEAST_SIDE = 12
"""Pixels; a smaller face is no likeness."""
SCORE = 0.6
"""YuNet's own default; on these clips everything below .6 that it finds is cones, lamps and the like."""


class YuNet:
    """Faces by OpenCV's reader of YuNet."""

    def __init__(self, model: Path) -> None:
        self._net = cv2.FaceDetectorYN.create(str(model), "", (320, 320), SCORE)

    def faces(self, image: Image) -> NDArray[np.float32]:
        """N x 15: left, top, width, height, landmarks, score; only those large enough to be known by."""
        self._net.setInputSize((image.shape[1], image.shape[0]))
        found = cast("NDArray[np.float32] | None", self._net.detect(image)[1])
        rows = np.zeros((0, 15), np.float32) if found is None else found
        return rows[(rows[:, 2:4] >= LEAST_SIDE).all(axis=1)]


@pytest.fixture(scope="module")
def yunet() -> YuNet:
    return YuNet(shared("models/yunet_n_dynamic.onnx"))


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    return Redactor.load()


def pictures(path: Path, step: int) -> Iterator[Image]:
    with av.open(str(path), "r") as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % step == 0:
                yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def clip(name: str) -> Path:
    """A clip of ../shared, or one that `placewatch footage fetch` has fetched."""
    here = [SHARED / "media" / name, *sorted((cache_dir() / "footage").glob(f"**/{name}"))]
    found = next((path for path in here if path.is_file()), None)
    if found is None:
        pytest.skip(f"{name} is neither in {SHARED} nor fetched")
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "step", "raw_faces"),
    [
        ("one-by-one-person-detection.mp4", 40, 1),
        ("vtest.avi", 30, 1),
        ("bikes.mp4", 10, 3),
    ],
)
def test_no_face_is_left_that_another_detector_finds(
    yunet: YuNet, redactor: Redactor, name: str, step: int, raw_faces: int
) -> None:
    raw, residual = 0, []
    for index, picture in enumerate(pictures(clip(name), step)):
        raw += len(yunet.faces(picture))
        left = yunet.faces(redactor.redact(picture).pixels)
        residual += [(index * step, *row[:4].round().tolist(), round(float(row[-1]), 2)) for row in left]
    assert raw >= raw_faces  # the other detector does see faces here
    assert residual == []
