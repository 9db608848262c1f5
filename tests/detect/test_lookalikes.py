"""A car's roof is a car; a telephone stays one."""

import numpy as np
import pytest

from edge.detect.coco import COCO
from edge.detect.family import pick

Row = dict[str, float]


def named(row: Row, classes: int = len(COCO)) -> tuple[str, float]:
    scores = np.zeros((1, classes), np.float32)
    for name, score in row.items():
        scores[0, COCO.index(name)] = score
    _, best, found = pick(scores, 0.1)
    return COCO[found[0]], float(best[0])


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"cell phone": 0.6, "car": 0.25, "parking meter": 0.24, "truck": 0.16, "bus": 0.12}, "car"),
        ({"cell phone": 0.59, "bus": 0.29, "car": 0.26}, "bus"),
        ({"boat": 0.4, "truck": 0.2, "car": 0.15, "train": 0.1}, "truck"),
        ({"cell phone": 0.6, "remote": 0.3, "car": 0.05}, "cell phone"),
        ({"suitcase": 0.7, "backpack": 0.3, "car": 0.1}, "suitcase"),
        ({"person": 0.5, "car": 0.4}, "person"),
        ({"car": 0.4, "cell phone": 0.35}, "car"),
    ],
)
def test_a_roof_gets_the_name_of_a_vehicle(row: Row, name: str) -> None:
    assert named(row)[0] == name


def test_its_score_is_that_one_of_the_vehicle_classes_is_right() -> None:
    assert named({"cell phone": 0.6, "car": 0.2, "bus": 0.2, "truck": 0.2})[1] == pytest.approx(1 - 0.8**3)


def test_other_lists_of_classes_are_left_alone() -> None:
    assert named({"cell phone": 0.6, "car": 0.4, "bus": 0.3}, classes=79)[0] == "cell phone"
