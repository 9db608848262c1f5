"""Covering is final: a region keeps a few colours, whatever was in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.detect.detections import Image
from edge.redact.blur import LEAST_CELL, MOST_CELLS, cells, cover
from edge.redact.regions import Regions, Subject
from tests.redact.fakes import Box, boxes, noise


def regions(*rows: Box) -> Regions:
    return Regions.of(boxes(*rows), Subject.FACE)


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_cells_are_few_and_large(width: int, height: int) -> None:
    across, down = cells(width, height)
    assert 1 <= across <= MOST_CELLS
    assert 1 <= down <= MOST_CELLS
    assert max(across, down) == 1 or max(width / across, height / down) >= LEAST_CELL


def same_cells(image: Image, box: tuple[int, int, int, int], seed: int) -> Image:
    """Other content with the same mean colour in every cell: each cell's pixels shuffled."""
    rng = np.random.default_rng(seed)
    other = image.copy()
    x1, y1, x2, y2 = box
    across, down = cells(x2 - x1, y2 - y1)
    wide, high = (x2 - x1) // across, (y2 - y1) // down
    for row in range(down):
        for column in range(across):
            cell = other[
                y1 + row * high : y1 + (row + 1) * high, x1 + column * wide : x1 + (column + 1) * wide
            ]
            cell[:] = rng.permutation(cell.reshape(-1, 3)).reshape(cell.shape)
    return other


@pytest.mark.parametrize("box", [(8, 8, 72, 72), (0, 0, 120, 40), (40, 20, 100, 100)])
@pytest.mark.parametrize("seed", [1, 2])
def test_only_the_cells_mean_colours_remain(box: tuple[int, int, int, int], seed: int) -> None:
    image = noise(120, 100)
    other = same_cells(image, box, seed)
    assert (image != other).any()
    assert np.array_equal(cover(image, regions(box)), cover(other, regions(box)))


def test_a_region_has_no_more_freedom_than_its_cells() -> None:
    """Over many pictures, what a covered region can show spans MOST_CELLS squared dimensions at most."""
    box = (10, 10, 90, 90)
    shown = [
        cover(noise(100, 100, seed), regions(box))[10:90, 10:90, 0].astype(np.float64).ravel()
        for seed in range(60)
    ]
    strengths = np.linalg.svd(np.stack(shown) - np.mean(shown, axis=0), compute_uv=False)
    assert strengths[MOST_CELLS**2 + 1] < 0.08 * strengths[0]  # what lies beyond is rounding


def test_fine_detail_is_gone() -> None:
    stripes = np.zeros((200, 200, 3), np.uint8)
    stripes[:, ::4] = stripes[:, 1::4] = 255
    part = cover(stripes, regions((20, 20, 180, 180)))[20:180, 20:180]
    assert int(part.max()) - int(part.min()) <= 3


@pytest.mark.parametrize(
    "box",
    [(0, 0, 1, 1), (99, 79, 100, 80), (0, 0, 100, 80), (0, 40, 100, 41), (50, 0, 51, 80), (97, 0, 100, 9)],
)
def test_borders_and_single_pixels(box: tuple[int, int, int, int]) -> None:
    image = noise(100, 80)
    result = cover(image, regions(box))
    x1, y1, x2, y2 = box
    outside = np.ones(image.shape[:2], np.bool_)
    outside[y1:y2, x1:x2] = False
    assert np.array_equal(result[outside], image[outside])
    if (x2 - x1) * (y2 - y1) > 1:
        assert (result[~outside] != image[~outside]).any()


def test_the_raw_picture_is_left_as_it_is() -> None:
    image = noise(50, 50)
    before = image.copy()
    cover(image, regions((0, 0, 50, 50)))
    assert np.array_equal(image, before)


@given(st.permutations(range(4)))
def test_a_small_region_shows_nothing_of_the_large_one_it_lies_in(order: list[int]) -> None:
    """Whatever the order: many small regions inside a face must not redraw it."""
    rows = [(0, 0, 160, 160), (40, 40, 64, 64), (64, 40, 88, 64), (40, 64, 88, 88)]
    image = np.zeros((160, 160, 3), np.uint8)
    image[:, ::2] = 255  # detail finer than any cell of any region
    result = cover(image, regions(*[rows[index] for index in order])).astype(int)
    assert result.max() - result.min() <= 4


def test_two_faces_become_alike() -> None:
    """Two pictures that differ in detail only look the same afterwards."""
    base = np.full((120, 120, 3), 128, np.uint8)
    one, two = base.copy(), base.copy()
    one[40:44, 30:50] = one[40:44, 70:90] = 20
    two[52:56, 30:50] = two[52:56, 70:90] = 20
    result = [cover(image, regions((0, 0, 120, 120))).astype(int) for image in (one, two)]
    assert np.abs(result[0] - result[1]).max() < 20 < np.abs(one.astype(int) - two.astype(int)).max()
