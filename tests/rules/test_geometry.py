"""Own geometry, held by tables and by shapely."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPoint, Point, Polygon

from edge.rules.geometry import crossing, distance, ground_points, inside, iou, normalise, side

SQUARE = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]
ELL = [(0.0, 0.0), (1.0, 0.0), (1.0, 0.4), (0.4, 0.4), (0.4, 1.0), (0.0, 1.0)]
SPIKE = [(0.1, 0.1), (0.9, 0.1), (0.5, 0.11)]
Corner = tuple[float, float]


def at(*points: Corner) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(points, np.float64).reshape(-1, 2)


@pytest.mark.parametrize(
    ("polygon", "point", "expected"),
    [
        (SQUARE, (0.5, 0.5), True),
        (SQUARE, (0.1, 0.5), False),
        (SQUARE, (0.9, 0.5), False),
        (SQUARE, (0.5, 0.19), False),
        (SQUARE, (0.5, 0.81), False),
        (SQUARE, (0.2, 0.5), True),  # on an edge
        (SQUARE, (0.5, 0.8), True),
        (SQUARE, (0.2, 0.2), True),  # on a corner
        (SQUARE, (0.8, 0.8), True),
        (SQUARE, (0.1, 0.2), False),  # on the line of an edge, beyond its end
        (SQUARE, (0.9, 0.8), False),
        (SQUARE, (0.5, 0.3 * 576 / 576 - 0.1), True),  # rounding of float32 boxes
        (ELL, (0.2, 0.9), True),
        (ELL, (0.9, 0.2), True),
        (ELL, (0.9, 0.9), False),
        (ELL, (0.4, 0.4), True),  # the inner corner
        (ELL, (0.41, 0.41), False),
        (SPIKE, (0.5, 0.105), True),
        (SPIKE, (0.5, 0.12), False),
    ],
)
@pytest.mark.parametrize("reverse", [False, True])
def test_inside(polygon: list[Corner], point: Corner, expected: bool, reverse: bool) -> None:
    corners = polygon[::-1] if reverse else polygon
    assert inside(at(point), corners).tolist() == [expected]


def test_inside_takes_no_points() -> None:
    assert inside(at(), SQUARE).shape == (0,)
    assert distance(at(), SQUARE).shape == (0,)


coordinate = st.floats(0, 1, allow_nan=False, width=32)


@given(
    st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8, unique=True),
    st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=20),
)
def test_inside_agrees_with_shapely(cloud: list[Corner], points: list[Corner]) -> None:
    hull = MultiPoint(cloud).convex_hull
    if not isinstance(hull, Polygon) or hull.area < 1e-4:
        return
    corners = [(corner[0], corner[1]) for corner in hull.exterior.coords[:-1]]
    found, gaps = inside(at(*points), corners), distance(at(*points), corners)
    for point, is_inside, gap in zip(points, found, gaps, strict=True):
        exact = hull.exterior.distance(Point(point))
        assert gap == pytest.approx(exact, abs=1e-9)
        if exact > 1e-5:
            assert bool(is_inside) == hull.contains(Point(point))
        elif exact == 0:
            assert is_inside


def test_every_corner_and_edge_of_a_polygon_is_inside() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        angles = np.sort(rng.random(rng.integers(3, 9)) * 2 * np.pi)
        star = 0.5 + np.column_stack((np.cos(angles), np.sin(angles))) * rng.uniform(
            0.1, 0.5, (len(angles), 1)
        )
        shares = rng.random((len(star), 1))
        assert inside(star, star).all()
        assert inside(star + shares * (np.roll(star, -1, axis=0) - star), star).all()


def test_ground_point_is_the_bottom_centre_of_the_unclipped_box() -> None:
    boxes = np.array([[10, 20, 30, 80], [-40, 0, 20, 50], [0, 0, 10, 600]], np.float32)
    assert ground_points(boxes).tolist() == [[20, 80], [-10, 50], [5, 600]]


@pytest.mark.parametrize(
    ("pixel", "expected"),
    [
        ((50, 50), (0.5, 0.5)),
        ((-5, 50), (0.0, 0.5)),  # a little outside: at the border
        ((50, 105), (0.5, 1.0)),
        ((-30, 50), (-0.3, 0.5)),  # far outside stays there
        ((105, 130), (1.05, 1.3)),
    ],
)
def test_normalise(pixel: Corner, expected: Corner) -> None:
    assert normalise(at(pixel), (100, 100)).tolist() == [pytest.approx(expected)]


@pytest.mark.parametrize(
    ("point", "expected"),
    [((5, 3), 3.0), ((5, -3), -3.0), ((5, 0), 0.0), ((50, 2), 2.0)],
)
def test_side_is_the_signed_distance(point: Corner, expected: float) -> None:
    # Walking to the right on the screen, the lower half of the picture is on the right hand.
    assert side(point, (0, 0), (10, 0)) == pytest.approx(expected)
    assert side(point, (10, 0), (0, 0)) == pytest.approx(-expected)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((5, -1), (5, 1), 1),
        ((5, 1), (5, -1), -1),
        ((5, 1), (6, 2), 0),
        ((15, -1), (15, 1), 0),  # beyond the end of the segment
        ((5, -1), (5, 0), 1),  # arrives on the line
        ((5, 0), (5, 1), 0),  # and goes on: crossed already
        ((5, 0), (5, -1), -1),
        ((0, -1), (0, 1), 1),  # through an end
        ((5, 1), (5, 1), 0),
    ],
)
def test_crossings(before: Corner, after: Corner, expected: int) -> None:
    assert crossing(before, after, (0, 0), (10, 0)) == expected


@given(st.lists(st.tuples(st.floats(0, 10, width=16), st.floats(-5, 5, width=16)), min_size=2, max_size=30))
def test_a_walk_over_an_endless_line_crosses_as_often_as_it_changes_sides(walk: list[Corner]) -> None:
    steps = [crossing(before, after, (-1e6, 0), (1e6, 0)) for before, after in pairwise(walk)]
    net = int(walk[-1][1] >= 0) - int(walk[0][1] >= 0)
    assert sum(steps) == net


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
        ((0, 0, 10, 10), (30, 30, 40, 40), 0.0),
        ((0, 0, 0, 0), (0, 0, 0, 0), 0.0),
    ],
)
def test_iou(first: tuple[float, ...], second: tuple[float, ...], expected: float) -> None:
    a, b = np.array([first], np.float32), np.array([second], np.float32)
    assert iou(a, b).tolist() == [[pytest.approx(expected)]]
