import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge.detect.nms import nms
from placewatch.eval.average_precision import overlaps

Floats = NDArray[np.float32]
IOU = 0.5


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Boxes around and outside a picture, distinct scores, few groups with far-apart numbers."""
    count = draw(st.integers(0, 25))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    corner = rng.uniform(-80, 80, (count, 2))
    boxes = np.hstack([corner, corner + rng.uniform(1, 120, (count, 2))]).astype(np.float32)
    scores = (rng.permutation(count) / 100 + 0.1).astype(np.float32)
    return boxes, scores, rng.choice(np.array([0, 2, 79], np.int32), count)


def by_the_book(boxes: Floats, scores: Floats, groups: NDArray[np.int32]) -> list[int]:
    table = overlaps(boxes, boxes)
    kept: list[int] = []
    for index in np.argsort(-scores):
        if all(groups[index] != groups[other] or table[index, other] <= IOU for other in kept):
            kept.append(int(index))
    return kept


@given(crowds())
def test_equals_greedy_suppression_by_the_book(crowd: tuple[Floats, Floats, NDArray[np.int32]]) -> None:
    assert nms(*crowd, IOU).tolist() == by_the_book(*crowd)


def test_nothing_stays_nothing() -> None:
    assert (
        nms(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int32), IOU).tolist() == []
    )


def test_groups_do_not_touch_each_other() -> None:
    boxes = np.array([[-500, -500, 0, 0]] * 3, np.float32)
    scores = np.array([0.5, 0.9, 0.7], np.float32)
    assert nms(boxes, scores, np.array([1, 2, 1], np.int32), IOU).tolist() == [1, 2]
