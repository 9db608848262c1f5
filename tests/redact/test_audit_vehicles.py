"""Plates on vehicles that independent detectors see: found by the plate detector, and by contrast alone."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from edge.detect.detections import Detections, Image
from edge.redact.audit import LEAST_PLATE, Auditor
from edge.redact.audit_vehicles import VehicleSearch
from edge.redact.blur import cover
from edge.redact.regions import PLATE_MARGIN, Regions, Subject, grown
from edge.redact.residual import Left, Residual
from edge.redact.writing import written
from tests.detect.drawings import plate
from tests.redact.fakes import detections


class Sees:
    """An object detector that sees what it is told."""

    name, version, classes = "sees", "1", ()

    def __init__(self, found: Detections) -> None:
        self._found = found

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        return [self._found for _ in images]


CAR = (250.0, 100.0, 550.0, 340.0)


def search(found: Detections, plates: Sequence[Residual] = ()) -> VehicleSearch:
    return VehicleSearch("sees", Sees(found), lambda _part: list(plates), LEAST_PLATE)


def car_with_plate(width: int) -> tuple[Image, list[float]]:
    return plate(800, 450, (400 - width // 2, 280), width)


@pytest.mark.parametrize("width", [42, 60, 90])
def test_writing_is_found_on_a_vehicle_and_gone_once_it_is_covered(width: int) -> None:
    raw, box = car_with_plate(width)
    looks = search(detections(CAR, name="car"))
    left = looks.residuals(raw)
    assert left
    assert all(each.what is Left.PLATE and each.found_by == "sees + writing" for each in left)
    x1, y1, x2, y2 = left[0].box
    assert box[0] - 8 <= x1 < x2 <= box[2] + 8
    assert box[1] - 8 <= y1 < y2 <= box[3] + 8
    over = Regions.of(grown(np.array([box], np.float32), PLATE_MARGIN), Subject.PLATE).inside((800, 450))
    assert looks.residuals(cover(raw, over)) == []


def test_where_no_vehicle_is_nobody_looks() -> None:
    raw, _ = car_with_plate(60)
    assert search(detections()).residuals(raw) == []
    assert search(detections(CAR)).residuals(raw) == []  # a person


def test_a_vehicle_that_is_not_in_the_mirror_image_is_none() -> None:
    raw, _ = car_with_plate(60)
    aside = tuple(value + (180 if index % 2 == 0 else 0) for index, value in enumerate(CAR))
    assert search(detections(CAR, name="car")).residuals(raw)
    one_sided = detections((aside[0], aside[1], aside[2], aside[3]), name="car")
    assert search(one_sided).residuals(raw) == []  # seen in the same place of both: not the same place


def test_vehicles_too_small_for_a_plate_of_the_least_width_are_left_out() -> None:
    raw, _ = car_with_plate(60)
    assert search(detections((350, 250, 450, 330), name="car")).residuals(raw) == []


def test_what_the_plate_detector_finds_is_told_in_the_picture() -> None:
    raw = np.full((450, 800, 3), 90, np.uint8)
    one = Residual(Left.PLATE, (10, 20, 60, 36), 0.8, "plate_cn")
    looks = search(detections(CAR, name="car"), [one])
    (left,) = Auditor((), independent=False, on_vehicles=(looks,)).inspect(raw)
    top = int(CAR[3] - 0.75 * (CAR[3] - CAR[1]))
    assert left == Residual(Left.PLATE, (230, 20 + top, 280, 36 + top), 0.8, "sees + plate_cn")


@pytest.mark.parametrize("kind", ["noise", "bars", "smooth"])
def test_what_is_no_plate_is_none(kind: str) -> None:
    grey = np.full((160, 300), 120, np.uint8)
    if kind == "noise":
        grey = np.random.default_rng(0).normal(120, 6, (160, 300)).clip(0, 255).astype(np.uint8)
    elif kind == "bars":  # a fence: as many edges above and below
        grey[:, ::6] = 230
    else:
        grey = np.asarray(cv2.GaussianBlur(car_with_plate(80)[0][250:410, 250:550, 1], (0, 0), 9), np.uint8)
    assert list(written(grey, 40, 120)) == []
