"""Calibration: what always moves and is nothing is proposed, everything else stays awake."""

from collections.abc import Iterator

import numpy as np
import pytest

from edge.detect.detections import Boxes
from edge.gate.boxes import NOWHERE
from edge.gate.calibration import Learner, Proposal
from edge.gate.motion import Motion
from edge.gate.nuisance import KnownNuisance, Nuisance, NuisancePolicy

TREE = (0.0, 0.0, 0.24, 0.32)
ROAD = (0.5, 0.6, 0.7, 0.8)


def motion(*boxes: tuple[float, float, float, float]) -> Motion:
    array: Boxes = np.array(boxes, np.float32).reshape(-1, 4)
    areas = np.full(len(array), 0.01, np.float32)
    return Motion(array, areas, np.ones(len(array), np.bool_), np.zeros((9, 16), np.uint8))


def pictures() -> Iterator[tuple[float, bool, bool]]:
    """Two hundred seconds: time, whether the tree moves, whether a car passes."""
    for n in range(400):
        yield n / 2, n % 3 != 0, n % 40 < 5


def learn(*, car_is_found: bool = True, tree_is_found: int = 0) -> list[Proposal]:
    learner, hits = Learner(0.0, 200.0), 0
    for time, tree, car in pictures():
        boxes = ([TREE] if tree else []) + ([ROAD] if car else [])
        found = [ROAD] if car and car_is_found else []
        if tree and hits < tree_is_found:
            found.append(TREE)
            hits += 1
        learner.picture(motion(*boxes), np.array(found, np.float32).reshape(-1, 4), time)
    return learner.proposals()


def test_a_tree_is_proposed_and_a_road_is_not() -> None:
    (tree,) = learn()
    assert tree.moved == pytest.approx(2 / 3, abs=0.02)
    corners = np.array(tree.area.polygon)
    assert corners.min() == 0.0
    assert corners[:, 0].max() == 0.25
    assert corners[:, 1].max() == pytest.approx(1 / 3)
    assert tree.area.usual == pytest.approx(0.01)


def test_something_found_among_the_leaves_keeps_them_awake() -> None:
    assert not learn(tree_is_found=20)


def test_a_rush_that_ends_is_no_nuisance() -> None:
    """Cars that the detector misses, all within a quarter of the time."""
    learner = Learner(0.0, 200.0)
    for n in range(400):
        learner.picture(motion(ROAD) if n < 100 else motion(), NOWHERE, n / 2)
    assert not learner.proposals()


def test_doubt_teaches_nothing() -> None:
    learner = Learner(0.0, 10.0)
    learner.picture(Motion(*vars_of(motion(TREE)), doubt="scene change"), NOWHERE, 0.0)
    assert learner.pictures == 0
    assert not learner.proposals()


def vars_of(one: Motion) -> tuple[Boxes, np.ndarray, np.ndarray, np.ndarray]:
    return one.boxes, one.areas, one.moving, one.changed


KNOWN = NuisancePolicy(known=(KnownNuisance(((0, 0), (0.25, 0), (0.25, 1 / 3), (0, 1 / 3)), 0.01),))


def news(nuisance: Nuisance, box: tuple[float, float, float, float], area: float, now: float = 0.0) -> bool:
    return bool(nuisance.news(np.array([box], np.float32), np.array([area], np.float32), now)[0])


def test_what_is_known_does_not_wake_unless_it_is_larger() -> None:
    nuisance = Nuisance(KNOWN)
    assert not news(nuisance, TREE, 0.01)
    assert not news(nuisance, TREE, 0.01, now=86400.0), "what was calibrated does not fade"
    assert news(nuisance, TREE, 0.1)
    assert news(nuisance, ROAD, 0.01)
    assert news(Nuisance(), TREE, 0.01)


def test_what_is_found_there_wakes_again() -> None:
    nuisance = Nuisance(KNOWN)
    box, area = np.array([TREE], np.float32), np.array([0.01], np.float32)
    assert nuisance.probe(0.0), "it is looked at now and then nevertheless"
    nuisance.looked(box, area, np.array([True]), np.array([False]), 0.0)
    assert news(nuisance, TREE, 0.01)
