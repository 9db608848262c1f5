"""Rules on the true paths of a real street: crossings, numbers and metres against what is known of it."""

from itertools import pairwise

import numpy as np
import pytest

from edge.config import CrowdDensity, Line, LineCrossing, Zone
from edge.rules.crowd_density import CrowdDensityRule
from edge.rules.geometry import crossing, inside
from edge.rules.ground_area import area_m2, homography, on_ground
from edge.rules.line_crossing import LineCrossingRule
from messages import Phase
from tests.rules.street import SIZE, calibration, looks, paths, street

LINES = {
    "across the way": ((0.5, 0.3), (0.5, 1.0)),
    "at the left": ((0.25, 0.3), (0.25, 1.0)),
    "aslant": ((0.2, 0.95), (0.8, 0.35)),
}
LAWN = ((0.1, 0.45), (0.6, 0.45), (0.75, 0.9), (0.1, 0.9))


def true_crossings(ends: tuple[tuple[float, float], tuple[float, float]]) -> tuple[int, int]:
    """To the right, to the left."""
    start, end = ((x * SIZE[0], y * SIZE[1]) for x, y in ends)
    steps = [
        crossing(before, after, start, end)
        for way in paths(street()).values()
        for before, after in pairwise(way.tolist())
    ]
    return steps.count(1), steps.count(-1)


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize(
    ("every", "missed", "jitter"), [(1, 0.0, 0.0), (2, 0.1, 0.03), (5, 0.0, 0.0), (5, 0.1, 0.03)]
)
def test_crossings_are_counted(name: str, every: int, missed: float, jitter: float) -> None:
    frames, expected = street(), true_crossings(LINES[name])
    for way, true in zip(("to_right", "to_left"), expected, strict=True):
        line = Line.model_validate({"id": "line", "points": LINES[name], "forbidden": way})
        parameters = LineCrossing.model_validate({"kind": "line_crossing", "line": "line", "rejoin_s": 0})
        tested = LineCrossingRule(parameters, line)
        told = sum(
            said.count
            for _, now, scene in looks(frames, every=every, missed=missed, jitter=jitter)
            for said in tested.observe(scene, now)
            if said.phase is Phase.OPENED
        )
        # The raw truth counts every step over the line, also of the few who turn round on it.
        assert abs(told - true) <= max(2, round(0.15 * true)), (way, told, true)


def test_four_points_give_the_metres_of_all_others() -> None:
    frames = street()
    plane = homography(calibration(frames))
    walkers = [walker for frame in frames.values() for walker in frame]
    feet = np.array([walker.feet for walker in walkers]) / SIZE
    errors = np.hypot(*(on_ground(feet, plane) - np.array([walker.metres for walker in walkers])).T)
    assert float(np.median(errors)) < 0.1
    assert float(np.percentile(errors, 95)) < 0.2


@pytest.mark.parametrize(("every", "missed", "jitter"), [(2, 0.0, 0.0), (2, 0.15, 0.03), (5, 0.1, 0.03)])
def test_the_number_in_the_zone_is_right(every: int, missed: float, jitter: float) -> None:
    frames = street()
    parameters = CrowdDensity.model_validate({"kind": "crowd_density", "zone": "lawn", "limit": 2})
    tested = CrowdDensityRule(parameters, Zone(id="lawn", polygon=LAWN))
    errors = []
    for frame, now, scene in looks(frames, every=every, missed=missed, jitter=jitter):
        tested.observe(scene, now)
        feet = np.array([walker.feet for walker in frames[frame]]).reshape(-1, 2) / SIZE
        errors.append(tested.number - int(inside(feet, LAWN).sum()))
    assert abs(float(np.mean(errors))) < 0.35
    assert float(np.mean(np.abs(errors))) < 0.6


def test_density_over_the_limit_opens_when_the_truth_is_over_it() -> None:
    frames = street()
    plane = homography(calibration(frames))
    square_metres = area_m2(LAWN, plane)
    assert 40 < square_metres < 200
    true = {
        frame: int(inside(np.array([w.feet for w in frames[frame]]).reshape(-1, 2) / SIZE, LAWN).sum())
        for frame in frames
    }
    limit = 3
    parameters = CrowdDensity.model_validate(
        {
            "kind": "crowd_density", "zone": "lawn", "limit_per_m2": limit / square_metres, "hold_s": 3,
            "rejoin_s": 0,
        }
    )  # fmt: skip
    tested = CrowdDensityRule(parameters, Zone(id="lawn", polygon=LAWN), square_metres)
    assert tested.limit == limit
    said = [
        (one.phase, now)
        for _, now, scene in looks(frames, every=2, missed=0.05, jitter=0.02)
        for one in tested.observe(scene, now)
        if one.phase is not Phase.UPDATED
    ]
    assert said
    assert [phase for phase, _ in said[::2]] == [Phase.OPENED] * len(said[::2])
    for phase, now in said:
        if phase is Phase.OPENED:  # the truth was over the limit most of the time before
            before = [true.get(frame, 0) for frame in range(int(10 * now) - 30, int(10 * now))]
            assert sum(number >= limit - 1 for number in before) >= 0.8 * len(before)
