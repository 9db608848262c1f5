"""What is covered: heads of persons in any pose, merged boxes, clipping."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.detections import Boxes, Detections
from edge.redact.regions import (
    Counts,
    Regions,
    Subject,
    head_parts,
    merged,
    plate_parts,
    regions_of,
    single_persons,
)
from tests.redact.fakes import Box, boxes, detections

coordinate = st.floats(-500, 2500, width=32)
length = st.floats(1, 1500, width=32)
any_boxes = st.lists(st.tuples(coordinate, coordinate, length, length), max_size=12).map(
    lambda rows: boxes(*[(x, y, x + w, y + h) for x, y, w, h in rows])
)


def holds(outer: Boxes, inner: Box) -> bool:
    x1, y1, x2, y2 = inner
    return bool(((outer[:, 0] <= x1) & (outer[:, 1] <= y1) & (outer[:, 2] >= x2) & (outer[:, 3] >= y2)).any())


@pytest.mark.parametrize(
    ("pose", "person", "head"),
    [
        ("standing", (100, 100, 160, 280), (118, 100, 142, 126)),
        ("walking, head forward", (100, 100, 190, 280), (160, 98, 190, 126)),
        ("child: a head is a fifth", (100, 100, 130, 180), (105, 100, 125, 116)),
        ("sitting", (100, 100, 200, 220), (130, 100, 170, 145)),
        ("bent, head at the side", (100, 100, 220, 220), (100, 110, 140, 165)),
        ("cut off below by the border", (100, 500, 260, 720), (140, 500, 220, 590)),
        ("head and shoulders close by", (0, 200, 500, 720), (150, 200, 350, 480)),
        ("lying", (100, 100, 320, 160), (290, 110, 320, 150)),
        ("far away", (100, 100, 110, 128), (101, 99, 109, 110)),
        ("tiny", (100, 100, 104, 108), (99, 99, 105, 103)),
    ],
)
def test_a_head_is_covered_in_any_pose(pose: str, person: Box, head: Box) -> None:
    assert holds(head_parts(boxes(person)), head), pose


def test_a_standing_body_is_left_to_see() -> None:
    (part,) = head_parts(boxes((100, 100, 160, 280))).tolist()
    assert part[3] < 100 + 0.3 * 180


@given(any_boxes)
def test_merging_gives_nothing_up(given_boxes: Boxes) -> None:
    result = merged(given_boxes)
    assert len(result) <= len(given_boxes)
    for box in given_boxes.tolist():
        assert holds(result, tuple(box))


def test_merging_joins_findings_of_one_thing_only() -> None:
    one, again, other = (10, 10, 50, 50), (12, 12, 54, 54), (60, 10, 100, 50)
    assert sorted(merged(boxes(one, again, other)).tolist()) == [[10, 10, 54, 54], [60, 10, 100, 50]]


@given(any_boxes, st.integers(1, 2000), st.integers(1, 2000))
def test_clipped_regions_are_whole_pixels_inside_and_never_smaller(
    given_boxes: Boxes, width: int, height: int
) -> None:
    inside = Regions.of(given_boxes, Subject.FACE).inside((width, height)).boxes
    assert (inside == np.rint(inside)).all()
    assert (inside[:, :2] >= 0).all()
    assert (inside[:, 2:] <= (width, height)).all()
    assert (inside[:, 2:] > inside[:, :2]).all()
    for x1, y1, x2, y2 in given_boxes.tolist():
        shows = max(x1, 0), max(y1, 0), min(x2, width), min(y2, height)
        if shows[2] > shows[0] and shows[3] > shows[1]:
            assert holds(inside, shows)


CAR = (100.0, 100.0, 300.0, 280.0)


@pytest.mark.parametrize(
    ("vehicle", "plate"),
    [
        (CAR, (175, 235, 225, 250)),  # from behind: low, in the middle
        ((100, 100, 300, 520), (175, 480, 225, 500)),  # from above: at the near end of the length
        ((100, 100, 300, 220), (110, 180, 160, 195)),  # at an angle: towards a corner
        ((100, 0, 300, 70), (175, 30, 225, 45)),  # driving out of the picture
        ((100, 400, 300, 480), (175, 440, 225, 455)),  # driving into it
    ],
)
def test_a_plate_is_covered_whatever_the_detector_knows(vehicle: Box, plate: Box) -> None:
    assert holds(plate_parts(boxes(vehicle), (640, 480 if vehicle[3] < 500 else 720)), plate)


def test_a_vehicle_is_not_covered_whole() -> None:
    for vehicle in (CAR, (100.0, 100.0, 300.0, 220.0), (100.0, 100.0, 300.0, 520.0)):
        part = plate_parts(boxes(vehicle), (640, 720))[0]
        area = (part[2] - part[0]) * (part[3] - part[1])
        assert area < 0.45 * (vehicle[2] - vehicle[0]) * (vehicle[3] - vehicle[1])


@pytest.mark.parametrize("vehicle", [(100, 100, 300, 180), (100, 100, 140, 140)])
def test_sides_and_small_vehicles_show_no_plate(vehicle: Box) -> None:
    assert len(plate_parts(boxes(vehicle), (640, 480))) == 0


def test_counts_by_subject() -> None:
    found = regions_of(
        faces=boxes((10, 10, 30, 30)),
        persons=boxes((0, 0, 50, 150), (200, 0, 250, 150)),
        plates=boxes((300, 300, 340, 312), (5000, 0, 5050, 10)),
        vehicles=boxes((400, 200, 600, 400)),
        size=(640, 480),
    )
    assert found.counts == Counts(faces=1, heads=2, plates=2)
    assert found.counts.total == len(found) == 5
    assert Counts(1, 2, 3) + Counts(1, 1, 1) == Counts(2, 3, 4)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_region_without_a_place_is_an_error_not_a_gap(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Regions.of(boxes((0, 0, value, 10)), Subject.FACE)


def test_a_weak_box_around_a_group_is_left_to_its_members() -> None:
    members = detections((0, 0, 100, 200), (100, 0, 200, 200), (200, 0, 300, 200), score=0.8)
    group = detections((0, 0, 300, 200), score=0.3)
    both = Detections(
        np.concatenate([members.boxes, group.boxes]),
        np.concatenate([members.scores, group.scores]),
        np.concatenate([members.classes, group.classes]),
    )
    assert len(single_persons(both)) == 3


def test_a_lying_person_beside_others_stays() -> None:
    standing = detections((0, 0, 100, 200), score=0.8)
    lying = detections((90, 150, 400, 230), score=0.3)
    both = Detections(
        np.concatenate([standing.boxes, lying.boxes]),
        np.concatenate([standing.scores, lying.scores]),
        np.concatenate([standing.classes, lying.classes]),
    )
    assert len(single_persons(both)) == 2
