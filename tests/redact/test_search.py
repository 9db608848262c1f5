"""Enlarged crops: side by side without overlap, and boxes back in the picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.detections import Detections
from edge.redact.atlas import Crop, pack
from edge.redact.search import (
    CANVAS_WIDTH,
    FACE_AREA,
    FACES_HEIGHT,
    PLATES_HEIGHT,
    full_scale,
    persons_to_enlarge,
    vehicles_to_enlarge,
)
from tests.redact.fakes import Box, boxes, detections, noise

crop = st.builds(
    lambda x, y, w, h, scale: Crop((x, y, x + w, y + h), scale),
    st.integers(0, 500),
    st.integers(0, 500),
    st.integers(1, 300),
    st.integers(1, 300),
    st.floats(0.2, 4),
)


@given(st.lists(crop, max_size=12))
def test_crops_lie_on_the_canvas_apart(crops: list[Crop]) -> None:
    atlas = pack(crops, 640, 320)
    assert atlas.height <= 320
    used = np.zeros((atlas.height, atlas.width), np.int32)
    for each, (left, top) in zip(atlas.crops, atlas.places, strict=True):
        width, height = each.size
        assert left + width <= atlas.width
        assert top + height <= atlas.height
        used[top : top + height, left : left + width] += 1
    assert used.max(initial=0) <= 1


@given(crop)
def test_a_box_on_a_crop_comes_back_to_its_place(one: Crop) -> None:
    other = Crop((0, 0, 40, 700), 1.0)
    atlas = pack([one, other], 2000, 2000)
    (left, top) = atlas.places[atlas.crops.index(one)]
    width, height = one.size
    whole = atlas.to_picture(boxes((left, top, left + width, top + height)))
    assert whole.tolist() == [pytest.approx(list(one.box), abs=1e-3)]


def test_boxes_between_crops_are_nowhere() -> None:
    atlas = pack([Crop((0, 0, 100, 100), 1.0), Crop((200, 0, 300, 100), 1.0)], 640, 320)
    assert len(atlas.to_picture(boxes((101, 40, 107, 60)))) == 0


def test_the_canvas_shows_the_crops() -> None:
    image = noise(300, 200)
    atlas = pack([Crop((10, 20, 60, 80), 1.0)], 640, 320)
    canvas = atlas.draw(image)
    assert canvas.shape == (60, 50, 3)  # no larger than what is on it
    assert np.array_equal(canvas[:, :50], image[20:80, 10:60])


def persons(*heights: float) -> Detections:
    rows: list[Box] = [(50.0 * i, 0, 50.0 * i + h / 3, h) for i, h in enumerate(heights)]
    return detections(*rows)


@pytest.mark.parametrize(
    ("height", "enlarged"),
    [(30, False), (44, False), (60, True), (150, True), (700, False)],
)
def test_persons_with_heads_of_middling_size_are_enlarged(height: float, enlarged: bool) -> None:
    """Smaller heads have no face to find, larger ones are found in the full picture."""
    assert bool(persons_to_enlarge(persons(height), (1280, 720)).crops) == enlarged


@pytest.mark.parametrize("count", [0, 1, 10, 25, 200])
def test_a_crowd_costs_no_more_than_its_canvas(count: int) -> None:
    rng = np.random.default_rng(count)
    rows: list[Box] = [(x, y, x + 40, y + 120) for x, y in rng.uniform(0, 600, (count, 2)).tolist()]
    for atlas, most in (
        (persons_to_enlarge(detections(*rows), (1280, 720)), FACES_HEIGHT),
        (vehicles_to_enlarge(detections(*rows, name="car"), (1280, 720)), PLATES_HEIGHT),
    ):
        assert atlas.width <= CANVAS_WIDTH
        assert atlas.height <= most
        assert bool(atlas.crops) or count == 0 or most == PLATES_HEIGHT


def test_one_large_vehicle_always_finds_a_place() -> None:
    atlas = vehicles_to_enlarge(detections((0, 100, 640, 720), name="truck"), (1280, 720))
    assert len(atlas.crops) == 1


@pytest.mark.parametrize("size", [(1, 1), (320, 240), (1280, 720), (3840, 2160), (10_000, 40)])
def test_the_full_search_costs_the_same_on_every_camera(size: tuple[int, int]) -> None:
    scale = full_scale(size, FACE_AREA)
    assert size[0] * size[1] * scale**2 <= FACE_AREA * 1.001
    assert 0 < scale <= 2
