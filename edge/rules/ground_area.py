"""From points of the picture to metres on the ground: a homography of four or more calibrated points.

Source: direct linear transform, R. Hartley and A. Zisserman, Multiple View Geometry, 2004, algorithm 4.2.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.config_shapes import GroundPoint
from edge.rules.geometry import Points

Homography = NDArray[np.float64]
"""3 x 3, from normalised picture coordinates to metres; positive third coordinate below the horizon."""

MOST_ERROR = 0.05
"""More than four points must agree with the plane to this fraction of their extent."""

_LEAST_SPREAD = 1e-3


def homography(points: Sequence[GroundPoint]) -> Homography:
    """The plane through calibrated points.

    Raises:
        ValueError: Three of four points lie on a line, or the points contradict each other.
    """
    picture = np.array([point.at for point in points], np.float64)
    metres = np.array([point.metres for point in points], np.float64)
    shift, scale = metres.mean(axis=0), max(float(np.ptp(metres, axis=0).max()), 1e-9)
    ground = (metres - shift) / scale
    rows = []
    for (x, y), (u, v) in zip(picture.tolist(), ground.tolist(), strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, -u], [0, 0, 0, x, y, 1, -v * x, -v * y, -v]]
    _, values, vectors = np.linalg.svd(np.array(rows))
    plane = vectors[-1].reshape(3, 3)
    if values[7] < _LEAST_SPREAD or abs(np.linalg.det(plane)) < _LEAST_SPREAD**2:
        msg = "the ground points lie on a line, or nearly | spread them over the ground"
        raise ValueError(msg)
    depth = picture @ plane[2, :2] + plane[2, 2]
    if depth.min() * depth.max() <= 0:
        msg = "the ground points contradict each other | are they in the same order in picture and metres?"
        raise ValueError(msg)
    plane *= np.sign(depth[0])
    errors = np.hypot(*(_project(picture, plane) - ground).T)
    if float(errors.max()) > MOST_ERROR:
        worst = int(errors.argmax())
        msg = (
            f"ground point {worst + 1} is {errors[worst] * scale:.1f} m off the plane of the others"
            " | measure it again"
        )
        raise ValueError(msg)
    back = np.array([[scale, 0, shift[0]], [0, scale, shift[1]], [0, 0, 1]])
    return np.asarray(back @ plane, np.float64)


def on_ground(points: Points | Sequence[tuple[float, float]], plane: Homography) -> Points:
    """Normalised picture points in metres.

    Raises:
        ValueError: A point lies on or above the horizon.
    """
    where = np.asarray(points, np.float64).reshape(-1, 2)
    depth = where @ plane[2, :2] + plane[2, 2]
    if (depth <= 1e-9 * max(float(np.abs(depth).max(initial=0.0)), 1e-300)).any():
        msg = "it reaches up to the horizon of the ground points | end it lower in the picture"
        raise ValueError(msg)
    return _project(where, plane)


def area_m2(polygon: Sequence[tuple[float, float]], plane: Homography) -> float:
    """Ground area of a zone, square metres.

    Args:
        polygon: Corners, normalised; straight edges stay straight on the ground.
        plane: See `homography`.

    Raises:
        ValueError: The zone reaches up to the horizon.
    """
    x, y = on_ground(polygon, plane).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def _project(points: Points, plane: Homography) -> Points:
    mapped = np.column_stack((points, np.ones(len(points)))) @ plane.T
    return np.asarray(mapped[:, :2] / mapped[:, 2:], np.float64)
