"""What is believed without another look: things that go on as they were expected to."""

import numpy as np
import pytest

from edge.detect.coco import COCO
from edge.detect.detections import Detections
from edge.gate.held import Held
from edge.gate.rects import Rect

CAR, TRUCK = COCO.index("car"), COCO.index("truck")
EVERYWHERE = (Rect(0, 0, 1280, 720),)


def at(x: float, kind: int = 0, score: float = 0.8, width: float = 100.0) -> Detections:
    boxes = np.array([[x, 100.0, x + width, 400.0]], np.float32)
    return Detections(boxes, np.array([score], np.float32), np.array([kind], np.int32))


def looked(held: Held, found: Detections, now: float) -> None:
    """A whole look."""
    count = len(held.detections)
    nothing = np.zeros(count, np.bool_)
    held.take(found, EVERYWHERE, np.ones(count, np.bool_), nothing, now)


def walk(held: Held, places: list[float], *, step: float = 0.2, kind: int = 0, score: float = 0.8) -> float:
    for number, x in enumerate(places):
        looked(held, at(x, kind, score), number * step)
    return (len(places) - 1) * step


def test_what_was_seen_once_is_not_believed() -> None:
    held = Held()
    looked(held, at(100.0), 0.0)
    assert not held.trusted(0.1).any()


def test_what_comes_as_expected_is_left_alone_a_little_longer_each_time() -> None:
    held = Held()
    last = walk(held, [100.0, 102.0, 104.0])
    assert held.trusted(last + 0.2).all()
    assert not held.trusted(last + 0.4).any()  # twice the time that was proven, and no longer
    looked(held, at(108.0), last + 0.4)
    assert held.trusted(last + 0.4 + 0.6).all()
    assert not held.trusted(last + 0.4 + 0.8).any()
    assert held.expected(last + 0.8)[0, 0] == pytest.approx(112.0, abs=1.0)


def test_what_was_not_where_it_was_expected_is_looked_at_in_every_picture_again() -> None:
    held = Held()
    last = walk(held, [100.0, 102.0, 104.0, 150.0])
    assert not held.trusted(last + 0.2).any()


def test_what_goes_far_between_two_looks_is_not_believed() -> None:
    held = Held()
    last = walk(held, [100.0, 140.0, 180.0, 220.0])  # 40 pixels a look, a third of its width is 33
    assert not held.trusted(last + 0.2).any()


def test_faint_things_are_not_believed() -> None:
    held = Held()
    last = walk(held, [100.0, 101.0, 102.0], score=0.4)
    assert not held.trusted(last + 0.2).any()


def test_people_who_pass_each_other_are_looked_at() -> None:
    held = Held()
    for now in (0.0, 0.2, 0.4):
        one, other = at(100.0), at(160.0)
        both = Detections(
            np.concatenate((one.boxes, other.boxes)),
            np.concatenate((one.scores, other.scores)),
            np.concatenate((one.classes, other.classes)),
        )
        looked(held, both, now)
    assert not held.trusted(0.6).any()


def test_a_vehicle_that_is_called_otherwise_each_time_is_one_vehicle() -> None:
    held = Held()
    for number, kind in enumerate((CAR, TRUCK, CAR)):
        looked(held, at(100.0 + number, kind, width=300.0), 0.2 * number)
    assert held.trusted(0.6).all()


def test_who_is_believed_is_told_where_it_was_expected() -> None:
    held = Held()
    last = walk(held, [100.0, 110.0, 120.0])
    believed = held.trusted(last + 0.2)
    nothing = np.zeros(1, np.bool_)
    told = held.take(Detections.empty(), (), nothing, believed, last + 0.2)
    assert told.boxes[0, 0] == pytest.approx(130.0, abs=2.0)
    assert held.detections.boxes[0, 0] == pytest.approx(120.0)  # what was seen stays what was seen


def test_a_look_that_does_not_find_it_ends_it() -> None:
    held = Held()
    last = walk(held, [100.0, 110.0, 120.0])
    believed = held.trusted(last + 0.2)
    told = held.take(Detections.empty(), EVERYWHERE, np.zeros(1, np.bool_), believed, last + 0.2)
    assert not len(told)
