"""Decoding, on outputs written by hand: one object whose box is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.detect import centerface, plates, yunet
from edge.detect.distances import expected_distances
from edge.detect.family import Family, cells, pick
from edge.detect.nanodet import NanoDet
from edge.detect.picodet import PicoDet
from edge.detect.sessions import Outputs
from edge.detect.yolox import Yolox
from placewatch.errors import ModelError

Floats = NDArray[np.float32]
CANVAS = (128, 64)


def _logits(distances: list[float], bins: int) -> Floats:
    """Logits whose mean is each distance: its mass on the two bins beside it."""
    row = np.full((4, bins), -50.0, np.float32)
    for side, distance in enumerate(distances):
        low = int(distance)
        share = distance - low
        row[side, low] = np.log(max(1 - share, 1e-12))
        if share:
            row[side, low + 1] = np.log(share)
    return row.reshape(-1)


def _nanodet() -> Outputs:
    points = len(cells((8, 16, 32), CANVAS))
    scores, sides = np.zeros((1, points, 80), np.float32), np.zeros((1, points, 44), np.float32)
    point = 16 * 8 + 2 * 8 + 3  # level of stride 16, row 2, column 3: centre (56, 40)
    scores[0, point, 7] = 0.9
    scores[0, point, 2] = 0.8
    sides[0, point] = _logits([1.0, 2.0, 1.5, 0.5], 11)
    return [scores, sides]


def _yolox() -> Outputs:
    points = len(cells((8, 16, 32), CANVAS))
    rows = np.zeros((1, points, 85), np.float32)
    point = 16 * 8 + 2 * 8 + 3
    # Centre (60, 28), 40 wide, 40 high, in strides of 16 from the cell (3, 2).
    rows[0, point, :5] = [60 / 16 - 3, 28 / 16 - 2, np.log(40 / 16), np.log(40 / 16), 0.95]
    rows[0, point, 5 + 7] = 0.9 / 0.95
    return [rows]


def _picodet() -> Outputs:
    strides = (8, 16, 32, 64)
    scores = [np.zeros((1, len(cells((s,), CANVAS)), 80), np.float32) for s in strides]
    sides = [np.zeros((1, len(cells((s,), CANVAS)), 32), np.float32) for s in strides]
    scores[1][0, 2 * 8 + 3, 7] = 0.9
    sides[1][0, 2 * 8 + 3] = _logits([1.0, 2.0, 1.5, 0.5], 8)
    return [*scores, *sides]


@pytest.mark.parametrize(
    ("family", "outputs"),
    [(NanoDet(), _nanodet()), (Yolox(), _yolox()), (PicoDet(), _picodet())],
    ids=["nanodet", "yolox", "picodet"],
)
def test_one_object(family: Family, outputs: Outputs) -> None:
    (found,) = family.candidates(outputs, CANVAS, 0.5)
    assert found.classes.tolist() == [7]
    assert found.scores == pytest.approx([0.9], abs=1e-5)
    assert found.boxes == pytest.approx(np.array([[40.0, 8.0, 80.0, 48.0]]), abs=1e-2)
    (nothing,) = family.candidates(outputs, CANVAS, 0.95)
    assert len(nothing) == 0


@pytest.mark.parametrize("family", [NanoDet(), Yolox(), PicoDet()], ids=lambda f: type(f).__name__)
def test_outputs_of_another_size_are_refused(family: Family) -> None:
    outputs = {NanoDet: _nanodet, Yolox: _yolox, PicoDet: _picodet}[type(family)]()
    with pytest.raises(ModelError, match="points"):
        family.candidates(outputs, (256, 256), 0.5)


def test_cells_run_row_by_row_and_cover_what_sticks_out() -> None:
    grid = cells((32, 64), (96, 64))
    assert grid.tolist() == [
        *[[x, y, 32] for y in range(2) for x in range(3)],
        *[[x, 0, 64] for x in range(2)],
    ]


def test_even_logits_mean_the_middle() -> None:
    assert expected_distances(np.zeros((1, 44), np.float32), 11).tolist() == [[5.0, 5.0, 5.0, 5.0]]


def test_pick_takes_the_best_class_of_each_point() -> None:
    points, scores, classes = pick(np.array([[0.1, 0.2], [0.6, 0.7], [0.9, 0.1]], np.float32), 0.5)
    assert points.tolist() == [1, 2]
    assert scores == pytest.approx([0.7, 0.9])
    assert classes.tolist() == [1, 0]


def test_centerface() -> None:
    heatmap, scale, offset = (np.zeros((1, n, 16, 24), np.float32) for n in (1, 2, 2))
    heatmap[0, 0, 5, 9] = 0.8
    scale[0, :, 5, 9] = np.log([20 / 4, 12 / 4])
    offset[0, :, 5, 9] = [0.25, -0.25]
    found = centerface.decode([heatmap, scale, offset], 0.5)
    centre_y, centre_x = (5 + 0.25 + 0.5) * 4, (9 - 0.25 + 0.5) * 4
    assert found.scores == pytest.approx([0.8])
    expected = [[centre_x - 6, centre_y - 10, centre_x + 6, centre_y + 10]]
    assert found.boxes == pytest.approx(np.array(expected), abs=1e-4)
    assert len(centerface.decode([heatmap, scale, offset], 0.9)) == 0


def test_yunet() -> None:
    canvas = (64, 32)
    sizes = [len(cells((stride,), canvas)) for stride in (8, 16, 32)]
    outputs = [np.zeros((1, size, n), np.float32) for n in (1, 1, 4) for size in sizes]
    outputs[1][0, 5] = 0.9
    outputs[4][0, 5] = 0.4  # stride 16, row 1, column 1
    outputs[7][0, 5] = [0.5, 0.25, np.log(1.5), np.log(2.0)]
    found = yunet.decode(outputs, canvas, 0.5)
    assert found.scores == pytest.approx([0.6])
    assert found.boxes == pytest.approx(np.array([[12.0, 4.0, 36.0, 36.0]]), abs=1e-4)


def test_plate_priors() -> None:
    priors = plates.priors((40, 24))
    assert len(priors) == 2 * (5 * 3 + 3 * 2 + 2 * 1)
    assert priors[:4].tolist() == [[4, 4, 24], [4, 4, 48], [12, 4, 24], [12, 4, 48]]
    assert priors[-1].tolist() == [48, 16, 768]


def test_plates() -> None:
    canvas = (40, 24)
    count = len(plates.priors(canvas))
    boxes, scores, corners = (np.zeros((1, count, n), np.float32) for n in (4, 2, 8))
    scores[0, 3, 1] = 0.9  # centre (12, 4), size 48
    boxes[0, 3] = [1.0, 0.5, np.log(0.5) / 0.2, np.log(0.25) / 0.2]
    corners[0, 3] = [1, 1, -1, 1, -1, -1, 1, -1]
    found = plates.decode([boxes, scores, corners], canvas, 0.5)
    assert found.boxes == pytest.approx(np.array([[4.8, 0.4, 28.8, 12.4]]), abs=1e-4)
    assert found.corners == pytest.approx(np.array([[16.8, 8.8, 7.2, 8.8, 7.2, -0.8, 16.8, -0.8]]), abs=1e-4)
